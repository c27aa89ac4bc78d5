internal import COpenCL
internal import Glibc

/// An in-order queue: commands run one after another, and only `read` and `finish` wait.
final class OpenCLQueue {
  private let context: OpenCLContext
  private let handle: OpaquePointer
  private var cl: OpenCLFunctions { context.cl }

  private final class StagingMemory {
    let bytes: UnsafeMutableRawBufferPointer

    init(byteCount: Int) { bytes = .allocate(byteCount: byteCount, alignment: 64) }
    deinit { bytes.deallocate() }
  }

  /// A host copy of what is being written, so that `write` need not wait for the commands before it.
  private struct StagedWrite {
    let memory: StagingMemory
    let event: OpenCLEvent
  }
  private var staged: [StagedWrite] = []
  /// Host bytes that may be under way at once before `write` waits for the oldest.
  private static let stagingLimit = 256 << 20

  init(context: OpenCLContext) throws(ComputeError) {
    var status: cl_int = CL_SUCCESS
    let handle = context.cl.createCommandQueue(context.handle, context.deviceHandle, 0, &status)
    try check(status, "clCreateCommandQueue", asked: context.device.name)
    self.context = context
    self.handle = handle!
  }

  deinit {
    _ = cl.finish(handle)  // the staged memory is being read until then
    _ = cl.releaseCommandQueue(handle)
  }

  /// Runs `kernel` with the given number of work-groups; none when a count is 0.
  /// - Parameter asked: what an error says of the request, when there is more to say than its size.
  func launch(
    _ kernel: OpenCLKernel, groups: (Int, Int, Int), asked: @autoclosure () -> String? = nil
  ) throws(ComputeError) {
    guard groups.0 > 0 && groups.1 > 0 && groups.2 > 0 else { return }
    try enqueue(kernel, groups: groups, asked: asked(), waitingFor: [], event: nil)
  }

  /// Runs `kernel` with the given number of work-groups, at least one, once a command of another queue is done.
  /// - Parameter earlier: that command, whose queue was flushed.
  /// - Returns: the launch's own event.
  func launch(
    _ kernel: OpenCLKernel, groups: (Int, Int, Int), after earlier: OpenCLEvent
  ) throws(ComputeError) -> OpenCLEvent {
    var event: OpaquePointer?
    try enqueue(kernel, groups: groups, asked: nil, waitingFor: [earlier.handle], event: &event)
    return OpenCLEvent(event!, context: context)
  }

  private func enqueue(
    _ kernel: OpenCLKernel, groups: (Int, Int, Int), asked: @autoclosure () -> String?, waitingFor: [OpaquePointer?],
    event: UnsafeMutablePointer<OpaquePointer?>?
  ) throws(ComputeError) {
    let size = kernel.groupSize
    let local = [size.0, size.1, size.2]
    let global = [groups.0 * size.0, groups.1 * size.1, groups.2 * size.2]
    try check(
      cl.enqueueNDRangeKernel(
        handle, kernel.handle, 3, nil, global, local, cl_uint(waitingFor.count), waitingFor.isEmpty ? nil : waitingFor,
        event), "clEnqueueNDRangeKernel",
      asked: "\(kernel.name): "
        + (asked() ?? "\(global) work-items in groups of \(local) on \(context.device.name)"))
  }

  /// Runs `kernel` with at least one work-item for each element of a `columns` × `rows` grid.
  func launch(
    _ kernel: OpenCLKernel, columns: Int, rows: Int = 1, asked: @autoclosure () -> String? = nil
  ) throws(ComputeError) {
    let size = kernel.groupSize
    try launch(
      kernel, groups: (columns.divided(roundingUpBy: size.0), rows.divided(roundingUpBy: size.1), 1), asked: asked())
  }

  /// Copies `bytes` to the device behind all commands so far; `bytes` may be reused on return.
  func write(_ bytes: UnsafeRawBufferPointer, to buffer: OpenCLBuffer, byteOffset: Int = 0) throws(ComputeError) {
    guard !bytes.isEmpty else { return }
    _ = try write(bytes, to: buffer, byteOffset: byteOffset, after: nil)
  }

  /// Copies `bytes`, at least one, behind all commands so far and behind a command of another queue, which was flushed.
  /// - Returns: the copy's event.
  func write(
    _ bytes: UnsafeRawBufferPointer, to buffer: OpenCLBuffer, byteOffset: Int = 0, after earlier: OpenCLEvent?
  ) throws(ComputeError) -> OpenCLEvent {
    if context.device.isOclgrind && bytes.count < buffer.byteCount {
      return try writeWhole(buffer, changing: bytes, at: byteOffset, after: earlier)
    }
    let memory = try stagingMemory(byteCount: bytes.count)
    memory.bytes.copyMemory(from: bytes)
    let waitedFor = earlier.map { [Optional($0.handle)] }
    var event: OpaquePointer?
    let status = cl.enqueueWriteBuffer(
      handle, buffer.handle, cl_bool(CL_FALSE), byteOffset, bytes.count, memory.bytes.baseAddress,
      cl_uint(waitedFor?.count ?? 0), waitedFor, &event)
    try check(status, "clEnqueueWriteBuffer", asked: "\(bytes.count) bytes to \(context.device.name)")
    let done = OpenCLEvent(event!, context: context)
    staged.append(StagedWrite(memory: memory, event: done))
    return done
  }

  /// Oclgrind takes the rest of a buffer that is written in part for uninitialised.
  private func writeWhole(
    _ buffer: OpenCLBuffer, changing bytes: UnsafeRawBufferPointer, at byteOffset: Int, after earlier: OpenCLEvent?
  ) throws(ComputeError) -> OpenCLEvent {
    let whole = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.byteCount, alignment: 64)
    defer { whole.deallocate() }
    try read(buffer, byteOffset: 0, into: whole)
    UnsafeMutableRawBufferPointer(rebasing: whole[byteOffset...]).copyMemory(from: bytes)
    return try write(UnsafeRawBufferPointer(whole), to: buffer, after: earlier)
  }

  /// Waits for all commands so far, then copies `bytes.count` bytes to the host.
  func read(
    _ buffer: OpenCLBuffer, byteOffset: Int, into bytes: UnsafeMutableRawBufferPointer
  ) throws(ComputeError) {
    guard !bytes.isEmpty else { return }
    try check(
      cl.enqueueReadBuffer(
        handle, buffer.handle, cl_bool(CL_TRUE), byteOffset, bytes.count, bytes.baseAddress, 0, nil, nil),
      "clEnqueueReadBuffer", asked: "\(bytes.count) bytes from \(context.device.name)")
  }

  /// Lets the device start on what was enqueued, without waiting.
  func flush() throws(ComputeError) { try check(cl.flush(handle), "clFlush", asked: context.device.name) }

  func finish() throws(ComputeError) { try check(cl.finish(handle), "clFinish", asked: context.device.name) }

  /// Memory for one write: that of a write of about the same size that is done, else new.
  private func stagingMemory(byteCount: Int) throws(ComputeError) -> StagingMemory {
    let fitting = byteCount...4 * byteCount + 4096
    if let index = staged.firstIndex(where: { fitting.contains($0.memory.bytes.count) && $0.event.isDone }) {
      return staged.remove(at: index).memory
    }
    while staged.reduce(byteCount, { $0 + $1.memory.bytes.count }) > Self.stagingLimit, let oldest = staged.first {
      try oldest.event.wait()
      staged.removeFirst()
    }
    return StagingMemory(byteCount: byteCount)
  }
}

extension Int {
  func divided(roundingUpBy divisor: Int) -> Int { (self + divisor - 1) / divisor }
}
