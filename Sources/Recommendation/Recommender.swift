package import Compute
internal import Files
internal import Learning
package import Music

/// How a decoder's vectors become songs.
package enum DecodeStyle: String, CaseIterable, Sendable {
  /// Encoder over the songs given, first decoder input their mean; what was given or chosen is excluded inside the search.
  case `default`
  /// The dissertation's (figure 7.12): inputs padded with zero rows, mean over all rows, nothing excluded inside the
  /// search, repeats and songs given skipped afterwards, at most 500 tries.
  case original
}

/// A song that was chosen.
package struct Recommendation: Sendable, Equatable {
  package var row: Int32
  /// Euclidean distance between the vector that the model predicted and the song's own.
  package var distance: Double

  package init(row: Int32, distance: Double) {
    self.row = row
    self.distance = distance
  }
}

/// Chooses songs that go on a playlist: encoder over its songs, then decoder, one song at a time, each chosen song's own
/// vector fed back with the states. Works on many playlists at once; a single one is a batch of one.
/// Used from one thread at a time.
package final class Recommender {
  package static let countRange = 1...500
  package static let idLimit = 1000
  /// Decoder steps of the original style.
  package static let originalTries = 500
  /// Padded length of the original style when the model was trained without padding: the dissertation's.
  static let originalLength = 245

  package let catalogue: Catalogue
  private let songs: NearestSongs
  private let decoder: SequenceDecoder
  private let paddedLength: Int
  private let path: String

  /// - Parameter backend: computes the model; recommending needs no more than the CPU.
  /// - Throws: `InputError` for weights that do not fit; `ComputeError`.
  package init(_ folder: ModelFolder, backend: any Backend) throws {
    catalogue = folder.catalogue
    songs = folder.songs
    decoder = SequenceDecoder(try folder.makeModel(on: backend))
    paddedLength = folder.description.training.paddedLength ?? Self.originalLength
    path = folder.path
  }

  /// Songs for each of several playlists.
  /// - Parameters:
  ///   - playlists: rows in order, repeats kept; each with at least one song that has numbers. Songs without any are
  ///     passed over by the model.
  ///   - count: songs for each playlist; fewer come back when the catalogue has no more, or when `original` has used
  ///     up its tries.
  /// - Throws: `InputError` when the model predicts numbers that are not finite; `ComputeError`.
  package func recommend(
    for playlists: [[Int32]], count: Int, decode style: DecodeStyle = .default
  ) throws -> [[Recommendation]] {
    guard !playlists.isEmpty else { return [] }
    let width = SongVector.width
    var sequences: [[Float]] = []
    var inputs: [Float] = []
    for playlist in playlists {
      var sequence: [Float] = []
      for row in playlist where catalogue.hasNumbers(row) { catalogue.appendVector(row, to: &sequence) }
      precondition(!sequence.isEmpty, "Recommender: a playlist without any song that has numbers")
      if style == .original {
        sequence = Array(sequence.prefix(paddedLength * width))
        sequence += [Float](repeating: 0, count: paddedLength * width - sequence.count)
      }
      inputs += Self.mean(of: sequence)
      sequences.append(sequence)
    }
    try decoder.encode(sequences)

    var given = playlists.map { SongSet(capacity: catalogue.count, rows: $0) }
    var chosen = [[Recommendation]](repeating: [], count: playlists.count)
    var open = Array(playlists.indices)  // playlists that can still get songs
    for _ in 0..<(style == .original ? Self.originalTries : count) {
      if open.isEmpty { break }
      let predictions = try decoder.step(inputs)
      guard predictions.allSatisfy(\.isFinite) else {
        throw InputError(
          path: path, reason: "the model predicts numbers that are not finite", remedy: "Train the model again.")
      }
      open.removeAll { playlist in
        let columns = playlist * width..<(playlist + 1) * width
        let found = predictions.withUnsafeBufferPointer { predictions in
          songs.nearest(
            to: UnsafeBufferPointer(rebasing: predictions[columns]),
            excluding: style == .original ? nil : given[playlist])
        }
        guard let found else { return true }
        if given[playlist].insert(found.row) {
          chosen[playlist].append(Recommendation(row: found.row, distance: found.distance))
        }
        inputs.replaceSubrange(columns, with: catalogue.vector(found.row))
        return chosen[playlist].count == count
      }
    }
    return chosen
  }

  /// Mean of the rows of a sequence, summed in double. (29)
  private static func mean(of sequence: [Float]) -> [Float] {
    let rows = sequence.count / SongVector.width
    return (0..<SongVector.width).map { column in
      var sum = 0.0
      for row in 0..<rows { sum += Double(sequence[row * SongVector.width + column]) }
      return Float(sum / Double(rows))
    }
  }
}
