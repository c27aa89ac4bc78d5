import Compute
import Evaluation
import Music
import Recommendation
import TestSupport
import Testing

@Suite struct RealEvaluationTests {
  /// Popularity's figures are those of twenty lines of Python over the same files (the last 360 open playlists, fitted on
  /// the others). The ranges hold what public libraries reach on 360 closed playlists: content-knn rprec/tracks 0.009,
  /// ndcg@500 0.026, clicks@500 15.8; random ndcg@500 0.010, clicks@500 27.1. Those of session-knn are
  /// what 30 lines of NumPy and SciPy gave.
  @Test(.enabled(if: SharedFolder.hasPlaylists, "the real playlists (SEGUE_SHARED/data) are not here"))
  func `rivals on real playlists stand where public libraries put them`() throws {
    let dataset = try Dataset.load(folder: SharedFolder.path + "/data/mpd")
    let training = dataset.playlists.dropLast(360).map { $0 }
    let scaling = FeatureScaling.fit(songs: dataset.songs, playlists: training)
    let vectors = SongVectors(songs: dataset.songs, scaling: scaling)
    let folder = try ScratchFolder()
    try ModelFolder.writeCatalogue(songs: dataset.songs, vectors: vectors, scaling: scaling, to: folder.path)
    let catalogue = try Catalogue(path: folder.file(Catalogue.fileName))
    let songs = try NearestSongs(path: folder.file(NearestSongs.fileName))

    let set = EvaluationSet(Array(dataset.playlists.suffix(360)), seedCount: 10)
    let input = RivalInput(playlists: training.map(\.songs), catalogue: catalogue)
    let report = try Evaluator(set, facts: SongFacts(catalogue: catalogue, training: training)).report([
      Rivals.fit(SessionNeighbours.self, on: input, backend: CPUBackend(threads: 2)),
      Popularity(input.matrix),
      ContentNeighbours(catalogue: catalogue, songs: songs), RandomRanking(songCount: catalogue.count),
    ])
    func mean(_ metric: Metric, _ method: String) -> Double { report.estimate(metric, of: method)?.mean ?? .nan }
    #expect(report.playlistCount == 360)
    for (metric, value) in [
      (Metric.averagePrecisionByReachable, 0.03787544091710757), (.rPrecisionOfTracks, 0.048404159987876276),
      (.discountedGain, 0.13126084703004423), (.clicks, 9.325), (.recall, 0.19884564672245755),
      (.reciprocalRank, 0.14893989274379624),
    ] {
      #expect(abs(mean(metric, "popularity") - value) < 1e-9, "\(metric)")
    }
    for (metric, value) in [
      (Metric.averagePrecisionByReachable, 0.16752340534979426), (.rPrecisionOfTracks, 0.17171530778018626),
      (.discountedGain, 0.36574656256210986),
    ] {
      // Single precision here: two playlists that tie but for rounding may change places.
      #expect(abs(mean(metric, "session-knn") - value) < 5e-4, "\(metric)")
    }
    #expect((0.002...0.005).contains(mean(.averagePrecisionByReachable, "content-knn")))
    #expect((0.007...0.011).contains(mean(.rPrecisionOfTracks, "content-knn")))
    #expect((0.021...0.031).contains(mean(.discountedGain, "content-knn")))
    #expect((12...20).contains(mean(.clicks, "content-knn")))
    #expect((0.007...0.013).contains(mean(.discountedGain, "random")))
    #expect((23...33).contains(mean(.clicks, "random")))
  }

  @Test(.enabled(if: SharedFolder.hasPlaylists, "the real playlists (SEGUE_SHARED/data) are not here"))
  func `the nearest of the real songs is that of the exact scan`() throws {
    for name in ["mpd", "tidytuesday"] {
      let dataset = try Dataset.load(folder: SharedFolder.path + "/data/" + name)
      let vectors = SongVectors(
        songs: dataset.songs, scaling: .fit(songs: dataset.songs, playlists: dataset.playlists))
      let index = NearestSongs(vectors)
      let doubles = vectors.values.map(Double.init)
      for query in stride(from: 0, to: vectors.count, by: 211) {
        // Between two songs, so that blocks are mixed.
        let other = (query * 7919 + 13) % vectors.count
        let vector = zip(vectors.vector(query), vectors.vector(other)).map { 0.8 * $0 + 0.2 * $1 }
        var best: (row: Int32, squaredDistance: Double)?
        for row in 0..<vectors.count where vectors.hasNumbers(row) {
          var sum = 0.0
          for column in 0..<29 {
            let difference = Double(vector[column]) - doubles[row * 29 + column]
            sum += difference * difference
          }
          if best.map({ sum < $0.squaredDistance }) ?? true { best = (Int32(row), sum) }
        }
        let found = try #require(index.nearest(to: vector))
        #expect((found.row, found.squaredDistance) == (best!.row, best!.squaredDistance))
      }
    }
  }
}
