internal import COpenCL

/// The context of one device, one per process: it owns the device's memory and programs, and lives until the end.
///
/// `@unchecked Sendable`: an OpenCL context may be used from any thread, and nothing here changes after `init`.
final class OpenCLContext: @unchecked Sendable {
  let device: OpenCLDeviceDescription
  let library: OpenCLLibrary
  let deviceHandle: OpaquePointer
  let handle: OpaquePointer

  var cl: OpenCLFunctions { library.cl }

  init(device: OpenCLDeviceDescription) throws(ComputeError) {
    guard let access = device.access else { preconditionFailure("\(device.name): a device that no driver described") }
    var status: cl_int = CL_SUCCESS
    var id: OpaquePointer? = access.handle
    let handle = access.library.cl.createContext(nil, 1, &id, nil, nil, &status)
    try check(status, "clCreateContext", asked: device.name)
    self.device = device
    library = access.library
    deviceHandle = access.handle
    self.handle = handle!
  }

  deinit { _ = cl.releaseContext(handle) }
}

/// A piece of device memory. A command that was enqueued with it keeps the memory alive until it is done.
final class OpenCLBuffer {
  let handle: OpaquePointer
  let byteCount: Int
  private let context: OpenCLContext

  /// Uninitialised memory; an empty buffer takes 4 bytes, because OpenCL has none of size 0.
  init(context: OpenCLContext, byteCount: Int) throws(ComputeError) {
    let bytes = max(byteCount, 4)
    let limit = context.device.maximumAllocationBytes
    guard bytes <= limit else {
      throw ComputeError(
        call: "clCreateBuffer",
        reason: "asked for \(bytes) bytes, \(context.device.name) gives at most \(limit) bytes at once",
        remedy: "Take a smaller batch, shorter playlists or fewer hidden units")
    }
    var status: cl_int = CL_SUCCESS
    let handle = context.cl.createBuffer(context.handle, cl_mem_flags(CL_MEM_READ_WRITE), bytes, nil, &status)
    try check(status, "clCreateBuffer", asked: Self.asked(bytes, of: context.device))
    self.handle = handle!
    self.byteCount = bytes
    self.context = context
  }

  deinit {
    // Oclgrind's check for uninitialised memory confuses a new buffer with a released one in its place.
    if !context.device.isOclgrind { _ = context.cl.releaseMemObject(handle) }
  }

  /// What an error says of a request for memory.
  static func asked(_ bytes: Int, of device: OpenCLDeviceDescription) -> String {
    "asked for \(bytes) bytes, \(device.name) has \(device.globalMemoryBytes) bytes in all"
  }
}
