extension Philox {
  /// Uniform in 0 ..< `bound`, by the high half of a product; the bias is below `bound`·2⁻⁶⁴.
  package mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "Philox.below: bound must be positive, got \(bound)")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// The numbers 0 ..< `count` in random order (Fisher and Yates). Unlike the standard library's `shuffled`, its
  /// algorithm never changes under us.
  package mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    var last = count - 1
    while last > 0 {
      order.swapAt(last, below(last + 1))
      last -= 1
    }
    return order
  }
}
