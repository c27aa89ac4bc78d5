internal import COpenCL

/// A command that was enqueued: others can wait for it, also those of another queue of the same context.
final class OpenCLEvent {
  let handle: OpaquePointer
  private let context: OpenCLContext

  /// Takes over `handle`, which an enqueuing function gave.
  init(_ handle: OpaquePointer, context: OpenCLContext) {
    self.handle = handle
    self.context = context
  }

  deinit { _ = context.cl.releaseEvent(handle) }

  var isDone: Bool {
    var status: cl_int = CL_QUEUED
    let asked = cl_event_info(CL_EVENT_COMMAND_EXECUTION_STATUS)
    return context.cl.getEventInfo(handle, asked, MemoryLayout<cl_int>.size, &status, nil) == CL_SUCCESS
      && status == CL_COMPLETE
  }

  func wait() throws(ComputeError) {
    var event: OpaquePointer? = handle
    try check(context.cl.waitForEvents(1, &event), "clWaitForEvents", asked: context.device.name)
  }
}
