package import Compute

/// `gemm_reduced.cl` against naive products of rounded operands: what a device must pass before it may compute with fewer
/// digits.
extension OperationCase {
  /// - Parameter precision: that the backend was made with.
  package static func reducedProducts(_ precision: Precision) -> [OperationCase] {
    // A single element, less than a tile, a tile and a bit, and a k that is cut into parts.
    [(1, 1, 1), (17, 9, 33), (130, 67, 65), (129, 66, 1200)].flatMap { m, n, k in
      OpenCLBackend.Transposition.allCases.map { reducedProduct(precision, m, n, k, $0) }
    }
  }

  private static func reducedProduct(
    _ precision: Precision, _ m: Int, _ n: Int, _ k: Int, _ transposition: OpenCLBackend.Transposition
  ) -> OperationCase {
    OperationCase(
      operation: "product", label: "\(precision.rawValue) \(transposition.rawValue) M\(m) N\(n) K\(k)",
      isSmall: m * n * k < smallCost
    ) { trial in
      guard let backend = trial.backend as? OpenCLBackend else {
        preconditionFailure("OperationCase.reducedProducts: not an OpenCL backend")
      }
      var data = TestData(seed: 77)
      let (a, b) = (data.normal(m * k), data.normal(k * n))
      let c = try trial.output("c", count: m * n)
      try backend.multiply(
        matrix("a", a, columns: transposition == .left ? m : k, trial),
        matrix("b", b, columns: transposition == .right ? k : n, trial), into: Matrix(tensor: c, stride: n), m: m,
        n: n, k: k, transposing: transposition)
      try trial.expect(
        "c", c, within: .reducedProduct,
        equals: product(
          a.map { rounded($0, to: precision) }, b.map { rounded($0, to: precision) }, m, n, k, transposition))
    }
  }

  /// Rows that lie further apart than they are long; NaN between them.
  private static func matrix(_ name: String, _ values: [Float], columns: Int, _ trial: Trial) throws -> Matrix {
    let stride = columns + 7
    var padded = [Float](repeating: .nan, count: values.count / columns * stride)
    for (index, value) in values.enumerated() { padded[index / columns * stride + index % columns] = value }
    return Matrix(tensor: try trial.input(name, padded), stride: stride)
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
  private static func rounded(_ value: Float, to precision: Precision) -> Double {
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
