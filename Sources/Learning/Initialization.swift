internal import Sequences

/// Keras's initial weights: Glorot uniform kernels (Glorot and Bengio 2010), orthogonal recurrent kernels (Saxe et al.
/// 2014), zero biases with forget bias 1 (`unit_forget_bias`, Jozefowicz et al. 2015).
package enum Initialization {
  /// Values of a whole slab. Every entry has its own stream of random numbers.
  package static func slab(_ layout: ParameterLayout, seed: UInt64) -> [Float] {
    var slab = [Float](repeating: 0, count: layout.count)
    for (index, entry) in layout.entries.enumerated() {
      var random = Philox(seed: seed, purpose: .initialWeights, index: index)
      let values: [Float]
      if entry.name.hasSuffix("recurrent_kernel") {
        values = orthogonal(rows: entry.rows, columns: entry.columns, &random)
      } else if entry.name.hasSuffix("kernel") {
        values = glorotUniform(rows: entry.rows, columns: entry.columns, &random)
      } else if entry.name.hasPrefix("heads") {
        values = [Float](repeating: 0, count: entry.count)
      } else {
        let h = entry.columns / 4
        values = (0..<entry.columns).map { $0 / h == 1 ? 1 : 0 }
      }
      layout.put(values, of: entry, into: &slab)
    }
    return slab
  }

  /// Uniform in ±√(6 / (rows + columns)).
  static func glorotUniform(rows: Int, columns: Int, _ random: inout Philox) -> [Float] {
    let limit = (6 / Float(rows + columns)).squareRoot()
    return (0..<rows * columns).map { _ in (2 * random.uniform() - 1) * limit }
  }

  /// A (rows ≤ columns) matrix with orthonormal rows: Gram and Schmidt, twice for full precision, on normal numbers.
  static func orthogonal(rows: Int, columns: Int, _ random: inout Philox) -> [Float] {
    precondition(rows <= columns, "orthogonal: more rows than columns")
    var matrix = (0..<rows * columns).map { _ in random.normal() }
    matrix.withUnsafeMutableBufferPointer { m in
      for row in 0..<rows {
        for _ in 0..<2 {
          for other in 0..<row {
            var dot = 0.0
            for k in 0..<columns { dot += m[row * columns + k] * m[other * columns + k] }
            for k in 0..<columns { m[row * columns + k] -= dot * m[other * columns + k] }
          }
        }
        var squares = 0.0
        for k in 0..<columns { squares += m[row * columns + k] * m[row * columns + k] }
        for k in 0..<columns { m[row * columns + k] /= squares.squareRoot() }
      }
    }
    return matrix.map { Float($0) }
  }
}
