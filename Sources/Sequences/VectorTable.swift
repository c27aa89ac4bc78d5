/// The vectors that batches are made of. A device holds the whole table, so that a batch is nothing but row numbers.
package struct VectorTable: Sendable, Equatable {
  /// Numbers of a vector, F.
  package let width: Int
  /// (rows, F)
  package let vectors: [Float]
  /// Weight of each regression target, 0 where it is missing; nil when none is. (rows, regression outputs)
  package let regressionWeights: [Float]?

  package init(width: Int, vectors: [Float], regressionWeights: [Float]? = nil) {
    precondition(
      vectors.count % max(width, 1) == 0, "VectorTable: \(vectors.count) numbers are not rows of \(width)")
    self.width = width
    self.vectors = vectors
    self.regressionWeights = regressionWeights
  }
}
