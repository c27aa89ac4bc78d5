/// Sizes that the kernels are compiled with (`-D`): tiles of a work-group and what one work-item takes of them.
/// The right ones depend on the device only; a tuner may try others.
package struct KernelParameters: Hashable, Codable, Sendable {
  /// Matrix product: a work-group computes `tileRows` × `tileColumns`, `tileDepth` products at a time.
  package struct Product: Hashable, Codable, Sendable {
    package var tileRows = 64
    package var tileColumns = 64
    package var tileDepth = 16
    /// Rows and columns of one work-item; columns 4, 8 or 16.
    package var itemRows = 4
    package var itemColumns = 4
  }

  /// One time step: a work-group computes `rows` × `units`, `depth` products at a time.
  package struct Step: Hashable, Codable, Sendable {
    package var rows = 16
    package var units = 16
    package var depth = 32
    /// Rows and units of one work-item; the units of the forward step are one vector: 1, 4, 8 or 16.
    package var itemRows = 2
    package var itemUnits = 1
  }

  package var product = Product()
  package var forward = Step()
  package var backward = Step(rows: 16, units: 16, depth: 64, itemRows: 2)
  /// Products along the depth that the backward step computes at once: 4, 8 or 16.
  var depthWidth = 4
  /// Work-items that share one sum of the backward step.
  var depthSlices = 2
  /// Work-items of a group in the kernels that take one element each.
  var groupSize = 256
  /// Work-groups for each compute unit that a product is split into at least, when it is deep enough.
  var groupsPerComputeUnit = 2

  /// For GPUs: many work-items, each with few values.
  package static let gpu = KernelParameters()

  /// For CPUs: few work-items, each with whole vectors.
  package static let cpu = KernelParameters(
    product: Product(tileRows: 64, tileColumns: 64, tileDepth: 64, itemRows: 8, itemColumns: 8),
    forward: Step(rows: 16, units: 32, depth: 64, itemRows: 4, itemUnits: 8),
    backward: Step(rows: 16, units: 32, depth: 64, itemRows: 4, itemUnits: 4), depthWidth: 8, depthSlices: 1,
    groupSize: 64, groupsPerComputeUnit: 1)

  /// For devices with small work-groups, and for an interpreter, which pays for every padded element of a tile.
  package static let small = KernelParameters(
    product: Product(tileRows: 32, tileColumns: 32), forward: Step(rows: 8, units: 8, itemRows: 1),
    backward: Step(rows: 8, units: 8, depth: 32, itemRows: 2), groupSize: 64)

  package static func standard(for device: OpenCLDeviceDescription) -> KernelParameters {
    if device.isOclgrind { return small }
    let preferred = device.kind == .cpu ? cpu : gpu
    return preferred.fit(device) ? preferred : small
  }

  /// Whether the device allows groups and local memory of these sizes.
  package func fit(_ device: OpenCLDeviceDescription) -> Bool {
    device.maximumWorkGroupSize >= largestGroup && device.localMemoryBytes >= localMemoryBytes
  }

  /// Tiles of the matrix product that a tuner tries.
  package static let productCandidates = [
    Product(tileRows: 64, tileColumns: 64, tileDepth: 16, itemRows: 4, itemColumns: 4),
    Product(tileRows: 64, tileColumns: 64, tileDepth: 16, itemRows: 8, itemColumns: 4),
    Product(tileRows: 128, tileColumns: 64, tileDepth: 16, itemRows: 8, itemColumns: 4),
    Product(tileRows: 128, tileColumns: 128, tileDepth: 16, itemRows: 8, itemColumns: 8),
    Product(tileRows: 128, tileColumns: 128, tileDepth: 8, itemRows: 8, itemColumns: 8),
    Product(tileRows: 64, tileColumns: 64, tileDepth: 64, itemRows: 8, itemColumns: 8),
    Product(tileRows: 64, tileColumns: 64, tileDepth: 64, itemRows: 8, itemColumns: 16),
  ]

  /// Tiles of one time step, forward and backward, that a tuner tries.
  package static let stepCandidates = [
    (Step(), Step(rows: 16, units: 16, depth: 64, itemRows: 2)),
    (Step(rows: 8, units: 16, itemRows: 1), Step(rows: 8, units: 16, depth: 64, itemRows: 1)),
    (Step(rows: 32, units: 16, itemRows: 4), Step(rows: 32, units: 16, depth: 32, itemRows: 4)),
    (cpu.forward, cpu.backward),
  ]

  private var largestGroup: Int {
    [
      product.tileRows / product.itemRows * product.tileColumns / product.itemColumns,
      forward.units / forward.itemUnits * forward.rows / forward.itemRows,
      backward.units / backward.itemUnits * backward.rows / backward.itemRows * depthSlices, groupSize,
    ].max()!
  }

  /// Local memory of the hungriest kernel.
  private var localMemoryBytes: Int {
    [
      product.tileDepth * (product.tileRows + 4 + product.tileColumns),
      (forward.depth + 1) * forward.rows + 4 * forward.depth * forward.units,
      (backward.rows + backward.units) * (backward.depth + depthWidth) + depthSlices * backward.rows * backward.units,
    ].max()! * 4
  }

  /// As options of the OpenCL compiler.
  var options: String {
    [
      ("PRODUCT_ROWS", product.tileRows), ("PRODUCT_COLUMNS", product.tileColumns),
      ("PRODUCT_DEPTH", product.tileDepth), ("PRODUCT_ITEM_ROWS", product.itemRows),
      ("PRODUCT_ITEM_COLUMNS", product.itemColumns),
      ("FORWARD_ROWS", forward.rows), ("FORWARD_UNITS", forward.units), ("FORWARD_DEPTH", forward.depth),
      ("FORWARD_ITEM_ROWS", forward.itemRows), ("FORWARD_ITEM_UNITS", forward.itemUnits),
      ("BACKWARD_ROWS", backward.rows), ("BACKWARD_UNITS", backward.units), ("BACKWARD_DEPTH", backward.depth),
      ("BACKWARD_ITEM_ROWS", backward.itemRows), ("BACKWARD_ITEM_UNITS", backward.itemUnits),
      ("DEPTH_WIDTH", depthWidth), ("DEPTH_SLICES", depthSlices),
      ("GROUP_SIZE", groupSize),
    ].map { "-D \($0.0)=\($0.1)" }.joined(separator: " ")
  }
}
