internal import COpenBLAS

/// Dense products in double precision on the host, for what is done once and must be exact.
package enum LinearAlgebra {
  /// Makes the rows of a matrix orthonormal, in place: Gram and Schmidt by blocks of rows, twice for full precision
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
