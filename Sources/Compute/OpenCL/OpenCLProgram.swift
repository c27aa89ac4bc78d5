internal import COpenCL

/// A compiled program, shared by all backends of its device.
///
/// `@unchecked Sendable`: nothing changes after `init`, and making kernels from a program is thread-safe.
package final class OpenCLProgram: @unchecked Sendable {
  package enum Origin { case source, cache }

  let context: OpenCLContext
  /// Whether it was compiled or read from the cache.
  package let origin: Origin
  private let handle: OpaquePointer

  private init(context: OpenCLContext, handle: OpaquePointer, origin: Origin) {
    self.context = context
    self.handle = handle
    self.origin = origin
  }

  deinit { _ = context.cl.releaseProgram(handle) }

  /// Compiles `source`, or takes what `cache` keeps of an earlier run.
  /// - Throws: `ComputeError` with the compiler's log. A cache that cannot be read or written is only reported.
  static func build(
    source: String, options: String, context: OpenCLContext, cache: ProgramCache
  ) throws(ComputeError) -> OpenCLProgram {
    let key = ProgramCache.Key(identity: context.device.identity, options: options, source: source)
    if let binary = cache.load(key) {
      do throws(ComputeError) {
        return try OpenCLProgram(binary: binary, options: options, context: context)
      } catch {
        cache.report("\(error); compiling again")
      }
    }
    let program = try OpenCLProgram(source: source, options: options, context: context)
    if let binary = program.binary { cache.store(binary, under: key) }
    return program
  }

  private convenience init(source: String, options: String, context: OpenCLContext) throws(ComputeError) {
    var status: cl_int = CL_SUCCESS
    let handle = source.withCString { text in
      var text: UnsafePointer<CChar>? = text
      return context.cl.createProgramWithSource(context.handle, 1, &text, nil, &status)
    }
    try check(status, "clCreateProgramWithSource")
    self.init(context: context, handle: handle!, origin: .source)
    try build(options)
  }

  private convenience init(binary: [UInt8], options: String, context: OpenCLContext) throws(ComputeError) {
    var (status, binaryStatus): (cl_int, cl_int) = (CL_SUCCESS, CL_SUCCESS)
    let handle = binary.withUnsafeBufferPointer { bytes in
      var device: OpaquePointer? = context.deviceHandle
      var size = bytes.count
      var start = bytes.baseAddress
      return context.cl.createProgramWithBinary(context.handle, 1, &device, &size, &start, &binaryStatus, &status)
    }
    if let handle, status == CL_SUCCESS {
      self.init(context: context, handle: handle, origin: .cache)
      try check(binaryStatus, "clCreateProgramWithBinary")
      try build(options)
    } else {
      try check(status, "clCreateProgramWithBinary")
      throw ComputeError(call: "clCreateProgramWithBinary", reason: "no program")
    }
  }

  private func build(_ options: String) throws(ComputeError) {
    var device: OpaquePointer? = context.deviceHandle
    // PoCL's compiler prints what it could not unroll on the user's terminal.
    let quiet = context.device.isGPU ? "" : " -w"
    let status = (options + quiet).withCString { context.cl.buildProgram(handle, 1, &device, $0, nil, nil) }
    guard status != CL_SUCCESS else { return }
    throw ComputeError(
      call: "clBuildProgram", reason: "\(OpenCLStatus.name(status)) on \(context.device.name), options \(options)",
      log: buildLog())
  }

  /// What the compiler said; empty when it said nothing.
  func buildLog() -> String {
    let log = try? context.library.text("clGetProgramBuildInfo", keepLines: true) {
      context.cl.getProgramBuildInfo(
        handle, context.deviceHandle, cl_program_build_info(CL_PROGRAM_BUILD_LOG), $0, $1, $2)
    }
    return log ?? ""
  }

  /// The compiled program as the driver wants to see it again; nil when it does not say.
  private var binary: [UInt8]? {
    var size = 0
    let sizes = cl_program_info(CL_PROGRAM_BINARY_SIZES)
    guard context.cl.getProgramInfo(handle, sizes, MemoryLayout<Int>.size, &size, nil) == CL_SUCCESS, size > 0 else {
      return nil
    }
    var bytes = [UInt8](repeating: 0, count: size)
    let status = bytes.withUnsafeMutableBufferPointer { buffer in
      var start = buffer.baseAddress
      let pointerSize = MemoryLayout.size(ofValue: start)
      return context.cl.getProgramInfo(handle, cl_program_info(CL_PROGRAM_BINARIES), pointerSize, &start, nil)
    }
    return status == CL_SUCCESS ? bytes : nil
  }

  func makeKernel(_ name: String) throws(ComputeError) -> OpenCLKernel {
    var status: cl_int = CL_SUCCESS
    let kernel = name.withCString { context.cl.createKernel(handle, $0, &status) }
    try check(status, "clCreateKernel", asked: name)
    return try OpenCLKernel(name: name, handle: kernel!, program: self)
  }
}
