package import Compute
internal import Files
internal import Glibc
internal import Learning
package import Music
internal import Sequences

/// Ranks the whole catalogue, exactly, by what a model of the objective `continuation` has learned and by what stood with
/// the playlist's songs in the playlists of its training:
///
///     score_j = state·vector_j + bias_j + c·log(1 + n_j) + Σ_m w_m·log(p_mj + ε)
///
/// n_j counts the playlist's songs by j's artist; p_m are the scores of one way to count co-occurrence over their sum,
/// where a song that no training playlist holds counts as its artist's others (`UnplayedSongs`).
/// Songs of the playlist are taken out. Used from one thread at a time.
package final class CatalogueRanker {
  package let catalogue: Catalogue
  let vectors: CatalogueVectors
  let decoder: SequenceDecoder
  private let rules: SequentialRuleScorer
  private let neighbours: SessionNeighbourScorer
  let candidates: CandidateSongs
  private let weights: RankingConfiguration
  private let features: CandidateFeatures
  private let reranking: (network: Reranker, leastSquares: LeastSquaresScorer)?
  private let artistCountWeight: Float
  /// Whether decoder and heads were trained, so that it can say how songs should sound and be steered.
  package let decodes: Bool
  /// Songs that there were when the model was trained, the first rows.
  private let trainedCount: Int
  private let unplayedSongs: UnplayedSongs
  private let tensors: (vectors: Tensor, bias: Tensor)
  let path: String

  /// ε: what a song counts that stood with none of the playlist's.
  static let unseenProbability: Float = 3e-5
  /// Scores that are held at a time.
  static let scoreLimit = 1 << 25

  /// - Parameter backend: computes the model; the CPU is enough.
  /// - Throws: `InputError` for files that are missing or do not belong together; `ComputeError`.
  package init(_ folder: ModelFolder, backend: any Backend) throws {
    guard let configuration = folder.description.model.catalogue else {
      preconditionFailure("CatalogueRanker: the model ranks no catalogue")
    }
    catalogue = folder.catalogue
    path = folder.path
    vectors = try CatalogueVectors(path: "\(folder.path)/\(CatalogueVectors.fileName)", of: folder.catalogue)
    guard vectors.dimension == configuration.dimension, vectors.words.words.count == configuration.wordCount else {
      throw InputError(
        path: path,
        reason: "\(CatalogueVectors.fileName) and \(ModelFolder.descriptionName) belong to different models",
        remedy: "Train the model again or copy its whole folder again.")
    }
    decoder = SequenceDecoder(try folder.makeModel(on: backend))
    artistCountWeight = configuration.artistCountWeight
    decodes = !folder.description.training.without.contains(.decoder)
    trainedCount = configuration.songCount
    tensors = (try backend.makeTensor(Array(vectors.vectors)), try backend.makeTensor(Array(vectors.bias)))
    let playlists = try folder.requiredTrainingPlaylists()
    unplayedSongs = UnplayedSongs(playlists, vectors.artists, trainedCount: configuration.songCount)
    weights = folder.description.ranking
    rules = SequentialRuleScorer(
      playlists, settings: .init(steps: 100, stepDecay: .logarithmic, seedDecay: .none, confidenceExponent: 0.5))
    let matrix = PlaylistMatrix(playlists)
    neighbours = SessionNeighbourScorer(matrix, settings: .init(neighbourCount: 100))
    candidates = CandidateSongs(neighbours, songCount: folder.catalogue.count)
    features = CandidateFeatures(playlists: playlists, matrix: matrix, artists: vectors.artists)
    reranking = try folder.rerankerPath.map { path in
      let reranker = try Reranker(path: path, songCount: folder.catalogue.count)
      return (
        reranker, LeastSquaresScorer(matrix, settings: .standard, songFactors: reranker.songFactors)
      )
    }
  }

  var backend: any Backend { decoder.backend }

  /// Whether the model has learned anything of an attribute of playlists, `column=value`.
  package func knows(_ attribute: String) -> Bool { vectors.words.words.contains(attribute) }

  /// The best songs for each playlist, best first, equal scores in order of rows.
  /// - Throws: `InputError` when the model's scores are not finite; `ComputeError`.
  package func rank(_ requests: [PlaylistRequest], depth: Int) throws -> [[Int32]] {
    try inChunks(requests) { chunk in
      try scores(of: chunk, states: encode(chunk)) { _, scores in
        Best.indices(depth, of: UnsafeBufferPointer(scores), above: -.infinity)
      }
    }
  }

  /// Results for all requests, so many at a time as have room for their scores.
  func inChunks<Result>(_ requests: [PlaylistRequest], _ body: ([PlaylistRequest]) throws -> [Result]) throws
    -> [Result]
  {
    let size = max(1, Self.scoreLimit / max(1, catalogue.count))
    return try stride(from: 0, to: requests.count, by: size).flatMap { start in
      let chunk = Array(requests[start..<min(start + size, requests.count)])
      return try backend.retryingAfterFault { try body(chunk) }
    }
  }

  /// Scores of the catalogue for each playlist, and what `body` makes of them; on the backend's threads.
  /// - Parameters:
  ///   - states: of the requests, in their order. (B, d)
  ///   - body: is told the request's number, and may write over the scores.
  func scores<Result: Sendable>(
    of requests: [PlaylistRequest], states: Tensor,
    _ body: @Sendable (Int, UnsafeMutableBufferPointer<Float>) -> Result
  ) throws -> [Result] {
    try modelScores(of: requests, states: states) { number, scores in
      self.complete(scores, for: requests[number])
      return body(number, scores)
    }
  }

  /// The same with the model's scores alone.
  /// - Parameter body: uses no backend.
  private func modelScores<Result: Sendable>(
    of requests: [PlaylistRequest], states: Tensor,
    _ body: (Int, UnsafeMutableBufferPointer<Float>) -> Result
  ) throws -> [Result] {
    let count = catalogue.count
    let scores = try backend.makeTensor(count: requests.count * count)
    try backend.catalogueScores(
      states: states, batchSize: requests.count, vectors: tensors.vectors, width: vectors.dimension,
      bias: tensors.bias, scores: scores)
    var values = try backend.read(scores)
    var results = [Result?](repeating: nil, count: requests.count)
    values.withUnsafeMutableBufferPointer { values in
      results.withUnsafeMutableBufferPointer { results in
        // Each part touches one row of `values` and one element of `results` only.
        nonisolated(unsafe) let (values, results, body) = (values, results, body)
        backend.forEachOnHost(requests.count) { number in
          let row = UnsafeMutableBufferPointer(rebasing: values[number * count..<(number + 1) * count])
          guard row[0].isFinite else { return }
          results[number] = body(number, row)
        }
      }
    }
    return try results.map { result in
      guard let result else {
        throw InputError(
          path: path, reason: "the model's scores are not finite numbers", remedy: "Train the model again.")
      }
      return result
    }
  }

  /// Adds to the model's scores what is known without it, takes the playlist's songs out, and puts the best in order.
  private func complete(_ scores: UnsafeMutableBufferPointer<Float>, for request: PlaylistRequest) {
    guard let (network, leastSquares) = reranking else {
      _ = addCoOccurrence(to: scores, request.songs)
      for (row, value) in offsets(request) { scores[Int(row)] += value }
      return
    }
    let ranking = ranking(scores, for: request)
    var values = features.values(ranking, of: request.songs, leastSquares)
    let ordered = network.scores(&values, base: ranking.base)
    // The same scores in another order, so that they mean the same beside steering and beside songs that keep theirs: those
    // that were added afterwards, about which the network has learned nothing.
    let places = ranking.candidates.indices.filter { ranking.candidates[$0] < trainedCount }
    let best = places.sorted { (ordered[$1], $0) < (ordered[$0], $1) }
    for (place, new) in zip(places, best) { scores[Int(ranking.candidates[new])] = ranking.base[place] }
  }

  /// The best songs by fused scores, and what these are made of.
  private func ranking(
    _ scores: UnsafeMutableBufferPointer<Float>, for request: PlaylistRequest
  ) -> CandidateFeatures.Ranking {
    let moves = offsets(request)
    for (row, value) in moves { scores[Int(row)] += value }
    let model = Array(scores)
    let parts = addCoOccurrence(to: scores, request.songs)
    let candidates = Best.indices(Reranker.depth, of: UnsafeBufferPointer(scores), above: -.infinity)
    return CandidateFeatures.Ranking(
      candidates: candidates, base: candidates.map { scores[Int($0)] }, model: model, rules: parts.rules,
      neighbours: parts.neighbours)
  }

  /// What the scores are moved by: for songs by the seeds' artists, and −∞ for the playlist's own.
  private func offsets(_ request: PlaylistRequest) -> [(row: Int32, value: Float)] {
    vectors.artists.offsets(seeds: request.songs, excluding: request.songs, weight: artistCountWeight)
  }

  /// Adds the weighted logarithms of co-occurrence.
  /// - Returns: co-occurrence over its sum. (songs) each
  private func addCoOccurrence(
    to scores: UnsafeMutableBufferPointer<Float>, _ songs: [Int32]
  ) -> (rules: [Float], neighbours: [Float]) {
    func add(_ scorer: any CoOccurrenceScorer, _ weight: Float) -> [Float] {
      let shares = self.shares(scorer, songs)
      let unseen = weight * logf(Self.unseenProbability)
      for song in scores.indices {
        scores[song] += shares[song] > 0 ? weight * logf(shares[song] + Self.unseenProbability) : unseen
      }
      return shares
    }
    var artistCounts: [Int32: Int] = [:]
    for song in songs where song >= 0 { artistCounts[vectors.artists.numbers[Int(song)], default: 0] += 1 }
    unplayedSongs.raise(scores, artistCounts: artistCounts)
    return (add(rules, weights.sequentialRules), add(neighbours, weights.sessionNeighbours))
  }

  /// Counts of one way to count co-occurrence over their sum, the playlist's own songs left out. (songs)
  private func shares(_ scorer: any CoOccurrenceScorer, _ songs: [Int32]) -> [Float] {
    var counts = [Float](repeating: 0, count: catalogue.count)
    return counts.withUnsafeMutableBufferPointer { counts in
      scorer.score(songs, into: counts)
      for song in songs where song >= 0 { counts[Int(song)] = 0 }
      let sum = counts.reduce(0, +)
      unplayedSongs.fill(counts)
      return sum > 0 ? counts.map { $0 / sum } : Array(counts)
    }
  }

  /// Matrix factorisation of the playlists that the model was trained on.
  package func fitLeastSquares() -> LeastSquaresScorer {
    LeastSquaresScorer(features.matrix, settings: .standard, backend: backend)
  }

  /// What a re-ranker learns from: the ranking of each playlist, and which of its candidates go on.
  /// - Parameters:
  ///   - right: songs that go on, of each request.
  ///   - leastSquares: fitted on what the model was trained on.
  package func examples(
    _ requests: [PlaylistRequest], right: [Set<Int32>], _ leastSquares: LeastSquaresScorer
  ) throws -> [RerankerTraining.Example] {
    precondition(requests.count == right.count, "CatalogueRanker: \(requests.count) requests, \(right.count) answers")
    var start = 0
    return try inChunks(requests) { chunk in
      let answers = Array(right[start..<start + chunk.count])
      start += chunk.count
      return try modelScores(of: chunk, states: encode(chunk)) { number, scores in
        let ranking = self.ranking(scores, for: chunk[number])
        return RerankerTraining.Example(
          features: self.features.values(ranking, of: chunk[number].songs, leastSquares), base: ranking.base,
          isRight: ranking.candidates.map { answers[number].contains($0) })
      }
    }
  }

  /// The state of each playlist. (B, d)
  func encode(_ requests: [PlaylistRequest]) throws -> Tensor {
    let known = requests.map { $0.songs.filter { $0 >= 0 } }
    // A playlist without any song that the catalogue knows is one song without anything known.
    try decoder.encode(lengths: known.map { max(1, $0.count) }) { vector, playlist, step in
      guard step < known[playlist].count else { return }
      _ = vector.update(fromContentsOf: vectors.vector(known[playlist][step]))
    }
    var titles = EmbeddingBags()
    for request in requests {
      let words = vectors.words.rows(of: request.context)
      titles.append(words, weight: 1 / Float(max(1, words.count)))
    }
    return try decoder.playlistStates(titles: titles)
  }
}
