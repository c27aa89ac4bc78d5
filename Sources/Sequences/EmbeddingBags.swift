/// Weighted lists of a table's rows, one list for each bag.
package struct EmbeddingBags: Sendable, Equatable {
  /// Where each bag's entries begin, and the end. (bags + 1)
  package var starts: [Int32] = [0]
  package var rows: [Int32] = []
  package var weights: [Float] = []

  package init() {}

  /// Adds a bag.
  package mutating func append(_ rows: some Collection<Int32>, weight: Float) {
    self.rows += rows
    weights += repeatElement(weight, count: rows.count)
    starts.append(Int32(self.rows.count))
  }

  package var count: Int { starts.count - 1 }

  /// One row for each bag, none for −1: the bags of `gatherRows`, whose adjoint is `embeddingBagBackward`.
  package init(rows: [Int32]) {
    starts.reserveCapacity(rows.count + 1)
    for row in rows {
      if row >= 0 {
        self.rows.append(row)
        weights.append(1)
      }
      starts.append(Int32(self.rows.count))
    }
  }

  /// The mean of each sequence's tokens, in batch order.
  package init(meansOf layout: PackedLayout) {
    var packedRows = [Int](repeating: 0, count: layout.batchSize)
    for (row, sequence) in layout.rowOrder.enumerated() { packedRows[sequence] = row }
    for (sequence, length) in layout.lengths.enumerated() {
      append((0..<length).map { Int32(layout.token(step: $0, row: packedRows[sequence])) }, weight: 1 / Float(length))
    }
  }
}
