internal import Kernels

/// What an OpenCL device can reach, for the benchmark's roofline: a program of its own, built only when it is asked for.
/// Works on the tensors and in the queue of a backend, and is used from one thread at a time with it.
package final class OpenCLPeak {
  private let backend: OpenCLBackend
  private let multiplyAdds, triad: OpenCLKernel
  /// Chains of fused multiply-adds in each work-item, and the lanes of each.
  private static let (chains, lanes) = (8, 16)

  package init(_ backend: OpenCLBackend) throws {
    self.backend = backend
    let options = "-D GROUP_SIZE=\(backend.parameters.groupSize) -D CHAINS=\(Self.chains) -D LANES=\(Self.lanes)"
    let program = try OpenCLRuntime.build(
      source: KernelSource.peak, options: options, for: backend.description, cache: .standard)
    multiplyAdds = try program.makeKernel("fused_multiply_adds")
    triad = try program.makeKernel("triad")
  }

  /// Chains of fused multiply-adds on registers alone, enough to fill the device. Runs asynchronously.
  /// - Parameter sums: receives one number from each work-item.
  /// - Returns: how many multiplications and additions that are.
  package func fusedMultiplyAdds(rounds: Int, into sums: Tensor) throws -> Double {
    try multiplyAdds.set(.output(sums), .ulong(sums.count), .uint(rounds))
    try backend.queue.launch(multiplyAdds, columns: sums.count)
    return 2 * Double(Self.chains * Self.lanes) * Double(rounds) * Double(sums.count)
  }

  /// Work-items that fill the device.
  package var workItems: Int { 2048 * backend.description.computeUnits }

  /// c ← a + b/2, the triad of STREAM. Runs asynchronously.
  package func triad(_ a: Tensor, _ b: Tensor, into c: Tensor) throws {
    try triad.set(.input(a), .input(b), .output(c), .ulong(c.count))
    try backend.queue.launch(triad, columns: c.count)
  }
}
