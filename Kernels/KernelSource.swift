/// The OpenCL C text of the engine, embedded at build time. A compiler's message names the file and line of the kernel.
package enum KernelSource {
  /// All that training and recommending need, as one program.
  package static let program = text(of: [
    ("common.cl", PackageResources.common_cl), ("gather.cl", PackageResources.gather_cl),
    ("gemm.cl", PackageResources.gemm_cl), ("lstm.cl", PackageResources.lstm_cl),
    ("heads.cl", PackageResources.heads_cl), ("optimizer.cl", PackageResources.optimizer_cl),
    ("philox.cl", PackageResources.philox_cl), ("dense.cl", PackageResources.dense_cl),
    ("songs.cl", PackageResources.songs_cl),
    ("embedding.cl", PackageResources.embedding_cl), ("catalogue.cl", PackageResources.catalogue_cl),
    ("attention.cl", PackageResources.attention_cl),
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

  /// Matrix products with operands of fewer digits.
  package static let reducedProducts = text(of: [
    ("common.cl", PackageResources.common_cl), ("gemm_reduced.cl", PackageResources.gemm_reduced_cl),
  ])

  /// What a device's launches, waits and memory are timed with.
  package static let probe = text(of: [
    ("common.cl", PackageResources.common_cl), ("exchange.cl", PackageResources.exchange_cl),
    ("probe.cl", PackageResources.probe_cl),
  ])

  /// One NVIDIA instruction, which is named by a definition.
  package static let instruction = text(of: [("probe_ptx.cl", PackageResources.probe_ptx_cl)])

  private static func text(of files: [(name: String, bytes: [UInt8])]) -> String {
    files.map { "#line 1 \"\($0.name)\"\n" + String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: "\n")
  }
}
