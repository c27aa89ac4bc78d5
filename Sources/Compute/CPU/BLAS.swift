internal import COpenBLAS

/// The products that OpenBLAS does for us, row-major, single-threaded: our own workers are the threads.
enum BLAS {
  /// OpenBLAS's threads spin and share one lock, so beside our own workers there must be only one (OpenBLAS issues 731,
  /// 2392). The setting is global to the process.
  static let configured: String = {
    openblas_set_num_threads(1)
    return String(cString: openblas_get_config())
  }()

  /// c (m × n) ← op(a) · op(b) (+ c when `accumulate`), inner dimension k. Leading dimensions in floats.
  static func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false, into c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    guard m > 0, n > 0 else { return }
    guard k > 0 else {
      for row in 0..<m { (c + row * ldc).update(repeating: 0, count: n) }
      return
    }
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), 1, a, blasint(lda), b, blasint(ldb), 0, c, blasint(ldc))
  }
}
