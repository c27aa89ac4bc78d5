/// Row numbers, and the bits of what goes with them, on their way to the device through an in-order queue of their own:
/// those of the next batch travel while the batch before computes.
///
/// Each upload takes the next buffer of a ring and waits, on the device, for the launch that read this buffer last.
final class RowUploads {
  private let context: OpenCLContext
  private let queue: OpenCLQueue
  private var ring: [Slot] = []
  private var next = 0
  /// Two batches' worth of inputs, decoder inputs, targets and weights.
  static let ringLength = 8

  private struct Slot {
    var buffer: OpenCLBuffer
    var lastLaunch: OpenCLEvent?
  }

  init(context: OpenCLContext) throws(ComputeError) {
    self.context = context
    queue = try OpenCLQueue(context: context)
  }

  /// Uploads `rows` and launches what reads them.
  /// - Parameters:
  ///   - rows: at least one; may be reused on return.
  ///   - launch: launches on another queue what reads the buffer once the event has come, flushes that queue, and gives
  ///     the launch's own event.
  func send(
    _ rows: [Int32], to launch: (OpenCLBuffer, _ after: OpenCLEvent) throws -> OpenCLEvent
  ) throws {
    let byteCount = rows.count * MemoryLayout<Int32>.stride
    if ring.count < Self.ringLength {
      next = ring.count
      ring.append(Slot(buffer: try OpenCLBuffer(context: context, byteCount: byteCount)))
    } else if ring[next].buffer.byteCount < byteCount {
      ring[next] = Slot(buffer: try OpenCLBuffer(context: context, byteCount: byteCount))
    }
    let slot = ring[next]
    let sent = try rows.withUnsafeBytes { try queue.write($0, to: slot.buffer, after: slot.lastLaunch) }
    try queue.flush()
    ring[next].lastLaunch = try launch(slot.buffer, sent)
    next = (next + 1) % Self.ringLength
  }
}
