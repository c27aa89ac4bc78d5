internal import COpenCL
internal import Kernels

/// Small kernels that show what a device's launches and memory cost (`probe.cl`): a program of its own, which needs nothing
/// of the engine's and is compiled whenever it is asked for. Used from one thread at a time.
package final class OpenCLProbe {
  /// Bytes that work-groups read over and over: the recurrent weights of 256 hidden units, which any GPU's last cache
  /// holds.
  package static let cachedBytes = 1 << 20

  private let device: OpenCLDeviceDescription
  private let context: OpenCLContext
  private let queue: OpenCLQueue
  private let nothing, readAgain, copy: OpenCLKernel
  private let cached, sums: OpenCLBuffer
  private var copied: (from: OpenCLBuffer, to: OpenCLBuffer)?

  package init(_ device: OpenCLDeviceDescription) throws(ComputeError) {
    self.device = device
    let program = try device.probeProgram(members: 1)
    context = program.context
    queue = try OpenCLQueue(context: context)
    nothing = try program.makeKernel("nothing")
    readAgain = try program.makeKernel("read_again")
    copy = try program.makeKernel("copy")
    cached = try OpenCLBuffer(context: context, byteCount: Self.cachedBytes)
    sums = try OpenCLBuffer(context: context, byteCount: 4 * device.probeGroupSize * max(device.computeUnits, 1))
    try fill(cached)
  }

  /// Waits for all that was launched.
  package func finish() throws(ComputeError) { try queue.finish() }

  /// Runs one work-group of a kernel that does nothing. Runs asynchronously.
  package func launchNothing() throws(ComputeError) { try queue.launch(nothing, groups: (1, 1, 1)) }

  /// Every one of `workGroups`, at most one for each compute unit, reads the same 1 MiB `passes` times. Runs
  /// asynchronously.
  /// - Returns: the bytes that all of them read.
  package func readAgain(workGroups: Int, passes: Int) throws(ComputeError) -> Int {
    precondition(workGroups <= device.computeUnits, "OpenCLProbe: more work-groups than compute units")
    try readAgain.set(.buffer(cached), .uint(Self.cachedBytes / 16), .uint(passes), .buffer(sums))
    try queue.launch(readAgain, groups: (workGroups, 1, 1))
    return workGroups * passes * Self.cachedBytes
  }

  /// Copies an array that no cache holds, 256 MiB where so much can be had. Runs asynchronously.
  /// - Returns: the bytes read and written.
  package func copyArray() throws(ComputeError) -> Int {
    let bytes = min(256 << 20, device.maximumAllocationBytes / 2, device.globalMemoryBytes / 8) / 16 * 16
    if copied == nil {
      let from = try OpenCLBuffer(context: context, byteCount: bytes)
      try fill(from)
      copied = (from, try OpenCLBuffer(context: context, byteCount: bytes))
    }
    try copy.set(.buffer(copied!.from), .buffer(copied!.to), .ulong(bytes / 16))
    try queue.launch(copy, columns: bytes / 16)
    return 2 * bytes
  }

  /// Writes numbers that are not all alike.
  private func fill(_ buffer: OpenCLBuffer) throws(ComputeError) {
    let values = (0..<buffer.byteCount / 4).map { Float($0 % 1021) }
    let result = values.withUnsafeBytes { bytes in
      Result { () throws(ComputeError) in try queue.write(bytes, to: buffer) }
    }
    try result.get()
  }
}

/// Groups of work-groups that do nothing but wait for each other (`group_barrier` of `probe.cl`).
package final class OpenCLBarrierProbe {
  private let device: OpenCLDeviceDescription
  private let members: Int
  private let queue: OpenCLQueue
  private let barrier: OpenCLKernel
  private let waiting: Waiting

  /// - Parameters:
  ///   - members: work-groups of a group, at most `SequenceParameters.flagsOfGroup`.
  ///   - patience: looks at a flag before a work-group gives up; nil for as many as the engine allows.
  package init(
    _ device: OpenCLDeviceDescription, members: Int, patience: Int? = nil
  ) throws(ComputeError) {
    self.device = device
    self.members = members
    let program = try device.probeProgram(members: members)
    queue = try OpenCLQueue(context: program.context)
    barrier = try program.makeKernel("group_barrier")
    waiting = try Waiting(context: program.context, queue: queue)
    if let patience { waiting.patience = patience }
  }

  /// `groups` groups wait `steps` times, and this for them.
  /// - Parameter withheld: work-groups that are left out, so that the others wait in vain: a test's way to a fault.
  /// - Throws: `WaitingFault` when a work-group gave up; the object is of no use after that.
  package func wait(steps: Int, groups: Int, withheld: Int = 0) throws {
    precondition(groups <= max(2, device.computeUnits), "OpenCLBarrierProbe: more groups than there are flags for")
    try barrier.set(
      .uint(steps), .buffer(waiting.flags), .uint(Int(waiting.phase)), .buffer(waiting.fault),
      .uint(waiting.patience))
    waiting.phase &+= UInt32(steps)
    try queue.launch(barrier, groups: (groups * members - withheld, 1, 1))
    var fault: UInt32 = 0
    try withUnsafeMutableBytes(of: &fault) { try queue.read(waiting.fault, byteOffset: 0, into: $0) }
    if fault != 0 { throw WaitingFault(refusedUpdates: 0) }
  }
}

extension OpenCLDeviceDescription {
  /// Work-items of the probes' work-groups: as many as the sequence kernels have at most, and a power of two.
  fileprivate var probeGroupSize: Int { maximumWorkGroupSize >= 256 ? 256 : 32 }

  /// `probe.cl`, compiled anew.
  fileprivate func probeProgram(members: Int) throws(ComputeError) -> OpenCLProgram {
    let options =
      ["-D GROUP_SIZE=\(probeGroupSize)", "-D MEMBERS=\(members)"] + exchangeOptions(members > 1 ? exchange : .none)
    return try OpenCLRuntime.build(
      source: KernelSource.probe, options: options.joined(separator: " "), for: self, cache: .none)
  }

  /// The extensions that the driver names, sorted.
  package func extensions() throws(ComputeError) -> [String] {
    guard let access else { return [] }
    let names = try access.library.text("clGetDeviceInfo") {
      access.library.cl.getDeviceInfo(access.handle, cl_device_info(CL_DEVICE_EXTENSIONS), $0, $1, $2)
    }
    return names.split(separator: " ").map(String.init).sorted()
  }
}
