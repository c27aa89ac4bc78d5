/// Loops over vectors of a multiple of 8 numbers. The order of every sum is fixed, and with it every bit.
package enum Vectors {
  /// Σ a_i·b_i
  package static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var sums = SIMD8<Float>.zero
    for start in stride(from: 0, to: count, by: 8) { sums += lanes(a, start) * lanes(b, start) }
    return sums.sum()
  }

  /// |a − b|²
  package static func squaredDistance(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var sums = SIMD8<Float>.zero
    for start in stride(from: 0, to: count, by: 8) {
      let difference = lanes(a, start) - lanes(b, start)
      sums += difference * difference
    }
    return sums.sum()
  }

  /// target ← target + factor·vector
  package static func add(
    _ factor: Float, _ vector: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    for start in stride(from: 0, to: count, by: 8) {
      store(lanes(target, start) + factor * lanes(vector, start), target, start)
    }
  }

  /// One step of BPR: x, the liked and the unliked song's vector along their gradients of ln σ, less `decay` times
  /// themselves.
  package static func ascend(
    _ x: UnsafeMutablePointer<Float>, _ liked: UnsafeMutablePointer<Float>, _ unliked: UnsafeMutablePointer<Float>,
    _ count: Int, slope: Float, rate: Float, decay: Float
  ) {
    for start in stride(from: 0, to: count, by: 8) {
      let (a, b, c) = (lanes(x, start), lanes(liked, start), lanes(unliked, start))
      store(a + rate * (slope * (b - c) - decay * a), x, start)
      store(b + rate * (slope * a - decay * b), liked, start)
      store(c - rate * (slope * a + decay * c), unliked, start)
    }
  }

  private static func store(_ lanes: SIMD8<Float>, _ vector: UnsafeMutablePointer<Float>, _ start: Int) {
    UnsafeMutableRawPointer(vector + start).storeBytes(of: lanes, as: SIMD8<Float>.self)
  }

  private static func lanes(_ vector: UnsafePointer<Float>, _ start: Int) -> SIMD8<Float> {
    UnsafeRawPointer(vector + start).loadUnaligned(as: SIMD8<Float>.self)
  }
}
