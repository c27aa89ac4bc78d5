import ArgumentParser
import Compute
import FoundationEssentials
import Tuning

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

  /// - Parameters:
  ///   - gradientShards: parts of a batch on the CPU path.
  ///   - precision: of the large products' operands.
  /// - Throws: `ComputeError` when there is no such device, or it has not the precision.
  func makeBackend(gradientShards: Int, precision: Precision = .float32) throws -> any Backend {
    switch try Devices.select(selector) {
    case .cpu:
      guard precision == .float32 else {
        throw ValidationError(
          "--precision \(precision.rawValue) is for NVIDIA GPUs (--device); the CPU path computes in float32.")
      }
      return try CPUBackend(threads: threads, shards: gradientShards)
    case .opencl(let device): return try OpenCLBackend.tuned(for: device, precision: precision)
    }
  }
}

/// Which way an OpenCL device goes through the time steps, for those who check or compare the ways.
struct RecurrenceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How an OpenCL device takes an LSTM through its time steps: steps, streamed, resident or groups:N "
        + "(default: what was tuned, or is expected to be best).",
      discussion: """
        A launch for each step; or one for all, reading the weights in every step, keeping them in registers, or sharing \
        them among N work-groups that wait for each other. Hidden sizes that a way cannot take go by steps.
        """, valueName: "way"))
  var recurrence: String?

  func validate() throws {
    guard let recurrence, Recurrence(named: recurrence) == nil else { return }
    throw ValidationError(
      "--recurrence \(recurrence) is unknown. Use steps, streamed, resident or groups:N, N from 2 to 32.")
  }

  /// - Throws: `ValidationError` when a way is named for a device that has none to choose from.
  func makeBackend(
    on device: DeviceOptions, gradientShards: Int, precision: Precision = .float32
  ) throws -> any Backend {
    guard let name = recurrence else {
      return try device.makeBackend(gradientShards: gradientShards, precision: precision)
    }
    guard case .opencl(let description) = try Devices.select(device.selector) else {
      throw ValidationError("--recurrence is for OpenCL devices. Give one with --device.")
    }
    return try OpenCLBackend.tuned(for: description, precision: precision, recurrence: Recurrence(named: name)!)
  }

  /// The ways that were taken, as reports name them.
  func label(_ backend: any Backend) -> String {
    (backend as? OpenCLBackend).map { $0.pathsTaken.map(\.description).sorted().joined(separator: ", ") } ?? "cpu"
  }
}
