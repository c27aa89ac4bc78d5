package import Compute

/// Search for a rival's settings: starting from those it has, one axis after the other, each at its best value before the
/// next, round after round until a whole round changes nothing. Best is the largest sum of the means of ap@10/min,
/// rprec/tracks and ndcg@500; a tie keeps what there is.
package struct RivalTuning {
  /// One trial of a search.
  package struct Trial: Sendable {
    /// The settings, as Swift prints them.
    package let settings: String
    /// Means, in the order of `metrics`.
    package let means: [Double]
    package let isBest: Bool
  }

  package static let metrics: [Metric] = [.averagePrecisionByReachable, .rPrecisionOfTracks, .discountedGain]

  private let evaluator: Evaluator
  private let input: RivalInput
  private let backend: any Backend

  /// - Parameter evaluator: of validation playlists, never of test playlists.
  package init(_ evaluator: Evaluator, input: RivalInput, backend: any Backend) {
    self.evaluator = evaluator
    self.input = input
    self.backend = backend
  }

  /// - Parameter told: each trial when it is done.
  package func search(_ rival: any Rival.Type, told: (Trial) -> Void) throws {
    func search<R: Rival>(_: R.Type) throws { try self.search(R.self, rounds: 3, told: told) }
    try search(rival)
  }

  private func search<R: Rival>(_: R.Type, rounds: Int, told: (Trial) -> Void) throws {
    var tried: Set<String> = []
    var (best, bestSum) = (R.tuned, -Double.infinity)
    func attempt(_ settings: R.Settings) throws {
      guard tried.insert("\(settings)").inserted else { return }
      let ranking = RivalRanking(R(input, settings: settings, backend: backend), input: input, backend: backend)
      let report = try evaluator.report([ranking])
      let means = Self.metrics.map { report.estimate($0, of: R.name)?.mean ?? 0 }
      let sum = means.reduce(0, +)
      let isBest = sum > bestSum
      if isBest { (best, bestSum) = (settings, sum) }
      told(Trial(settings: "\(settings)", means: means, isBest: isBest))
    }
    try attempt(best)
    for _ in 0..<rounds {
      let count = tried.count
      for axis in R.axes {
        let start = best
        for change in axis.changes {
          var settings = start
          change(&settings)
          try attempt(settings)
        }
      }
      if tried.count == count { break }
    }
  }
}
