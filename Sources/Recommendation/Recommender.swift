package import Compute
internal import Files
internal import Learning
package import Music

/// Chooses songs that go on a playlist: encoder over its songs, then decoder, one song at a time, each chosen song's own
/// vector fed back with the states. Works on many playlists at once; a single one is a batch of one.
/// Used from one thread at a time.
package final class Recommender: SongRecommender {
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
  private let folder: ModelFolder
  /// Made when a wish first asks for candidates.
  private var candidates: CandidateSongs?
  private var path: String { folder.path }

  /// - Parameter backend: computes the model; recommending needs no more than the CPU.
  /// - Throws: `InputError` for weights that do not fit; `ComputeError`.
  package init(_ folder: ModelFolder, backend: any Backend) throws {
    catalogue = folder.catalogue
    songs = folder.songs
    decoder = SequenceDecoder(try folder.makeModel(on: backend))
    paddedLength = folder.description.training.paddedLength ?? Self.originalLength
    self.folder = folder
  }

  package var ranksCatalogue: Bool { false }

  /// Songs for each of several playlists without any wishes.
  /// - Parameters:
  ///   - playlists: rows in order, repeats kept; each with at least one song that has numbers. Songs without any are
  ///     passed over by the model.
  ///   - count: songs for each playlist; fewer come back when the catalogue has no more, or when `original` has used
  ///     up its tries.
  /// - Throws: `InputError` when the model predicts numbers that are not finite; `ComputeError`.
  package func recommend(
    for playlists: [[Int32]], count: Int, decode style: DecodeStyle = .default
  ) throws -> [[Recommendation]] {
    try recommend(playlists.map { PlaylistRequest(songs: $0) }, count: count, decode: style)
  }

  /// A song that a wish forbids is passed over: by `default` the search goes on to the next nearest, by `original` the
  /// song is fed back as a repeat is.
  package func recommend(
    _ requests: [PlaylistRequest], count: Int, decode style: DecodeStyle
  ) throws -> [[Recommendation]] {
    guard !requests.isEmpty else { return [] }
    return try decoder.backend.retryingAfterFault { try decode(requests, count: count, style) }
  }

  private func decode(_ requests: [PlaylistRequest], count: Int, _ style: DecodeStyle) throws -> [[Recommendation]] {
    precondition(
      requests.allSatisfy { $0.songs.contains { $0 >= 0 && catalogue.hasNumbers($0) } },
      "Recommender: a playlist without any song that has numbers")
    var inputs = try encode(requests.map(\.songs), style)
    var predictions = [Float](repeating: 0, count: inputs.count)
    var choices = try requests.map { request in
      var taken = SongSet(capacity: catalogue.count, rows: request.wishes.excludedSongs)
      for song in request.songs where song >= 0 { taken.insert(song) }
      let candidates = try candidates(of: request)
      if let candidates {
        for song in 0..<Int32(catalogue.count) where !candidates.contains(song) { taken.insert(song) }
      }
      return Choice(
        taken: taken,
        filter: WishFilter(request.wishes, given: request.songs, candidates: candidates, in: catalogue),
        steering: request.steering)
    }
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

  /// The songs to choose from, where a request's wishes ask for any.
  /// - Throws: `InputError` for a model folder without the training's playlists.
  private func candidates(of request: PlaylistRequest) throws -> SongSet? {
    guard let count = request.wishes.candidateCount else { return nil }
    if candidates == nil {
      let matrix = PlaylistMatrix(try folder.requiredTrainingPlaylists())
      candidates = CandidateSongs(
        SessionNeighbourScorer(matrix, settings: .init(neighbourCount: 100)), songCount: catalogue.count)
    }
    return candidates!.songs(for: request.songs, count: count)
  }

  /// Runs the encoder over each playlist's songs that have numbers, or over one row of zeros where there is none.
  /// - Returns: the first decoder inputs, the mean of those songs. (B, 29)
  func encode(_ playlists: [[Int32]], _ style: DecodeStyle) throws -> [Float] {
    let audible = playlists.map { $0.filter { $0 >= 0 && catalogue.hasNumbers($0) } }
    let lengths = style == .original ? audible.map { _ in paddedLength } : audible.map { max(1, $0.count) }
    try decoder.encode(lengths: lengths) { vector, playlist, step in
      if step < audible[playlist].count { catalogue.copyVector(audible[playlist][step], to: vector) }
    }
    return zip(audible, lengths).flatMap { mean(of: $0.prefix($1), dividingBy: $1) }
  }

  /// What has been chosen for one playlist.
  private struct Choice {
    /// Given, chosen or forbidden.
    var taken: SongSet
    var filter: WishFilter
    var steering: Steering?
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
            var prediction = Array(predictions[columns])
            guard prediction.allSatisfy({ $0.isFinite }) else {
              choices[playlist].isNotFinite = true
              return
            }
            choices[playlist].steering?.move(&prediction, catalogue.scaling)
            guard let found = Self.choose(prediction, &choices[playlist], songs, style) else {
              choices[playlist].isOpen = false
              return
            }
            catalogue.copyVector(found, to: UnsafeMutableBufferPointer(rebasing: inputs[columns]))
            choices[playlist].isOpen = choices[playlist].songs.count < count
          }
        }
      }
    }
  }

  /// Takes the nearest song that is new and that the wishes allow; by `original` only if it is the nearest of all.
  /// - Returns: the song to be fed back, chosen or not; nil when there is none left.
  private static func choose(
    _ prediction: [Float], _ choice: inout Choice, _ songs: NearestSongs, _ style: DecodeStyle
  ) -> Int32? {
    while let found = songs.nearest(to: prediction, excluding: style == .original ? nil : choice.taken) {
      let isChosen = choice.taken.insert(found.row) && choice.filter.accepts(found.row)
      if isChosen {
        choice.songs.append(
          Recommendation(
            row: found.row, distance: found.distance, score: -found.distance, prediction: prediction))
      }
      if isChosen || style == .original { return found.row }
    }
    return nil
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
