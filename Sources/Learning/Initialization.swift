internal import Compute
internal import Sequences

/// Keras's initial weights: Glorot uniform kernels (Glorot and Bengio 2010), orthogonal recurrent kernels (Saxe et al.
/// 2014), zero biases with forget bias 1 (`unit_forget_bias`, Jozefowicz et al. 2015). Embeddings begin as zeros, until
/// `CatalogueInitialization` fills them.
package enum Initialization {
  /// Values of a whole slab. Every entry has its own stream of random numbers.
  package static func slab(_ layout: ParameterLayout, seed: UInt64) -> [Float] {
    var slab = [Float](repeating: 0, count: layout.count)
    for (index, entry) in layout.entries.enumerated() {
      var random = Philox(seed: seed, purpose: .initialWeights, index: index)
      let values: [Float]
      if entry.name == "state/mean/kernel" {
        values = (0..<entry.count).map { $0 / entry.columns == $0 % entry.columns ? 1 : 0 }
      } else if entry.name.hasSuffix("recurrent_kernel") {
        values = orthogonal(rows: entry.rows, columns: entry.columns, &random)
      } else if entry.name == "songs/features/kernel" || entry.name.hasSuffix("/embeddings") {
        values = [Float](repeating: 0, count: entry.count)
      } else if entry.name.hasSuffix("kernel") {
        values = glorotUniform(rows: entry.rows, columns: entry.columns, &random)
      } else if entry.name.contains("coder/lstm") {
        let h = entry.columns / 4
        values = (0..<entry.columns).map { $0 / h == 1 ? 1 : 0 }
      } else {
        values = [Float](repeating: 0, count: entry.count)
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

  /// A (rows ≤ columns) matrix with orthonormal rows, made of normal numbers.
  static func orthogonal(rows: Int, columns: Int, _ random: inout Philox) -> [Float] {
    var matrix = (0..<rows * columns).map { _ in random.normal() }
    LinearAlgebra.orthonormalizeRows(&matrix, rows: rows, columns: columns)
    return matrix.map { Float($0) }
  }
}
