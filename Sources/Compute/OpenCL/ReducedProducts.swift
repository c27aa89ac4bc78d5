internal import Kernels

/// Digits of the operands of a layer's large products. Sums, states and everything else have 32 bits.
package enum Precision: String, CaseIterable, Sendable {
  case float32
  /// 10 explicit digits, as NVIDIA's matrix units take 32-bit operands.
  case tf32
  /// bfloat16, 7 explicit digits.
  case bf16
}

/// The products over all tokens (`gemm_reduced.cl`) with operands of fewer digits.
package struct ReducedProducts: Sendable {
  /// Who multiplies the pieces of a matrix.
  package enum Unit: Int, Sendable {
    /// NVIDIA's `mma.sync`, compute capability 8.0 and above.
    case matrixUnits = 1
    /// The work-items, which hold the same pieces: proves them on devices that have no matrix units.
    case workItems
  }
  let precision: Precision
  let unit: Unit

  /// - Returns: nil for `float32`.
  package init?(_ precision: Precision, by unit: Unit = .matrixUnits) {
    guard precision != .float32 else { return nil }
    (self.precision, self.unit) = (precision, unit)
  }

  /// A work-group's part of the product, and what chunks of k are multiples of.
  static let tile = ProductTile(rows: 128, columns: 64, depth: 64)

  /// - Throws: `ComputeError` where there are no matrix units, and what the compiler says of too old ones.
  func program(
    for device: OpenCLDeviceDescription, _ parameters: KernelParameters
  ) throws(ComputeError) -> OpenCLProgram {
    guard unit != .matrixUnits || device.hasMatrixUnits else {
      throw ComputeError(
        call: "precision",
        reason: "\(device.name) has no matrix units that this program can use for \(precision.rawValue)",
        remedy: "Use --precision float32; tf32 and bf16 are for NVIDIA GPUs of compute capability 8.0 and above")
    }
    let options =
      "\(parameters.options) -D BFLOAT16=\(precision == .bf16 ? 1 : 0) -D MATRIX_UNIT=\(unit.rawValue)"
    return try OpenCLRuntime.program(for: device, source: KernelSource.reducedProducts, options: options)
  }
}

extension OpenCLDeviceDescription {
  /// Whether `mma.sync` may be tried: its compiler says whether the device is new enough.
  package var hasMatrixUnits: Bool { exchange == .ptx }
}
