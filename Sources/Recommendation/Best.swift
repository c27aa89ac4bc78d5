/// The largest of many numbers.
package enum Best {
  /// Indices of the `count` largest values above `floor`, largest first, equal ones in order of their indices. NaN is above
  /// nothing.
  package static func indices(_ count: Int, of values: some Collection<Float>, above floor: Float) -> [Int32] {
    guard count > 0 else { return [] }
    // Keys ascend from the best: the value's bits in descending order, then the index.
    var keys: [UInt64] = []
    keys.reserveCapacity(2 * count)
    var limit = UInt64.max
    for (index, value) in values.enumerated() where value > floor {
      let bits = (value + 0).bitPattern  // −0 becomes 0
      let descending = bits >> 31 == 0 ? ~(bits | 1 << 31) : bits
      let key = UInt64(descending) << 32 | UInt64(index)
      guard key < limit else { continue }
      keys.append(key)
      if keys.count == 2 * count {
        keys.sort()
        keys.removeLast(count)
        limit = keys[count - 1]
      }
    }
    keys.sort()
    return keys.prefix(count).map { Int32(truncatingIfNeeded: $0) }
  }
}
