package import Compute
internal import Recommendation
internal import Sequences

/// Opening a model folder until it can recommend: mapping the catalogue and the index, reading the weights. The files
/// are in the page cache.
package struct OpeningBenchmark {
  package var songCount = 31_172
  package var hiddenSize = 256
  /// How long to measure.
  package var seconds = 2.0
  package var seed: UInt64 = 1

  package init() {}

  package struct Result: Encodable, Sendable {
    /// Median opening.
    package var microseconds: Double
    /// The time that one opening in a hundred exceeds.
    package var slowestHundredth: Double
    /// Building the search index and writing the folder.
    package var buildSeconds: Double
    package var rounds: Int
  }

  /// - Throws: `OutputError` when the model cannot be written to the temporary folder.
  package func run(on backend: any Backend) throws -> Result {
    var random = Philox(seed: seed, purpose: .benchmark, index: 5)
    let model = try RandomModel(songCount: songCount, hiddenSize: hiddenSize, seed: seed, &random)
    let opening = try Measurement(seconds: seconds) {
      _ = try Recommender(ModelFolder(path: model.path), backend: backend)
    }
    return Result(
      microseconds: 1e6 * opening.median, slowestHundredth: 1e6 * opening.quantile(0.99),
      buildSeconds: model.buildSeconds, rounds: opening.samples.count)
  }
}
