package import Compute
package import Sequences

/// A table of vectors in a backend's memory: uploaded once, then read by the row numbers of every batch.
package struct DeviceTable {
  let width: Int
  let vectors: Tensor  // (rows, F)
  let regressionWeights: Tensor?  // (rows, regression outputs)

  package init(_ table: VectorTable, on backend: any Backend) throws {
    width = table.width
    vectors = try backend.makeTensor(table.vectors)
    regressionWeights = try table.regressionWeights.map { try backend.makeTensor($0) }
  }

  /// The targets of a batch for the four heads.
  /// - Parameters:
  ///   - denominators: of each head.
  ///   - values: receives the targets' vectors, (N, O), which are as wide as the table.
  ///   - weights: receives their weights where any is missing. (N, regression outputs)
  func gatherTargets(
    of batch: Batch, denominators: [Float], values: Tensor, weights: Tensor, for configuration: ModelConfiguration,
    on backend: any Backend
  ) throws -> HeadTargets {
    precondition(
      width == configuration.outputSize,
      "DeviceTable: vectors of \(width) where the heads have \(configuration.outputSize)")
    try backend.gatherRows(batch.targetRows, of: vectors, width: width, absent: 0, into: values)
    guard batch.isMissingTargets else {
      return HeadTargets(values: values, regressionWeights: nil, denominators: denominators)
    }
    guard let regressionWeights else {
      preconditionFailure("DeviceTable: targets are missing, and the table has no weights")
    }
    try backend.gatherRows(
      batch.targetRows, of: regressionWeights, width: configuration.regressionSize, absent: 1, into: weights)
    return HeadTargets(values: values, regressionWeights: weights, denominators: denominators)
  }
}
