import ArgumentParser
import Compute
import FoundationEssentials

/// Which device a command computes on.
struct DeviceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where to compute: auto, cpu, opencl, opencl:INDEX or opencl:NAME (part of a name). Also SEGUE_DEVICE.",
      discussion: "auto takes the strongest GPU, otherwise the CPU.", valueName: "device"))
  var device: String?

  @Option(
    help: "Worker threads of the CPU path (default: one per processor it may run on). Does not change results.")
  var threads: Int?

  var selector: String { device ?? Self.standardSelector }

  /// `SEGUE_DEVICE`, else `auto`.
  static var standardSelector: String {
    let variable = ProcessInfo.processInfo.environment["SEGUE_DEVICE"] ?? ""
    return variable.isEmpty ? "auto" : variable
  }

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must lie in 1…1024, got \(threads).")
    }
  }

  /// - Parameter gradientShards: parts of a batch on the CPU path.
  /// - Throws: `ComputeError` when there is no such device.
  func makeBackend(gradientShards: Int) throws -> any Backend {
    switch try Devices.select(selector) {
    case .cpu: try CPUBackend(threads: threads, shards: gradientShards)
    case .opencl(let device): try OpenCLBackend(device: device)
    }
  }
}
