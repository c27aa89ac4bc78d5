internal import COpenBLAS

/// Dense products on the host for what is no layer of a model, on the calling thread.
package enum LinearAlgebra {
  /// left · rightᵀ in single precision. (rows, columns)
  /// - Parameters:
  ///   - left: row-major, (rows, inner).
  ///   - right: row-major, (columns, inner).
  package static func product(
    _ left: UnsafeBufferPointer<Float>, rows: Int, _ right: [Float], transposedColumns columns: Int
  ) -> [Float] {
    guard rows > 0, columns > 0 else { return [] }
    let inner = left.count / rows
    precondition(
      left.count == rows * inner && right.count == columns * inner,
      "product: \(left.count) values in \(rows) rows by \(right.count) in \(columns)")
    _ = BLAS.configured
    return [Float](unsafeUninitializedCapacity: rows * columns) { out, count in
      count = rows * columns
      if rows == 1 {  // sgemm would copy all of `right` first
        cblas_sgemv(
          CblasRowMajor, CblasNoTrans, blasint(columns), blasint(inner), 1, right, blasint(inner), left.baseAddress!, 1,
          0, out.baseAddress!, 1)
        return
      }
      BLAS.multiply(
        rows, columns, inner, left.baseAddress!, lda: inner, right, ldb: inner, transposeB: true,
        into: out.baseAddress!, ldc: columns)
    }
  }

  /// matrixᵀ · matrix in single precision. (columns, columns)
  /// - Parameter matrix: row-major, (rows, columns).
  package static func gram(_ matrix: [Float], columns: Int) -> [Float] {
    precondition(matrix.count % columns == 0, "gram: \(matrix.count) values in rows of \(columns)")
    _ = BLAS.configured
    return [Float](unsafeUninitializedCapacity: columns * columns) { out, count in
      BLAS.multiply(
        columns, columns, matrix.count / columns, matrix, lda: columns, transposeA: true, matrix, ldb: columns,
        into: out.baseAddress!, ldc: columns)
      count = columns * columns
    }
  }

  /// Makes the rows of a matrix orthonormal, in place, in double precision: Gram and Schmidt by blocks of rows, twice for full precision
  /// (Giraud et al. 2005, "twice is enough").
  /// - Parameter matrix: row-major, of full row rank, rows ≤ columns. (rows, columns)
  package static func orthonormalizeRows(_ matrix: inout [Double], rows: Int, columns: Int) {
    precondition(rows <= columns && matrix.count == rows * columns, "orthonormalizeRows: (\(rows), \(columns))")
    _ = BLAS.configured
    let blockSize = 32
    var overlaps = [Double](repeating: 0, count: blockSize * rows)
    matrix.withUnsafeMutableBufferPointer { matrix in
      let start = matrix.baseAddress!
      for first in stride(from: 0, to: rows, by: blockSize) {
        let (block, size) = (start + first * columns, min(blockSize, rows - first))
        for _ in 0..<2 {
          if first > 0 {
            // block ← block − (block · doneᵀ) · done
            cblas_dgemm(
              CblasRowMajor, CblasNoTrans, CblasTrans, blasint(size), blasint(first), blasint(columns), 1, block,
              blasint(columns), start, blasint(columns), 0, &overlaps, blasint(first))
            cblas_dgemm(
              CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(size), blasint(columns), blasint(first), -1, overlaps,
              blasint(first), start, blasint(columns), 1, block, blasint(columns))
          }
          for row in 0..<size {
            let vector = block + row * columns
            for other in 0..<row {
              let done = block + other * columns
              let dot = cblas_ddot(blasint(columns), vector, 1, done, 1)
              cblas_daxpy(blasint(columns), -dot, done, 1, vector, 1)
            }
            cblas_dscal(blasint(columns), 1 / cblas_dnrm2(blasint(columns), vector, 1), vector, 1)
          }
        }
      }
    }
  }
}
