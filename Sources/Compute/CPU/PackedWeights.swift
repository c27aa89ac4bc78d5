internal import CMicroKernels

/// Weight matrices in the panel order that the vector kernels read, kept until the weights change: packed once per
/// optimiser step in training, once in all when recommending.
struct PackedWeights {
  private struct Key: Hashable {
    let storage: ObjectIdentifier
    let offset: Int
    let form: Form
  }
  enum Form: Hashable {
    /// [kernel; bias; recurrentKernel] with the four gates of a unit side by side.
    case gates
    /// recurrentKernelᵀ.
    case transposedRecurrentKernel
  }
  private struct Entry {
    let panels: HostStorage
    let source: TensorStorage  // kept alive, so that its identity is not reused
    var version: Int
  }
  private var entries: [Key: Entry] = [:]

  /// The packed form of a layer's weights, made anew when they were written since.
  mutating func panels(
    _ form: Form, of parameters: LSTMParameters, kernels: UnsafePointer<SegueKernels>
  ) throws -> UnsafePointer<Float> {
    let matrix = parameters.matrix
    let key = Key(storage: ObjectIdentifier(matrix.storage), offset: matrix.offset, form: form)
    if let entry = entries[key], entry.version == matrix.storage.version { return UnsafePointer(entry.panels.pointer) }
    let shape = parameters.shape
    let kernels = kernels.pointee
    let panels: HostStorage
    switch form {
    case .gates:
      panels = try reusable(key, count: kernels.packedSize(shape.operandSize, paddedGateCount(shape, kernels)))
      kernels.packGatePanels(matrix.host, shape.operandSize, shape.hiddenSize, panels.pointer)
    case .transposedRecurrentKernel:
      panels = try reusable(key, count: kernels.packedSize(shape.gateCount, shape.hiddenSize))
      kernels.packColumnPanels(
        parameters.recurrentKernel.host, shape.hiddenSize, shape.gateCount, panels.pointer)
    }
    entries[key] = Entry(panels: panels, source: matrix.storage, version: matrix.storage.version)
    return UnsafePointer(panels.pointer)
  }

  private func reusable(_ key: Key, count: Int) throws -> HostStorage {
    if let panels = entries[key]?.panels, panels.count == count { return panels }
    return try HostStorage(zeros: count)
  }

  /// Gate panels hold whole vectors of units.
  private func paddedGateCount(_ shape: LSTMShape, _ kernels: SegueKernels) -> Int {
    4 * ((shape.hiddenSize + kernels.lanes - 1) / kernels.lanes * kernels.lanes)
  }
}
