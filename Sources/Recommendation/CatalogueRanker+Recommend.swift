internal import Compute
internal import Files
internal import Learning
internal import Music

extension CatalogueRanker: SongRecommender {
  package var ranksCatalogue: Bool { true }

  /// The best songs that the wishes allow, down the whole ranking. The decoder then goes along the songs chosen, each
  /// song's vector fed back, and says how it expected the song at every place to sound.
  package func recommend(
    _ requests: [PlaylistRequest], count: Int, decode style: DecodeStyle = .default
  ) throws -> [[Recommendation]] {
    try inChunks(requests) { try recommendAtOnce($0, count: count) }
  }

  private func recommendAtOnce(_ requests: [PlaylistRequest], count: Int) throws -> [[Recommendation]] {
    let states = try encode(requests)
    guard decodes else {
      return try scores(of: requests, states: states) { [candidates, catalogue] number, scores in
        precondition(requests[number].steering == nil, "CatalogueRanker: steering without a decoder")
        return Self.best(count, of: scores, for: requests[number], among: candidates, in: catalogue)
          .map { Recommendation(row: $0.row, distance: nil, score: Double($0.score), prediction: []) }
      }
    }
    var inputs = requests.flatMap { mean(of: $0.songs) }
    var predictions = [Float](repeating: 0, count: requests.count * SongVector.width)
    try step(inputs, into: &predictions)
    let first = requests.indices.map { prediction($0, of: requests[$0], in: predictions) }
    let chosen = try scores(of: requests, states: states) { [candidates, catalogue] number, scores in
      let request = requests[number]
      request.steering?.penalize(scores, target: first[number], catalogue)
      return Self.best(count, of: scores, for: request, among: candidates, in: catalogue)
    }
    var songs = requests.map { _ in [Recommendation]() }
    for place in 0..<(chosen.lazy.map(\.count).max() ?? 0) {
      if place > 0 { try step(inputs, into: &predictions) }
      for number in requests.indices where place < chosen[number].count {
        let (row, score) = chosen[number][place]
        let predicted = prediction(number, of: requests[number], in: predictions)
        songs[number].append(
          Recommendation(
            row: row, distance: catalogue.distance(from: predicted, to: row), score: Double(score),
            prediction: predicted))
        inputs.replaceSubrange(number * vectors.dimension..<(number + 1) * vectors.dimension, with: vectors.vector(row))
      }
    }
    return songs
  }

  /// A decoder step whose predictions are finite.
  private func step(_ inputs: [Float], into predictions: inout [Float]) throws {
    try decoder.step(inputs, into: &predictions)
    guard predictions.allSatisfy({ $0.isFinite }) else {
      throw InputError(
        path: path, reason: "the model predicts numbers that are not finite", remedy: "Train the model again.")
    }
  }

  /// What was predicted for a request, steered. (29)
  private func prediction(_ number: Int, of request: PlaylistRequest, in predictions: [Float]) -> [Float] {
    var prediction = Array(predictions[number * SongVector.width..<(number + 1) * SongVector.width])
    request.steering?.move(&prediction, catalogue.scaling)
    return prediction
  }

  /// The mean of the songs' vectors, what the decoder is fed first; zeros without any song that is known. (d)
  private func mean(of songs: [Int32]) -> [Float] {
    var mean = [Float](repeating: 0, count: vectors.dimension)
    let known = songs.filter { $0 >= 0 }
    for song in known { for (place, value) in vectors.vector(song).enumerated() { mean[place] += value } }
    return known.isEmpty ? mean : mean.map { $0 / Float(known.count) }
  }

  /// The best songs that the wishes allow, down to the end of the ranking if need be.
  private static func best(
    _ count: Int, of scores: UnsafeMutableBufferPointer<Float>, for request: PlaylistRequest,
    among candidates: CandidateSongs, in catalogue: Catalogue
  ) -> [(row: Int32, score: Float)] {
    let candidates = request.wishes.candidateCount.map { candidates.songs(for: request.songs, count: $0) }
    var filter = WishFilter(request.wishes, given: request.songs, candidates: candidates, in: catalogue)
    var songs: [(row: Int32, score: Float)] = []
    var (depth, seen) = (2 * count, 0)
    while true {
      let ranking = Best.indices(depth, of: UnsafeBufferPointer(scores), above: -.infinity)
      for row in ranking.dropFirst(seen) where filter.accepts(row) {
        songs.append((row, scores[Int(row)]))
        if songs.count == count { return songs }
      }
      if ranking.count < depth { return songs }
      (depth, seen) = (4 * depth, depth)
    }
  }
}

extension Catalogue {
  /// Euclidean distance between a vector and a song's own, in double; nil for a song without numbers.
  func distance(from vector: [Float], to row: Int32) -> Double? {
    guard hasNumbers(row) else { return nil }
    return zip(vector, self.vector(row)).reduce(0.0) { sum, pair in
      let difference = Double(pair.0) - Double(pair.1)
      return sum + difference * difference
    }.squareRoot()
  }
}
