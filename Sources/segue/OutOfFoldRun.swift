import Compute
import Evaluation
import Files
import FoundationEssentials
import Learning
import Music
import Recommendation
import Sequences

/// Teaches a model's re-ranker: the training playlists are dealt into folds, models of the same settings are trained
/// without each of them, and rank what goes on in the playlists that they have not seen (out-of-fold predictions).
struct OutOfFoldRun {
  static let foldCount = 4
  /// Songs given of each playlist: few and many, so that the network learns how much to believe whom beside how many.
  private static let seedCounts = [1, 5, 10, 25]
  /// Examples that a network of this size can still learn from, and that memory has room for: 32 kB each.
  private static let exampleLimit = 12_000
  /// Playlists ranked at a time.
  private static let chunkSize = 64

  private let data: TrainingData
  private let description: ModelDescription
  private let backend: any Backend
  private let scratch: String

  /// - Parameter scratch: a folder for the models, removed afterwards.
  init(_ data: TrainingData, description: ModelDescription, backend: any Backend, scratch: String) {
    (self.data, self.description, self.backend, self.scratch) = (data, description, backend, scratch)
  }

  /// - Returns: nil where the training playlists are too few or too short to learn from.
  func run() throws -> Reranker? {
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let seed = description.training.seed
    let playlists = data.split.training
    guard playlists.count >= 10 * Self.foldCount,
      let folds = try? Fold.splits(playlists.map { data.dataset.playlists[$0] }, count: Self.foldCount, seed: seed)
    else { return nil }
    var examples: [RerankerTraining.Example] = []
    for (number, fold) in folds.enumerated() {
      let split = Split(
        training: fold.training.map { playlists[$0] }, validation: [], test: fold.test.map { playlists[$0] })
      let folder = "\(scratch)/fold-\(number + 1)"
      var description = description
      description.training.without.append(.decoder)  // only the ranking is asked for
      let run = try TrainingRun(
        outOfFold: TrainingData(
          data.dataset, split: split, denseVectors: data.denseVectors, description: &description), out: folder,
        description: description, backend: backend)
      try run.run(resumeCommand: nil)
      let ranker = try CatalogueRanker(ModelFolder(path: folder), backend: backend)
      examples += try self.examples(ranker, split.test)
      try FileManager.default.removeItem(atPath: folder)
      Console.print("  re-ranking: fold \(number + 1) of \(Self.foldCount) done, \(examples.count) examples")
    }
    let trained = data.split.training.map { data.dataset.playlists[$0].without(data.coldSongs).songs }
    let leastSquares = LeastSquaresScorer(
      PlaylistMatrix(trained, songCount: data.dataset.songs.count), settings: .standard, backend: backend)
    return try RerankerTraining(examples, songFactors: leastSquares.songFactors, seed: seed, on: backend).run()
  }

  /// Of each playlist its first songs, half of them at most, and what else is in it.
  private func examples(_ ranker: CatalogueRanker, _ held: [Int]) throws -> [RerankerTraining.Example] {
    var (requests, right): ([PlaylistRequest], [Set<Int32>]) = ([], [])
    for number in held.prefix(Self.exampleLimit / (Self.foldCount * Self.seedCounts.count)) {
      let playlist = data.dataset.playlists[number].without(data.coldSongs)
      for count in Set(Self.seedCounts.map { min($0, playlist.songs.count / 2) }).sorted() {
        let seeds = playlist.songs.prefix(count)
        let rest = Set(playlist.songs).subtracting(seeds)
        guard !seeds.isEmpty, !rest.isEmpty else { continue }
        requests.append(PlaylistRequest(songs: Array(seeds), context: data.dataset.contexts[playlist.pid]))
        right.append(rest)
      }
    }
    let leastSquares = ranker.fitLeastSquares()
    return try stride(from: 0, to: requests.count, by: Self.chunkSize).flatMap { start in
      let chunk = start..<min(start + Self.chunkSize, requests.count)
      return try ranker.examples(Array(requests[chunk]), right: Array(right[chunk]), leastSquares)
    }
  }
}
