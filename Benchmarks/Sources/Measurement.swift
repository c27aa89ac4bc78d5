/// Seconds that the same piece of work took, again and again. The median counts: it forgives the odd interruption.
package struct Measurement: Sendable {
  package let samples: [Double]

  package init(samples: [Double]) {
    precondition(!samples.isEmpty, "Measurement: no samples")
    self.samples = samples.sorted()
  }

  /// Runs `body` until the budget is spent, after runs that do not count.
  /// - Parameters:
  ///   - warmUp: runs before the clock starts: first touches of memory, kernels built, frequency raised.
  ///   - seconds: how long to measure.
  ///   - minimum: samples to take even when that takes longer.
  ///   - prepare: runs before every sample and is not timed.
  package init(
    warmUp: Int = 1, seconds: Double, minimum: Int = 5, prepare: () throws -> Void, _ body: () throws -> Void
  ) rethrows {
    for _ in 0..<warmUp {
      try prepare()
      try body()
    }
    var samples: [Double] = []
    let end = ContinuousClock.now + .seconds(seconds)
    while samples.count < minimum || ContinuousClock.now < end {
      try prepare()
      let start = ContinuousClock.now
      try body()
      samples.append((ContinuousClock.now - start) / .seconds(1))
    }
    self.init(samples: samples)
  }

  package init(warmUp: Int = 1, seconds: Double, minimum: Int = 5, _ body: () throws -> Void) rethrows {
    try self.init(warmUp: warmUp, seconds: seconds, minimum: minimum, prepare: {}, body)
  }

  package var median: Double {
    let middle = samples.count / 2
    return samples.count % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2
  }

  /// The sample below which the share `rank` of all samples lies.
  package func quantile(_ rank: Double) -> Double {
    samples[min(samples.count - 1, Int(rank * Double(samples.count)))]
  }
}
