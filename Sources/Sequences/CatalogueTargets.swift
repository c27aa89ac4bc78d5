/// What is right for each sequence of a batch, and what its scores are moved by.
package struct CatalogueTargets: Sendable, Equatable {
  /// Where each sequence's targets begin, and the end. (B + 1)
  package var starts: [Int32] = [0]
  package var rows: [Int32] = []
  /// What each of a sequence's targets counts; 1 / their number for a mean over them. (B)
  package var weights: [Float] = []
  /// Where each sequence's offsets begin, and the end. (B + 1)
  package var offsetStarts: [Int32] = [0]
  package var offsetRows: [Int32] = []
  package var offsets: [Float] = []

  package init() {}

  /// Adds a sequence.
  package mutating func append(
    _ targets: some Collection<Int32>, weight: Float = 1, offsets: some Collection<(row: Int32, value: Float)>
  ) {
    rows += targets
    weights.append(weight)
    starts.append(Int32(rows.count))
    offsetRows += offsets.map(\.row)
    self.offsets += offsets.map(\.value)
    offsetStarts.append(Int32(offsetRows.count))
  }

  package var batchSize: Int { starts.count - 1 }
}
