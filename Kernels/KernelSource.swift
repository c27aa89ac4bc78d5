/// The OpenCL C text of the engine, embedded at build time. A compiler's message names the file and line of the kernel.
package enum KernelSource {
  /// All that training and recommending need, as one program.
  package static let program = text(of: [
    ("common.cl", PackageResources.common_cl), ("gather.cl", PackageResources.gather_cl),
    ("gemm.cl", PackageResources.gemm_cl), ("lstm.cl", PackageResources.lstm_cl),
    ("heads.cl", PackageResources.heads_cl), ("optimizer.cl", PackageResources.optimizer_cl),
  ])

  /// What the benchmark's roofline is measured with.
  package static let peak = text(of: [
    ("common.cl", PackageResources.common_cl), ("peak.cl", PackageResources.peak_cl),
  ])

  /// An LSTM layer's time steps in one launch, compiled for one hidden size.
  package static let sequence = text(of: [
    ("common.cl", PackageResources.common_cl), ("exchange.cl", PackageResources.exchange_cl),
    ("lstm_sequence.cl", PackageResources.lstm_sequence_cl),
  ])

  private static func text(of files: [(name: String, bytes: [UInt8])]) -> String {
    files.map { "#line 1 \"\($0.name)\"\n" + String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: "\n")
  }
}
