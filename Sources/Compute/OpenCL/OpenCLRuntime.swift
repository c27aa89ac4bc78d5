internal import Synchronization

/// What a process has once for each device: its context and its built programs. Made under one lock, because some drivers
/// fail when contexts are made in parallel.
package enum OpenCLRuntime {
  private struct ProgramKey: Hashable {
    let device: Int
    let source: String
    let options: String
  }
  private struct State {
    var contexts: [Int: OpenCLContext] = [:]
    var programs: [ProgramKey: OpenCLProgram] = [:]

    mutating func context(for device: OpenCLDeviceDescription) throws(ComputeError) -> OpenCLContext {
      if let context = contexts[device.index] { return context }
      let context = try OpenCLContext(device: device)
      contexts[device.index] = context
      return context
    }
  }
  private static let state = Mutex(State())

  /// Kernels of the engine, built for `device` with `options`.
  static func program(
    for device: OpenCLDeviceDescription, source: String, options: String
  ) throws(ComputeError) -> OpenCLProgram {
    try state.withLock { state throws(ComputeError) in
      let key = ProgramKey(device: device.index, source: source, options: options)
      if let program = state.programs[key] { return program }
      let context = try state.context(for: device)
      let program = try OpenCLProgram.build(
        source: source, options: options, context: context, cache: .standard)
      state.programs[key] = program
      return program
    }
  }

  /// Any program, built for `device` or taken from `cache`, and not kept.
  package static func build(
    source: String, options: String = "", for device: OpenCLDeviceDescription, cache: ProgramCache
  ) throws(ComputeError) -> OpenCLProgram {
    try state.withLock { state throws(ComputeError) in
      try OpenCLProgram.build(
        source: source, options: options, context: state.context(for: device), cache: cache)
    }
  }
}
