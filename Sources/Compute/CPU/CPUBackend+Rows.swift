internal import CMicroKernels

/// Rows of a matrix as our vector kernels take them, here because C's pointers to constants are clumsy in Swift.
extension CPUBackend {
  /// out[i] ← factor · (vector · row i).
  /// - Parameters:
  ///   - rows: numbers of the rows; nil for 0 ..< `count`.
  func dots(
    _ vector: UnsafePointer<Float>, withRows rows: UnsafePointer<Int32>?, count: Int, of matrix: UnsafePointer<Float>,
    width: Int, times factor: Float = 1, into out: UnsafeMutablePointer<Float>
  ) {
    var matrix = SegueRows(values: matrix, width: width, rows: rows, count: count)
    kernels.pointee.rows.dots(&matrix, vector, factor, out)
  }

  /// sum ← sum + Σ weights[i · weightStride] · row i, rows in order.
  func addRows(
    _ rows: UnsafePointer<Int32>, count: Int, of matrix: UnsafePointer<Float>, width: Int,
    weights: UnsafePointer<Float>, weightStride: Int = 1, to sum: UnsafeMutablePointer<Float>
  ) {
    var matrix = SegueRows(values: matrix, width: width, rows: rows, count: count)
    kernels.pointee.rows.addWeighted(&matrix, weights, weightStride, sum)
  }
}
