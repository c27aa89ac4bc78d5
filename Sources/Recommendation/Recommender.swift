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
  let decoder: SequenceDecoder
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
    return try decoder.backend.retryingAfterFault { try decode(playlists, count: count, style) }
  }

  private func decode(_ playlists: [[Int32]], count: Int, _ style: DecodeStyle) throws -> [[Recommendation]] {
    var inputs = try encode(playlists, style)
    var predictions = [Float](repeating: 0, count: inputs.count)
    var choices = playlists.map { Choice(given: SongSet(capacity: catalogue.count, rows: $0)) }
    for _ in 0..<(style == .original ? Self.originalTries : count) where choices.contains(where: { $0.isOpen }) {
      try decoder.step(inputs, into: &predictions)
      choose(predictions, &choices, &inputs, count: count, style)
      if choices.contains(where: { $0.isNotFinite }) {
        throw InputError(
          path: path, reason: "the model predicts numbers that are not finite", remedy: "Train the model again.")
      }
    }
    return choices.map(\.songs)
  }

  /// Runs the encoder over each playlist's songs that have numbers.
  /// - Returns: the first decoder inputs, the mean of those songs. (B, 29)
  func encode(_ playlists: [[Int32]], _ style: DecodeStyle) throws -> [Float] {
    let audible = playlists.map { $0.filter(catalogue.hasNumbers) }
    precondition(audible.allSatisfy { !$0.isEmpty }, "Recommender: a playlist without any song that has numbers")
    let lengths = style == .original ? audible.map { _ in paddedLength } : audible.map(\.count)
    try decoder.encode(lengths: lengths) { vector, playlist, step in
      if step < audible[playlist].count { catalogue.copyVector(audible[playlist][step], to: vector) }
    }
    return zip(audible, lengths).flatMap { mean(of: $0.prefix($1), dividingBy: $1) }
  }

  /// What has been chosen for one playlist.
  private struct Choice {
    var given: SongSet
    var songs: [Recommendation] = []
    var isOpen = true  // can still get songs
    var isNotFinite = false
  }

  /// The nearest song to each playlist's prediction, whose vector becomes the playlist's next input. The playlists are
  /// independent of each other, so the backend's threads share them.
  private func choose(
    _ predictions: [Float], _ choices: inout [Choice], _ inputs: inout [Float], count: Int, _ style: DecodeStyle
  ) {
    let width = SongVector.width
    choices.withUnsafeMutableBufferPointer { choices in
      inputs.withUnsafeMutableBufferPointer { inputs in
        predictions.withUnsafeBufferPointer { predictions in
          // Each part touches one element of `choices` and one row of `inputs` only.
          nonisolated(unsafe) let (choices, inputs, predictions) = (choices, inputs, predictions)
          decoder.backend.forEachOnHost(choices.count) { [songs, catalogue] playlist in
            guard choices[playlist].isOpen else { return }
            let columns = playlist * width..<(playlist + 1) * width
            let prediction = UnsafeBufferPointer(rebasing: predictions[columns])
            guard prediction.allSatisfy({ $0.isFinite }) else {
              choices[playlist].isNotFinite = true
              return
            }
            let found = songs.nearest(to: prediction, excluding: style == .original ? nil : choices[playlist].given)
            guard let found else {
              choices[playlist].isOpen = false
              return
            }
            if choices[playlist].given.insert(found.row) {
              choices[playlist].songs.append(Recommendation(row: found.row, distance: found.distance))
            }
            catalogue.copyVector(found.row, to: UnsafeMutableBufferPointer(rebasing: inputs[columns]))
            choices[playlist].isOpen = choices[playlist].songs.count < count
          }
        }
      }
    }
  }

  /// Sum of the songs' vectors over `count`, in double. (29)
  private func mean(of rows: ArraySlice<Int32>, dividingBy count: Int) -> [Float] {
    var sums = [Double](repeating: 0, count: SongVector.width)
    for row in rows {
      for (column, value) in catalogue.vector(row).enumerated() { sums[column] += Double(value) }
    }
    return sums.map { Float($0 / Double(count)) }
  }
}
