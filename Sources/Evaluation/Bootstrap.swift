internal import Sequences

/// A figure with its uncertainty.
package struct Estimate: Sendable, Equatable, Encodable {
  /// NaN where no playlist has a value.
  package var mean: Double
  /// 95 % interval: the 2.5th and the 97.5th percentile over resamples of the playlists; nil where there is none.
  package var ci95: [Double]?

  package init(mean: Double, ci95: [Double]?) {
    self.mean = mean
    self.ci95 = ci95
  }

  /// Whether the interval lies on one side of zero: for a difference, that it is no accident of these playlists.
  package var excludesZero: Bool { ci95.map { $0[0] > 0 || $0[1] < 0 } ?? false }

  private enum CodingKeys: CodingKey { case mean, ci95 }

  /// Writes a null where there is no value or no interval, so that every figure has both names.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(mean.isNaN ? nil : mean, forKey: .mean)
    try container.encode(ci95, forKey: .ci95)
  }

  /// - Parameter resampled: the figure on each resample; empty where there is no interval.
  init(mean: Double, resampled: [Double]) {
    let sorted = resampled.filter { !$0.isNaN }.sorted()
    guard !sorted.isEmpty else {
      self.init(mean: mean, ci95: nil)
      return
    }
    self.init(mean: mean, ci95: [Self.percentile(0.025, of: sorted), Self.percentile(0.975, of: sorted)])
  }

  /// Linear between neighbours, as NumPy's default.
  private static func percentile(_ share: Double, of sorted: [Double]) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = Int(place)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }
}

/// Resamples of the playlists with replacement (Efron 1979). Every method and metric sees the same resamples, so
/// differences are paired.
package struct Bootstrap: Sendable {
  package static let resampleCount = 2000

  /// The playlists of each resample. (resamples; count each)
  package static func resamples(of count: Int, seed: UInt64 = 0, resampleCount: Int = resampleCount) -> [[Int32]] {
    var random = Philox(seed: seed, purpose: .bootstrap)
    return (0..<resampleCount).map { _ in (0..<count).map { _ in Int32(random.below(count)) } }
  }
}
