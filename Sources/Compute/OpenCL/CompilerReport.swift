internal import Kernels

/// An instruction of NVIDIA's that fast kernels want and OpenCL C does not have (`probe_ptx.cl`).
package enum PTXInstruction: String, CaseIterable, Sendable {
  case tf32Product = "mma.sync tf32 m16n8k8"
  case bf16Product = "mma.sync bf16 m16n8k16"
  case tf32Rounding = "cvt.rna.tf32.f32"
  case acquiringLoad = "ld.acquire.gpu"
  case releasingStore = "st.release.gpu"
  case fence = "fence.acq_rel.gpu"
  case asynchronousCopy = "cp.async.cg.shared.global"
  case shuffle = "shfl.sync"

  private var definition: String {
    switch self {
    case .tf32Product: "MMA_TF32"
    case .bf16Product: "MMA_BF16"
    case .tf32Rounding: "CVT_TF32"
    case .acquiringLoad: "LD_ACQUIRE"
    case .releasingStore: "ST_RELEASE"
    case .fence: "FENCE"
    case .asynchronousCopy: "CP_ASYNC"
    case .shuffle: "SHFL"
    }
  }

  /// Builds a kernel with nothing but this instruction.
  /// - Throws: `ComputeError` with the compiler's log when it refuses.
  package func compile(for device: OpenCLDeviceDescription) throws(ComputeError) {
    let program = try OpenCLRuntime.build(
      source: KernelSource.instruction, options: "-D \(definition)", for: device, cache: .none)
    _ = try program.makeKernel("probe")  // some drivers leave the last of their compilers for this
  }
}

/// What a compiled kernel takes of a device.
package struct KernelResources: Sendable {
  package let kernel: String
  /// Registers of a work-item, and bytes that it stores elsewhere because they were too few; nil where the driver's
  /// compiler does not say.
  package var registers: Int?
  package var spilledBytes: Int?
  /// Private memory of a work-item outside registers and local memory of a work-group, in bytes; nil where the driver
  /// does not say.
  package var privateBytes: Int?
  package var localBytes: Int?
}

extension SequenceParameters {
  /// The two kernels of `lstm_sequence.cl`, compiled anew for `device`.
  package func resources(on device: OpenCLDeviceDescription) throws(ComputeError) -> [KernelResources] {
    let verbose = device.exchange == .ptx ? " -cl-nv-verbose" : ""
    let program = try OpenCLRuntime.build(
      source: KernelSource.sequence,
      options: "\(KernelParameters.standard(for: device).options) \(options(for: device))\(verbose)", for: device,
      cache: .none)
    let log = AssemblerLog(program.buildLog())
    return try ["lstm_sequence_forward", "lstm_sequence_backward"].map { name throws(ComputeError) in
      let kernel = try program.makeKernel(name)
      return KernelResources(
        kernel: name, registers: log.registers[name], spilledBytes: log.spilledBytes[name],
        privateBytes: kernel.privateBytes, localBytes: kernel.localBytes)
    }
  }
}

/// What NVIDIA's assembler writes about each kernel when it is told `-cl-nv-verbose`.
package struct AssemblerLog {
  /// Of a work-item, by kernel.
  package private(set) var registers: [String: Int] = [:]
  package private(set) var spilledBytes: [String: Int] = [:]

  package init(_ text: String) {
    var kernel: String?
    for line in text.split(whereSeparator: \.isNewline) {
      if let match = line.firstMatch(of: #/entry function '([^']+)'/#) ?? line.firstMatch(of: #/properties for (\S+)/#)
      {
        kernel = String(match.1)
      }
      guard let kernel else { continue }
      if let match = line.firstMatch(of: #/Used (\d+) registers/#) { registers[kernel] = Int(match.1) }
      if let match = line.firstMatch(of: #/(\d+) bytes spill stores/#) { spilledBytes[kernel] = Int(match.1) }
    }
  }
}
