/// A set of catalogue rows, one bit each.
package struct SongSet: Sendable, Equatable {
  /// Rows that the set can hold: 0 ..< capacity.
  package let capacity: Int
  private(set) var words: [UInt64]

  package init(capacity: Int) {
    self.capacity = capacity
    words = [UInt64](repeating: 0, count: (capacity + 63) / 64)
  }

  package init(capacity: Int, rows: some Sequence<Int32>) {
    self.init(capacity: capacity)
    for row in rows { insert(row) }
  }

  package func contains(_ row: Int32) -> Bool {
    words[Int(row) >> 6] >> UInt64(row & 63) & 1 == 1
  }

  /// - Returns: whether the row is new.
  @discardableResult
  package mutating func insert(_ row: Int32) -> Bool {
    precondition(row >= 0 && row < capacity, "SongSet: row \(row) of \(capacity)")
    let bit = UInt64(1) << UInt64(row & 63)
    defer { words[Int(row) >> 6] |= bit }
    return words[Int(row) >> 6] & bit == 0
  }

  package mutating func remove(_ row: Int32) {
    precondition(row >= 0 && row < capacity, "SongSet: row \(row) of \(capacity)")
    words[Int(row) >> 6] &= ~(UInt64(1) << UInt64(row & 63))
  }

  package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
}
