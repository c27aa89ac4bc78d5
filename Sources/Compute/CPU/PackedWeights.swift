internal import CMicroKernels

/// Matrices in the panel order that the vector kernels read, kept until the weights change: packed once per optimiser
/// step in training, once in all when recommending.
struct PackedWeights {
  enum Form: Hashable {
    /// A layer's [kernel; bias; recurrentKernel] with the four gates of a unit side by side.
    case gates(inner: Int, hiddenSize: Int)
    /// A (rows, columns) matrix as it lies, row-major.
    case matrix(rows: Int, columns: Int)
    /// The transpose of a (columns, rows) matrix.
    case transposed(rows: Int, columns: Int)
  }
  private struct Key: Hashable {
    let storage: ObjectIdentifier
    let offset: Int
    let form: Form
  }
  private struct Entry {
    let panels: HostStorage
    let source: TensorStorage  // kept alive, so that its identity is not reused
    var version: Int
  }
  private var entries: [Key: Entry] = [:]

  /// The packed form of a tensor, made anew, by all workers, when the tensor was written since.
  mutating func panels(
    _ form: Form, of tensor: Tensor, kernels: UnsafePointer<SegueKernels>, pool: WorkerPool
  ) throws -> UnsafePointer<Float> {
    let key = Key(storage: ObjectIdentifier(tensor.storage), offset: tensor.offset, form: form)
    let version = tensor.storage.version
    if let entry = entries[key], entry.version == version { return UnsafePointer(entry.panels.pointer) }
    let (values, kernels) = (tensor.host, kernels.pointee)
    let blocks: Int  // panels, or groups of panels that hold all four gates
    let blockSize: Int
    let pack: (Int, UnsafeMutablePointer<Float>) -> Void
    switch form {
    case .gates(let inner, let hiddenSize):
      (blocks, blockSize) = ((hiddenSize + kernels.lanes - 1) / kernels.lanes, 4 * kernels.lanes * inner)
      pack = { kernels.packGatePanels(values, inner, hiddenSize, $0, $1) }
    case .matrix(let rows, let columns), .transposed(let rows, let columns):
      (blocks, blockSize) = ((columns + kernels.panelWidth - 1) / kernels.panelWidth, kernels.panelWidth * rows)
      let isTransposed = form == .transposed(rows: rows, columns: columns)
      let matrix = SegueMatrix(
        values: values, rows: rows, columns: columns, rowStride: isTransposed ? 1 : columns,
        columnStride: isTransposed ? rows : 1)
      pack = { block, target in withUnsafePointer(to: matrix) { kernels.packColumnPanel($0, block, target) } }
    }
    let panels = try reusable(key, count: blocks * blockSize)
    let target = panels.pointer
    pool.run(blocks) { pack($0, target) }
    entries[key] = Entry(panels: panels, source: tensor.storage, version: version)
    return UnsafePointer(target)
  }

  private func reusable(_ key: Key, count: Int) throws -> HostStorage {
    if let panels = entries[key]?.panels, panels.count == count { return panels }
    return try HostStorage(zeros: count)
  }
}
