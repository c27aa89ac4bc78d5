package import Compute
package import Learning
internal import Music
package import Recommendation
internal import Sequences

/// Recommending from a model folder as `segue recommend` does it: encoder over the playlist, then decoder and exact search
/// for every song; or, of the objective `continuation`, the ranking of the catalogue and the decoder along its best songs. Random songs and initial weights, whose undecided predictions are the search's hard case.
package struct RecommendationBenchmark {
  package var songCount = 31_172
  package var playlistLength = 20
  package var count = 30
  /// Playlists recommended for in one call.
  package var batchSize = 1
  package var hiddenSize = 256
  package var decode = DecodeStyle.default
  package var objective = Objective.dissertation
  /// How long to measure.
  package var seconds = 2.0
  package var seed: UInt64 = 1

  package init() {}

  package struct Result: Encodable, Sendable {
    /// Median of whole calls, each for `batchSize` playlists.
    package var microseconds: Double
    package var microsecondsPerPlaylist: Double
    /// The time that one call in a hundred exceeds.
    package var slowestHundredth: Double
    /// Playlists per second.
    package var perSecond: Double
    /// Playlists per second that a core worked: what other programs on the machine disturb least.
    package var perCoreSecond: Double
    package var rounds: Int
  }

  /// - Throws: `OutputError` when the model cannot be written to the temporary folder.
  package func run(on backend: any Backend) throws -> Result {
    var random = Philox(seed: seed, purpose: .benchmark, index: 4)
    let model = try RandomModel(songCount: songCount, hiddenSize: hiddenSize, objective: objective, seed: seed, &random)
    let playlists = RandomSongs.playlists(
      lengths: .init(repeating: playlistLength, count: 64 * batchSize), songCount: songCount, &random
    ).map { PlaylistRequest(songs: $0.songs) }

    let recommender = try ModelFolder(path: model.path).makeRecommender(on: backend)
    var next = 0
    let (warmUp, coreSeconds) = (3, Machine.coreSeconds)
    let measurement = try Measurement(warmUp: warmUp, seconds: seconds) {
      _ = try recommender.recommend(
        Array(playlists[next..<next + batchSize]), count: count, decode: decode)
      next = (next + batchSize) % playlists.count
    }
    let playlistCount = batchSize * (warmUp + measurement.samples.count)
    return Result(
      microseconds: 1e6 * measurement.median,
      microsecondsPerPlaylist: 1e6 * measurement.median / Double(batchSize),
      slowestHundredth: 1e6 * measurement.quantile(0.99), perSecond: Double(batchSize) / measurement.median,
      perCoreSecond: Double(playlistCount) / (Machine.coreSeconds - coreSeconds),
      rounds: measurement.samples.count)
  }
}
