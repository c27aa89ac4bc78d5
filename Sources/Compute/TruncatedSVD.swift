internal import COpenBLAS
package import Sequences

/// A matrix of which few elements are not zero, by rows (CSR), as embedding bags are: bag r holds row r's elements.
package struct SparseMatrix: Sendable {
  package let rows: EmbeddingBags
  package let columnCount: Int

  package init(rows: EmbeddingBags, columnCount: Int) {
    self.rows = rows
    self.columnCount = columnCount
  }

  package var rowCount: Int { rows.count }

  /// matrix · dense, or matrixᵀ · dense. (rows or columns, width)
  /// - Parameter dense: row-major, rows of `width`.
  func product(_ dense: [Double], width: Int, transposed: Bool = false) -> [Double] {
    var result = [Double](repeating: 0, count: (transposed ? columnCount : rowCount) * width)
    result.withUnsafeMutableBufferPointer { result in
      dense.withUnsafeBufferPointer { dense in
        for row in 0..<rowCount {
          for entry in Int(rows.starts[row])..<Int(rows.starts[row + 1]) {
            let (column, weight) = (Int(rows.rows[entry]), Double(rows.weights[entry]))
            let (from, to) = transposed ? (row * width, column * width) : (column * width, row * width)
            for place in 0..<width { result[to + place] += weight * dense[from + place] }
          }
        }
      }
    }
    return result
  }
}

extension LinearAlgebra {
  /// The right singular vectors of the largest singular values, each times the square root of its value: V·√S, by the
  /// randomised range finder with power iterations (Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1).
  /// - Parameter rank: columns wanted; those beyond the matrix's rank are zeros.
  /// - Returns: (columns of the matrix, `rank`), row-major.
  package static func rightSingularVectors(of matrix: SparseMatrix, rank: Int, seed: UInt64) -> [Float] {
    let (columns, width) = (matrix.columnCount, rank + 10)
    var random = Philox(seed: seed, purpose: .initialWeights, epoch: 1)
    var range = matrix.product((0..<columns * width).map { _ in random.normal() }, width: width)
    for _ in 0..<4 {
      range = orthonormalizedColumns(range, width: width)
      range = matrix.product(matrix.product(range, width: width, transposed: true), width: width)
    }
    range = orthonormalizedColumns(range, width: width)
    // matrixᵀ·Q = V·S·Uᵀ, of which U and S² are the eigenvectors and values of (matrixᵀ·Q)ᵀ·(matrixᵀ·Q).
    let projection = matrix.product(range, width: width, transposed: true)
    let (values, vectors) = symmetricEigen(gram(projection, columns: width), count: width)
    var result = [Float](repeating: 0, count: columns * rank)
    let largest = max(values.last!, 0)
    for place in 0..<rank {
      let which = width - 1 - place
      guard values[which] > 1e-12 * largest, values[which] > 0 else { break }
      let scale = 1 / values[which].squareRoot().squareRoot()  // V·√S = (V·S) / √S
      for row in 0..<columns {
        var sum = 0.0
        for inner in 0..<width { sum += projection[row * width + inner] * vectors[which * width + inner] }
        result[row * rank + place] = Float(sum * scale)
      }
    }
    return result
  }

  /// An orthonormal basis of the columns, by the eigenvectors of their Gram matrix; columns beyond the rank are zeros.
  private static func orthonormalizedColumns(_ matrix: [Double], width: Int) -> [Double] {
    let (values, vectors) = symmetricEigen(gram(matrix, columns: width), count: width)
    var transform = vectors  // rows: eigenvectors over the root of their values
    for which in 0..<width {
      let scale = values[which] > 1e-12 * values[width - 1] ? 1 / values[which].squareRoot() : 0
      for inner in 0..<width { transform[which * width + inner] *= scale }
    }
    let rows = matrix.count / width
    return [Double](unsafeUninitializedCapacity: matrix.count) { out, count in
      cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(width), blasint(width), 1, matrix,
        blasint(width), transform, blasint(width), 0, out.baseAddress!, blasint(width))
      count = matrix.count
    }
  }

  /// matrixᵀ · matrix. (columns, columns)
  private static func gram(_ matrix: [Double], columns: Int) -> [Double] {
    _ = BLAS.configured
    return [Double](unsafeUninitializedCapacity: columns * columns) { out, count in
      cblas_dgemm(
        CblasRowMajor, CblasTrans, CblasNoTrans, blasint(columns), blasint(columns), blasint(matrix.count / columns), 1,
        matrix, blasint(columns), matrix, blasint(columns), 0, out.baseAddress!, blasint(columns))
      count = columns * columns
    }
  }

  /// Eigenvalues of a symmetric matrix in ascending order, and their eigenvectors as rows (LAPACK `dsyev`).
  static func symmetricEigen(_ matrix: [Double], count: Int) -> (values: [Double], vectors: [Double]) {
    var (vectors, values) = (matrix, [Double](repeating: 0, count: count))
    var (job, part): (CChar, CChar) = (CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")))
    var (n, status, workCount): (blasint, blasint, blasint) = (blasint(count), 0, blasint(max(1, 34 * count)))
    var work = [Double](repeating: 0, count: Int(workCount))
    dsyev_(&job, &part, &n, &vectors, &n, &values, &work, &workCount, &status)
    precondition(status == 0, "symmetricEigen: dsyev gave \(status)")
    return (values, vectors)  // column-major columns are row-major rows
  }
}
