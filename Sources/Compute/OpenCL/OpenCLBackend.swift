internal import COpenCL
internal import Kernels
internal import Sequences

/// The engine on one OpenCL device: an in-order queue on which every operation is enqueued without waiting, and a second
/// one that uploads row numbers beside it.
///
/// Context and programs are shared by all backends of the process; queues, kernels, scratch memory and tensors belong to
/// this one and are used from one thread at a time.
package final class OpenCLBackend: Backend {
  package let device: Device
  let parameters: KernelParameters
  let description: OpenCLDeviceDescription
  let context: OpenCLContext
  let queue: OpenCLQueue
  let rowUploads: RowUploads
  private let program: OpenCLProgram
  private var kernels: [String: OpenCLKernel] = [:]
  private var scratch: [Scratch: OpenCLBuffer] = [:]
  private var rowOrders: [RowOrder] = []
  var sequenceKernels: [SequenceKernelKey: OpenCLKernel] = [:]
  var sequenceLaunches: [(key: SequenceLaunchKey, launch: SequenceLaunch)] = []
  /// Nil for products in 32 bits.
  let reducedProducts: ReducedProducts?
  var reducedKernels: [Transposition: OpenCLKernel] = [:]
  /// How layers are taken through their time steps.
  let recurrence: Recurrence
  /// The paths that layers were taken on so far.
  package internal(set) var pathsTaken: Set<RecurrencePath> = []
  /// What `recurrence` said of paths when it was asked.
  var trustedPaths: [RecurrencePath: Bool] = [:]
  let waiting: Waiting
  private var headDescriptions: (heads: [Head], buffer: OpenCLBuffer)?
  /// Stands where a kernel takes a tensor that the caller did not give.
  let absent: Tensor

  /// Builds the kernels with the standard parameters, or takes them from the cache. A launch for each time step.
  package convenience init(device: OpenCLDeviceDescription) throws(ComputeError) {
    try self.init(device: device, parameters: .standard(for: device))
  }

  /// - Parameters:
  ///   - recurrence: how layers are taken through their time steps.
  ///   - reducedProducts: how the products over all tokens are computed; nil for 32 bits.
  package init(
    device description: OpenCLDeviceDescription, parameters: KernelParameters, recurrence: Recurrence = .steps,
    reducedProducts: ReducedProducts? = nil
  ) throws(ComputeError) {
    self.description = description
    self.parameters = parameters
    device = description.device
    self.recurrence = recurrence
    self.reducedProducts = reducedProducts
    program = try OpenCLRuntime.program(
      for: description, source: KernelSource.program, options: parameters.options)
    context = program.context
    queue = try OpenCLQueue(context: context)
    rowUploads = try RowUploads(context: context)
    waiting = try Waiting(context: context, queue: queue)
    absent = Tensor(storage: try OpenCLStorage(count: 1, context: context), count: 1)
  }

  // MARK: Memory

  package func makeTensor(count: Int) throws -> Tensor {
    let tensor = Tensor(storage: try OpenCLStorage(count: count, context: context), count: count)
    try fill(tensor, with: 0)  // many devices take memory only at its first use, so this is where too much is refused
    return tensor
  }

  package func write(_ values: UnsafeBufferPointer<Float>, to tensor: Tensor) throws {
    precondition(values.count <= tensor.count, "write: \(values.count) values to a tensor of \(tensor.count)")
    tensor.storage.version += 1
    try queue.write(UnsafeRawBufferPointer(values), to: tensor.buffer, byteOffset: 4 * tensor.offset)
  }

  package func read(_ tensor: Tensor, into values: UnsafeMutableBufferPointer<Float>) throws {
    precondition(values.count <= tensor.count, "read: \(values.count) values from a tensor of \(tensor.count)")
    try queue.read(tensor.buffer, byteOffset: 4 * tensor.offset, into: UnsafeMutableRawBufferPointer(values))
    try checkWaiting()
  }

  package func fill(_ tensor: Tensor, with value: Float) throws {
    let kernel = try kernel("fill")
    try kernel.set(.output(tensor), .ulong(tensor.count), .float(value))
    try queue.launch(
      kernel, columns: tensor.count, asked: OpenCLBuffer.asked(tensor.buffer.byteCount, of: description))
  }

  package func synchronize() throws {
    try queue.finish()
    try checkWaiting()
  }

  // MARK: What operations share

  /// This backend's own kernel object, made at its first use.
  func kernel(_ name: String) throws(ComputeError) -> OpenCLKernel {
    if let kernel = kernels[name] { return kernel }
    let kernel = try program.makeKernel(name)
    kernels[name] = kernel
    return kernel
  }

  /// Memory that an operation needs while it runs; the queue's order keeps the next use from coming too early.
  enum Scratch {
    case partialProducts, cellGradients, hiddenGradients, transposedWeights, headDenominators, headLosses, squaredNorms
    case catalogueScores, catalogueLosses, scoreGradients
  }

  /// At least `count` floats, uninitialised.
  func scratch(_ purpose: Scratch, count: Int) throws(ComputeError) -> OpenCLBuffer {
    if let buffer = scratch[purpose], buffer.byteCount >= 4 * count { return buffer }
    scratch[purpose] = nil  // gives the smaller one back first
    let buffer = try OpenCLBuffer(context: context, byteCount: 4 * count)
    scratch[purpose] = buffer
    return buffer
  }

  private struct RowOrder {
    let values: [Int]
    let buffer: OpenCLBuffer
  }

  /// The layout's row order on the device. The last few are kept: encoder and decoder take turns, forward and backward.
  func rowOrder(_ layout: PackedLayout) throws(ComputeError) -> OpenCLBuffer {
    if let known = rowOrders.first(where: { $0.values == layout.rowOrder }) { return known.buffer }
    let oldest = rowOrders.count == 4 ? rowOrders.removeFirst().buffer : nil
    let buffer = try buffer(holding: layout.rowOrder.map { cl_uint($0) }, reusing: oldest)
    rowOrders.append(RowOrder(values: layout.rowOrder, buffer: buffer))
    return buffer
  }

  /// Four uints for each head, as `heads.cl` describes them.
  func headDescriptions(_ heads: [Head]) throws(ComputeError) -> OpenCLBuffer {
    if let known = headDescriptions, known.heads == heads { return known.buffer }
    var description: [cl_uint] = []
    var weightColumn = 0
    for head in heads {
      let isSoftmax = head.activation == .softmax
      description += [head.columns.lowerBound, head.columns.count, isSoftmax ? 1 : 0, weightColumn].map { cl_uint($0) }
      if !isSoftmax { weightColumn += head.columns.count }
    }
    let buffer = try OpenCLBuffer(context: context, byteCount: 4 * description.count)
    try write(description, to: buffer)
    headDescriptions = (heads, buffer)
    return buffer
  }

  /// A buffer with `values`, `old` where that is large enough: to give memory back makes some devices wait. Commands so
  /// far still find in `old` what it held.
  func buffer(holding values: [cl_uint], reusing old: OpenCLBuffer?) throws(ComputeError) -> OpenCLBuffer {
    let buffer: OpenCLBuffer
    if let old, old.byteCount >= 4 * values.count {
      buffer = old
    } else {
      buffer = try OpenCLBuffer(context: context, byteCount: 4 * values.count)
    }
    try write(values, to: buffer)
    return buffer
  }

  func write<Element: BitwiseCopyable>(_ values: [Element], to buffer: OpenCLBuffer) throws(ComputeError) {
    let result = values.withUnsafeBytes { bytes in
      Result { () throws(ComputeError) in try queue.write(bytes, to: buffer) }
    }
    try result.get()
  }
}

/// A tensor's memory on an OpenCL device.
final class OpenCLStorage: TensorStorage {
  let buffer: OpenCLBuffer

  /// Uninitialised memory.
  init(count: Int, context: OpenCLContext) throws(ComputeError) {
    buffer = try OpenCLBuffer(context: context, byteCount: 4 * count)
    super.init(count: count)
  }

  /// The memory of `buffer`, for what takes tensors.
  init(_ buffer: OpenCLBuffer) {
    self.buffer = buffer
    super.init(count: buffer.byteCount / 4)
  }
}

extension Tensor {
  /// The device memory behind a tensor of an OpenCL backend.
  var buffer: OpenCLBuffer {
    guard let storage = storage as? OpenCLStorage else {
      preconditionFailure("OpenCLBackend: a tensor of another backend")
    }
    return storage.buffer
  }
}
