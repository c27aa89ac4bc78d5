/// How the sequences of a batch lie in memory: packed and time-major, without padding
/// (what PyTorch calls a `PackedSequence`).
///
/// Sequences are sorted by length, longest first, equal lengths in batch order. Time step `t` holds one row for each
/// sequence that is still alive, so the rows of a step are a prefix of the rows of the step before:
/// token `stepOffsets[t] + row` belongs to sequence `rowOrder[row]` of the batch.
/// A padded batch is the same layout with all lengths set to the longest.
package struct PackedLayout: Sendable, Equatable {
  /// Length of each sequence, in batch order. (B)
  package let lengths: [Int]
  /// Batch index of each packed row. (B)
  package let rowOrder: [Int]
  /// Sequences alive at each time step. (T)
  package let activeCounts: [Int]
  /// First token of each time step, and the token count at the end. (T + 1)
  package let stepOffsets: [Int]

  /// - Parameter lengths: one length, at least 1, for each sequence of the batch.
  package init(lengths: [Int]) {
    precondition(lengths.allSatisfy { $0 > 0 }, "PackedLayout: lengths must be at least 1, got \(lengths.min() ?? 0)")
    self.lengths = lengths
    rowOrder = lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
    var ends = [Int](repeating: 0, count: (lengths.max() ?? 0) + 1)  // sequences of each length
    for length in lengths { ends[length] += 1 }
    var counts: [Int] = []
    var offsets = [0]
    var alive = lengths.count
    for step in 0..<(lengths.max() ?? 0) {
      alive -= ends[step]
      counts.append(alive)
      offsets.append(offsets[step] + alive)
    }
    activeCounts = counts
    stepOffsets = offsets
  }

  /// Sequences in the batch, B.
  package var batchSize: Int { lengths.count }
  /// Time steps of the longest sequence, T.
  package var stepCount: Int { activeCounts.count }
  /// Rows of all time steps together, N = Σ lengths.
  package var tokenCount: Int { stepOffsets[stepCount] }

  /// The token of time step `step` of the sequence in packed row `row`.
  package func token(step: Int, row: Int) -> Int { stepOffsets[step] + row }

  /// Numbers of each sequence in packed order; −1 where a sequence has ended before its length. (N)
  package func packed(_ sequences: [some Collection<Int32>]) -> [Int32] {
    precondition(sequences.count == batchSize, "PackedLayout: \(sequences.count) sequences in a batch of \(batchSize)")
    let order = rowOrder.map { Array(sequences[$0]) }
    return [Int32](unsafeUninitializedCapacity: tokenCount) { result, count in
      for step in 0..<stepCount {
        for row in 0..<activeCounts[step] {
          result.initializeElement(
            at: token(step: step, row: row), to: step < order[row].count ? order[row][step] : -1)
        }
      }
      count = tokenCount
    }
  }
}
