internal import COpenCL

/// One argument of a kernel. A tensor takes two places, the buffer and a `ulong` element offset.
enum KernelArgument {
  case input(Tensor)
  /// A tensor that the kernel writes.
  case output(Tensor)
  case buffer(OpenCLBuffer)
  case uint(Int)
  case uint4(UInt32, UInt32, UInt32, UInt32)
  case ulong(Int)
  case float(Float)
  /// An `int`, 0 or 1.
  case flag(Bool)
}

/// A kernel with its arguments. The one OpenCL handle that is not thread-safe, so each backend makes its own.
final class OpenCLKernel {
  let name: String
  let handle: OpaquePointer
  /// The work-group size that the source requires with `reqd_work_group_size`.
  let groupSize: (Int, Int, Int)
  private let program: OpenCLProgram

  fileprivate typealias Size = (Int, Int, Int)

  init(name: String, handle: OpaquePointer, program: OpenCLProgram) throws(ComputeError) {
    self.name = name
    self.handle = handle
    self.program = program
    var required: Size = (0, 0, 0)
    var limit = 0
    let (context, cl) = (program.context, program.context.cl)
    try check(
      cl.getKernelWorkGroupInfo(
        handle, context.deviceHandle, cl_kernel_work_group_info(CL_KERNEL_COMPILE_WORK_GROUP_SIZE),
        MemoryLayout<Size>.size,
        &required, nil), "clGetKernelWorkGroupInfo", asked: name)
    try check(
      cl.getKernelWorkGroupInfo(
        handle, context.deviceHandle, cl_kernel_work_group_info(CL_KERNEL_WORK_GROUP_SIZE), MemoryLayout<Int>.size,
        &limit,
        nil), "clGetKernelWorkGroupInfo", asked: name)
    groupSize = required
    let items = required.0 * required.1 * required.2
    guard items > 0 && items <= limit else {
      throw ComputeError(
        call: "clGetKernelWorkGroupInfo",
        reason: "\(name) needs a work-group of \(items), \(context.device.name) allows \(limit) for it")
    }
  }

  deinit { _ = program.context.cl.releaseKernel(handle) }

  /// Private memory of a work-item that lies outside its registers; nil when the driver does not say.
  var privateBytes: Int? { memory(CL_KERNEL_PRIVATE_MEM_SIZE) }
  /// Local memory of a work-group; nil when the driver does not say.
  var localBytes: Int? { memory(CL_KERNEL_LOCAL_MEM_SIZE) }

  private func memory(_ property: Int32) -> Int? {
    var bytes: cl_ulong = 0
    let status = program.context.cl.getKernelWorkGroupInfo(
      handle, program.context.deviceHandle, cl_kernel_work_group_info(property), MemoryLayout<cl_ulong>.size, &bytes,
      nil)
    return status == CL_SUCCESS ? Int(bytes) : nil
  }

  /// Sets the arguments from place `first` on.
  /// - Returns: the place after the last one set.
  @discardableResult
  func set(_ arguments: KernelArgument..., from first: Int = 0) throws(ComputeError) -> Int {
    var place = first
    for argument in arguments {
      switch argument {
      case .input(let tensor):
        try set(place, tensor.buffer.handle)
        place += 1
        try set(place, cl_ulong(tensor.offset))
      case .output(let tensor):
        tensor.storage.version += 1
        try set(place, tensor.buffer.handle)
        place += 1
        try set(place, cl_ulong(tensor.offset))
      case .buffer(let buffer): try set(place, buffer.handle)
      case .uint(let value): try set(place, cl_uint(value))
      case .uint4(let x, let y, let z, let w): try set(place, (x, y, z, w))
      case .ulong(let value): try set(place, cl_ulong(value))
      case .float(let value): try set(place, value)
      case .flag(let value): try set(place, cl_int(value ? 1 : 0))
      }
      place += 1
    }
    return place
  }

  private func set<Value: BitwiseCopyable>(_ place: Int, _ value: Value) throws(ComputeError) {
    var value = value
    try check(
      program.context.cl.setKernelArg(handle, cl_uint(place), MemoryLayout<Value>.size, &value), "clSetKernelArg",
      asked: "argument \(place) of \(name)")
  }
}
