package import Compute

/// `gemm_reduced.cl` against naive products of rounded operands: what a device must pass before it may compute with fewer
/// digits.
package enum ReducedProductCheck {
  /// Sizes (m, n, k) of a single element, of one tile and a bit, and of a k that is cut into parts.
  private static let sizes = [(1, 1, 1), (17, 9, 33), (130, 67, 65), (129, 66, 1200)]

  /// What was wrong, one sentence each.
  package static func failures(of precision: Precision, on backend: OpenCLBackend) throws -> [String] {
    var failures: [String] = []
    for (m, n, k) in sizes {
      for transposition in OpenCLBackend.Transposition.allCases {
        var random = TestData(seed: 77)
        let (a, b) = (random.normal(m * k), random.normal(k * n))
        let c = try backend.makeTensor([Float](repeating: .nan, count: m * n + 5))[5..<m * n + 5]
        try backend.multiply(
          matrix(a, columns: transposition == .left ? m : k, on: backend),
          matrix(b, columns: transposition == .right ? k : n, on: backend), into: Matrix(tensor: c, stride: n), m: m,
          n: n, k: k, transposing: transposition)
        let expected = product(
          a.map { rounded($0, to: precision) }, b.map { rounded($0, to: precision) }, m, n, k, transposition)
        let used = Tolerance.reducedProduct.deviation(of: try backend.read(c), from: expected).toleranceUsed
        guard used > 1 else { continue }
        failures.append(
          "\(precision.rawValue) product of \(m) × \(k) and \(k) × \(n) (\(transposition.rawValue)) uses \(used) of its tolerance"
        )
      }
    }
    return failures
  }

  /// Rows that lie further apart than they are long, within a larger buffer; NaN between them.
  private static func matrix(_ values: [Float], columns: Int, on backend: OpenCLBackend) throws -> Matrix {
    let (margin, stride) = (3, columns + 7)
    var padded = [Float](repeating: .nan, count: margin + values.count / columns * stride)
    for (index, value) in values.enumerated() { padded[margin + index / columns * stride + index % columns] = value }
    return Matrix(tensor: try backend.makeTensor(padded)[margin..<padded.count], stride: stride)
  }

  private static func product(
    _ a: [Double], _ b: [Double], _ m: Int, _ n: Int, _ k: Int, _ transposition: OpenCLBackend.Transposition
  ) -> [Double] {
    (0..<m).flatMap { i in
      (0..<n).map { j in
        (0..<k).reduce(0) { sum, l in
          sum + a[transposition == .left ? l * m + i : i * k + l] * b[transposition == .right ? j * k + l : l * n + j]
        }
      }
    }
  }

  /// The nearest number of the precision; of two that are equally near, TF32 takes the larger, bfloat16 the even one.
  static func rounded(_ value: Float, to precision: Precision) -> Double {
    let dropped: Int32 =
      switch precision {
      case .float32: 0
      case .tf32: 13
      case .bf16: 16
      }
    let unit = Double(sign: .plus, exponent: Int(value.exponent) - 23 + Int(dropped), significand: 1)
    return (Double(value) / unit).rounded(precision == .tf32 ? .toNearestOrAwayFromZero : .toNearestOrEven) * unit
  }
}
