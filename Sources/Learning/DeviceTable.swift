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
}
