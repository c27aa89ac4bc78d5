internal import CBaselines
internal import COpenBLAS
package import Compute
internal import Dispatch

/// The rates that bound every operation on a device, measured in the same run as the operations.
package struct Roofline: Encodable, Sendable {
  /// 10⁹ operations a second of a large product, and what computed it.
  package var peakGflops: Double
  package var peakOf: String
  /// The same of fused multiply-adds on registers alone, which nothing can exceed; nil where it cannot be measured.
  package var fusedMultiplyAddGflops: Double?
  /// 10⁹ bytes a second over arrays far larger than the caches, and how that was measured.
  package var memoryGigabytesPerSecond: Double
  package var memoryOf: String
  /// The same over arrays that the last cache holds, and its size; nil where it cannot be measured.
  package var cacheGigabytesPerSecond: Double?
  package var cacheBytes: Int?

  /// Whether the last cache holds all that the operation touches.
  package func isInCache(_ cost: OperationCost) -> Bool { cacheBytes.map { cost.bytes <= $0 } ?? false }

  private func gigabytesPerSecond(for cost: OperationCost) -> Double {
    isInCache(cost) ? cacheGigabytesPerSecond ?? memoryGigabytesPerSecond : memoryGigabytesPerSecond
  }

  /// The time below which the operation cannot fall: the longer of arithmetic at the peak and traffic at the bandwidth.
  package func leastSeconds(of cost: OperationCost) -> Double {
    max(Double(cost.operations) / peakGflops, Double(cost.bytes) / gigabytesPerSecond(for: cost)) / 1e9
  }

  /// Whether traffic is the longer of the two.
  package func isBoundByTraffic(_ cost: OperationCost) -> Bool {
    Double(cost.bytes) / gigabytesPerSecond(for: cost) > Double(cost.operations) / peakGflops
  }

  /// Whether the roofline holds: data that may lie in a cache of unknown bandwidth are bounded by the peak alone.
  package func holds(for cost: OperationCost) -> Bool {
    cacheBytes != nil || !isBoundByTraffic(cost) || cost.bytes >= 1 << 28
  }

  // MARK: Measuring

  package init(
    peakGflops: Double, peakOf: String, fusedMultiplyAddGflops: Double? = nil, memoryGigabytesPerSecond: Double,
    memoryOf: String, cacheGigabytesPerSecond: Double? = nil, cacheBytes: Int? = nil
  ) {
    (self.peakGflops, self.peakOf) = (peakGflops, peakOf)
    self.fusedMultiplyAddGflops = fusedMultiplyAddGflops
    (self.memoryGigabytesPerSecond, self.memoryOf) = (memoryGigabytesPerSecond, memoryOf)
    (self.cacheGigabytesPerSecond, self.cacheBytes) = (cacheGigabytesPerSecond, cacheBytes)
  }

  /// Of the processor, with as many threads as the operations had.
  package init(processorThreads threads: Int) {
    let cacheBytes = Machine.current.lastCacheBytes
    self.init(
      peakGflops: ProductRate.openBLAS(threads: threads), peakOf: "OpenBLAS, 2048 × 2048 × 2048",
      fusedMultiplyAddGflops: Self.fusedMultiplyAdds(threads: threads),
      memoryGigabytesPerSecond: Self.triad(bytes: min(1 << 30, max(1 << 28, 8 * (cacheBytes ?? 0))), threads: threads),
      memoryOf: "triad",
      cacheGigabytesPerSecond: cacheBytes.map { Self.triad(bytes: $0 / 4, threads: threads) }, cacheBytes: cacheBytes)
  }

  /// Of an OpenCL device, whose caches' bandwidth is not known.
  package init(_ backend: OpenCLBackend) throws {
    let peak = try OpenCLPeak(backend)
    let sums = try backend.makeTensor(count: peak.workItems)
    var operations = 0.0
    let multiplyAdds = try Measurement(warmUp: 2, seconds: 0.3) {
      operations = try peak.fusedMultiplyAdds(rounds: 2000, into: sums)
      try backend.synchronize()
    }
    let count = 1 << 25
    let arrays = try (0..<3).map { _ in try backend.makeTensor(count: count) }
    let triad = try Measurement(warmUp: 2, seconds: 0.3) {
      try peak.triad(arrays[0], arrays[1], into: arrays[2])
      try backend.synchronize()
    }
    self.init(
      peakGflops: operations / multiplyAdds.median / 1e9, peakOf: "fused multiply-adds alone",
      memoryGigabytesPerSecond: Double(3 * count * MemoryLayout<Float>.stride) / triad.median / 1e9,
      memoryOf: "triad")
  }

  private static func fusedMultiplyAdds(threads: Int) -> Double {
    let rounds = 1 << 20
    let operations = Double(threads) * seguePeakRounds(1) * Double(rounds)
    let measurement = Measurement(seconds: 0.2) {
      DispatchQueue.concurrentPerform(iterations: threads) { _ in _ = seguePeakRounds(rounds) }
    }
    return operations / measurement.median / 1e9
  }

  /// The triad of STREAM in place, y ← αx + y, two reads and one write for each number; x and y together have `bytes`.
  private static func triad(bytes: Int, threads: Int) -> Double {
    openblas_set_num_threads(1)  // the threads are ours
    let share = max(16, bytes / 2 / MemoryLayout<Float>.stride / threads)
    let values = UnsafeMutablePointer<Float>.allocate(capacity: 2 * share * threads)
    values.initialize(repeating: 0, count: 2 * share * threads)
    defer { values.deallocate() }
    nonisolated(unsafe) let arrays = values  // each thread has parts of its own
    let passes = max(1, (1 << 26) / bytes)
    let measurement = Measurement(seconds: 0.3) {
      DispatchQueue.concurrentPerform(iterations: threads) { part in
        let x = arrays + 2 * share * part
        for _ in 0..<passes { cblas_saxpy(blasint(share), 0.5, x, 1, x + share, 1) }
      }
    }
    return Double(passes * 3 * share * threads * MemoryLayout<Float>.stride) / measurement.median / 1e9
  }
}
