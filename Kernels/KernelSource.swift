/// The OpenCL C text of the engine, embedded at build time.
package enum KernelSource {
  /// All kernels as one program; a compiler's message names the file and line of the kernel.
  package static let program = [
    ("common.cl", PackageResources.common_cl), ("gemm.cl", PackageResources.gemm_cl),
    ("lstm.cl", PackageResources.lstm_cl), ("heads.cl", PackageResources.heads_cl),
    ("optimizer.cl", PackageResources.optimizer_cl), ("peak.cl", PackageResources.peak_cl),
  ].map { "#line 1 \"\($0.0)\"\n" + String(decoding: $0.1, as: UTF8.self) }.joined(separator: "\n")
}
