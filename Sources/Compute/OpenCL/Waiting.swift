internal import COpenCL

/// What kernels need whose work-groups wait for each other, and what is known of how that went.
///
/// No OpenCL device promises that work-groups run beside each other. So a work-group gives up after `patience` looks and
/// raises the flag; the optimisers' kernels refuse to use what is unfinished and count the refusals; and the next reading
/// of results finds both here.
final class Waiting {
  /// What each member of each group has published, `SequenceParameters.flagsOfGroup` for each group.
  let flags: OpenCLBuffer
  /// Whether anybody gave up, how many updates were refused since, and the last step of AdamW among them, whose slices
  /// count as one. (3)
  let fault: OpenCLBuffer
  /// The last phase that any launch may have published. Phases count up through all launches, so that flags need not be
  /// reset before each.
  var phase: UInt32 = 0
  /// Looks at another work-group's flag before one gives up: about a second on a GPU, and on a CPU, whose looks are
  /// shorter and whose threads may have to be woken.
  var patience: Int
  /// A kernel that waits was launched since results were last read.
  var isUnderWay = false
  /// Somebody gave up once: no kernel that waits is used any more.
  var isGivenUp = false
  /// Work-groups of a launch at most when they wait for each other.
  var workGroupLimit: Int
  /// A flag that is behind by more than 2³¹ phases would look as if it were ahead.
  static let phaseLimit = 1 << 30
  /// Work-groups that are left out of every launch, so that the others wait in vain: a test's way to a fault.
  var withheldWorkGroups = 0

  init(context: OpenCLContext, queue: OpenCLQueue) throws(ComputeError) {
    workGroupLimit = context.device.coResidentWorkGroups
    patience = context.device.isGPU ? 1 << 21 : 1 << 30
    let flagCount = max(2, context.device.computeUnits) * SequenceParameters.flagsOfGroup
    flags = try OpenCLBuffer(context: context, byteCount: 4 * flagCount)
    fault = try OpenCLBuffer(context: context, byteCount: 12)
    try queue.clear(flags)
    try queue.clear(fault)
  }

  /// Makes room for so many phases: long before they could run over, all flags begin anew.
  func makeRoom(phases count: Int, in queue: OpenCLQueue) throws(ComputeError) {
    guard Int(phase) + count > Self.phaseLimit else { return }
    phase = 0
    try queue.clear(flags)
  }
}

extension OpenCLQueue {
  /// Writes zeros behind all commands so far.
  fileprivate func clear(_ buffer: OpenCLBuffer) throws(ComputeError) {
    let result = [UInt8](repeating: 0, count: buffer.byteCount).withUnsafeBytes { bytes in
      Result { () throws(ComputeError) in try write(bytes, to: buffer) }
    }
    try result.get()
  }
}

/// Work-groups that should have run beside each other did not, so what was computed since results were last read is
/// unfinished. No update with it was applied. The backend goes on without waiting: doing the same again succeeds.
package struct WaitingFault: Error, CustomStringConvertible {
  /// The updates since the last reading that were refused: the newest ones. Those of AdamW's slices with one
  /// `AdamW.step` are one.
  package let refusedUpdates: Int

  package var description: String {
    "the device did not run all work-groups of a launch beside each other; its unfinished results were thrown away"
  }
}

extension OpenCLBackend {
  /// Throws `WaitingFault` when a kernel since the last call gave up waiting, after which no kernel waits any more.
  func checkWaiting() throws {
    guard waiting.isUnderWay else { return }
    waiting.isUnderWay = false
    var values: (fault: UInt32, refused: UInt32, step: UInt32) = (0, 0, 0)
    try withUnsafeMutableBytes(of: &values) { try queue.read(waiting.fault, byteOffset: 0, into: $0) }
    guard values.fault != 0 else { return }
    waiting.isGivenUp = true
    try queue.clear(waiting.fault)
    Note.once(
      "\(device.name) did not run the work-groups of a launch beside each other; what that spoiled was thrown away, and no launch waits any more"
    )
    throw WaitingFault(refusedUpdates: Int(values.refused))
  }

  /// Whether somebody waited in vain once, so that no kernel that waits is used any more.
  package var hasGivenUpWaiting: Bool { waiting.isGivenUp }

  /// Leaves a work-group out of every launch whose work-groups wait for each other, of which there may then be two on any
  /// device: a test's way to a fault.
  /// - Parameter patience: looks at a flag before a work-group gives up.
  package func failNextWaits(patience: Int) {
    waiting.withheldWorkGroups = 1
    waiting.workGroupLimit = 2
    waiting.patience = patience
  }
}

extension Backend {
  /// The result of `body`, which is run again when work-groups waited in vain. For work that ends with a reading.
  package func retryingAfterFault<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch is WaitingFault { return try body() }
  }
}
