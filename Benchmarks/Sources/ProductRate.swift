internal import COpenBLAS
internal import Dispatch

/// What OpenBLAS itself reaches on this machine in this run: the ceiling that other rates are read against.
package enum ProductRate {
  /// GFLOP/s of a single-precision 2048 × 2048 × 2048 product, its rows shared between `threads` threads.
  package static func openBLAS(threads: Int) -> Double {
    openblas_set_num_threads(1)  // the threads are ours, as in the CPU backend
    let size = 2048
    let (a, b, c) = (matrix(size), matrix(size), matrix(size))
    defer {
      a.deallocate()
      b.deallocate()
      c.deallocate()
    }
    nonisolated(unsafe) let (left, right, out) = (a, b, c)  // each thread writes rows of its own
    let measurement = Measurement(seconds: 0.5, minimum: 3) {
      DispatchQueue.concurrentPerform(iterations: threads) { part in
        let (first, end) = (part * size / threads, (part + 1) * size / threads)
        cblas_sgemm(
          CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(end - first), blasint(size), blasint(size), 1,
          left + first * size, blasint(size), right, blasint(size), 0, out + first * size, blasint(size))
      }
    }
    return 2 * Double(size * size * size) / measurement.median / 1e9
  }

  private static func matrix(_ size: Int) -> UnsafeMutablePointer<Float> {
    let values = UnsafeMutablePointer<Float>.allocate(capacity: size * size)
    for index in 0..<size * size { values[index] = Float(index % 97) / 97 }
    return values
  }
}
