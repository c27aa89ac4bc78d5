internal import Compute

extension OperationCase {
  /// `makeTensor`, `write`, `read` and `fill`, with slices at odd offsets.
  static let memoryCases: [OperationCase] =
    [1, 2, 63, 64, 65, 257, 65537].flatMap { count in
      [
        OperationCase(operation: "makeTensor", label: "\(count)") { trial in
          let tensor = try trial.backend.makeTensor(count: count)
          try trial.expect("zeros", tensor, within: .exact, equals: [Double](repeating: 0, count: count))
        },
        roundTrip(count: count, margin: 64), roundTrip(count: count, margin: 67), partialWrite(count: count),
        fill(count: count, margin: 64), fill(count: count, margin: 67),
      ]
    }

  private static func roundTrip(count: Int, margin: Int) -> OperationCase {
    OperationCase(operation: "write", label: "\(count) at offset \(margin)") { trial in
      trial.margin = margin
      var data = TestData(seed: 7)
      let values = data.normal(count)
      let tensor = try trial.output("tensor", count: count)
      try trial.backend.write(values, to: tensor)
      try trial.expect("values", tensor, within: .exact, equals: values.wide)
    }
  }

  /// Fewer values than the tensor holds, into a slice of a slice; the rest stays.
  private static func partialWrite(count: Int) -> OperationCase {
    OperationCase(operation: "write", label: "\(count) to the start of \(count + 5)") { trial in
      var data = TestData(seed: 8)
      let before = data.normal(count + 10)
      let values = data.normal(count)
      let tensor = try trial.inOut("tensor", before)
      try trial.backend.write(values, to: tensor[3..<count + 10][2..<count + 7])
      let expected = before[..<5] + values + before[(count + 5)...]
      try trial.expect("values", tensor, within: .exact, equals: Array(expected).wide)
    }
  }

  private static func fill(count: Int, margin: Int) -> OperationCase {
    OperationCase(operation: "fill", label: "\(count) at offset \(margin)") { trial in
      trial.margin = margin
      let tensor = try trial.output("tensor", count: count)
      try trial.backend.fill(tensor, with: -0.3)
      try trial.backend.synchronize()
      try trial.expect(
        "values", tensor, within: .exact, equals: [Double](repeating: Double(-0.3 as Float), count: count))
    }
  }
}
