/// What the device can reach, for the benchmark's roofline.
extension OpenCLBackend {
  /// Chains of fused multiply-adds on registers alone, enough to fill the device. Runs asynchronously.
  /// - Parameter sums: receives one number from each work-item.
  /// - Returns: how many multiplications and additions that are.
  package func fusedMultiplyAdds(rounds: Int, into sums: Tensor) throws -> Double {
    let kernel = try kernel("fused_multiply_adds")
    try kernel.set(.output(sums), .ulong(sums.count), .uint(rounds))
    try queue.launch(kernel, columns: sums.count)
    return 2 * 8 * 16 * Double(rounds) * Double(sums.count)
  }

  /// Work-items that fill the device.
  package var peakWorkItems: Int { 2048 * description.computeUnits }

  /// c ← a + b/2, the triad of STREAM. Runs asynchronously.
  package func triad(_ a: Tensor, _ b: Tensor, into c: Tensor) throws {
    let kernel = try kernel("triad")
    try kernel.set(.input(a), .input(b), .output(c), .ulong(c.count))
    try queue.launch(kernel, columns: c.count)
  }
}
