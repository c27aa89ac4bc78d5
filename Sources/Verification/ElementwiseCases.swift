internal import Compute

extension OperationCase {
  /// `dropout` and `add`: counts around blocks of four and vectors of them, in place and not.
  static let elementwiseCases: [OperationCase] =
    [1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 257, 1_500_007].enumerated().flatMap { index, count in
      [
        dropout(count: count, rate: [0.2, 0.5, 0.1][index % 3], layer: index, isInPlace: index % 2 == 1),
        dropout(count: count, rate: 0.9, step: 1000 + index, isInPlace: index % 2 == 0, margin: 67),
        add(count: count, factor: 1), add(count: count, factor: -0.3, margin: 67),
      ]
    } + [
      dropout(count: 0, rate: 0.5), dropout(count: 1021, rate: 0), dropout(count: 1021, rate: 0.999),
      dropout(count: 1021, rate: 0.2, seed: 0xFEDC_BA98_7654_3210, step: 4_294_967_295, layer: 16_777_215),
      add(count: 0, factor: 1), add(count: 1021, factor: 0),
    ]

  private static func dropout(
    count: Int, rate: Float, seed: UInt64 = 7, step: Int = 1, layer: Int = 0, isInPlace: Bool = false, margin: Int = 64
  ) -> OperationCase {
    let mask = DropoutMask(rate: rate, seed: seed, step: step, layer: layer)
    let label =
      "\(count), rate \(rate), seed \(seed), step \(step), layer \(layer)" + (isInPlace ? ", in place" : "")
      + ", offset \(margin)"
    return OperationCase(operation: "dropout", label: label, isSmall: count < 10_000) { trial in
      trial.margin = margin
      var data = TestData(seed: 47)
      let before = data.normal(count)
      let values = try isInPlace ? trial.inOut("values", before) : trial.input("values", before, room: 35)
      let result = try isInPlace ? values : trial.output("result", count: count, room: 35)
      try trial.backend.dropout(values, count: count, mask: mask, into: result)
      try trial.expect(
        "result", result[0..<count], within: .dropout, equals: Reference.dropout(before.wide, mask: mask))
    }
  }

  private static func add(count: Int, factor: Float, margin: Int = 64) -> OperationCase {
    OperationCase(operation: "add", label: "\(count) times \(factor), offset \(margin)", isSmall: count < 10_000) {
      trial in
      trial.margin = margin
      var data = TestData(seed: 53)
      let (values, before) = (data.normal(count), data.normal(count))
      let sum = try trial.inOut("sum", before)
      try trial.backend.add(try trial.input("values", values, room: 35), times: factor, to: sum)
      try trial.expect(
        "sum", sum, within: .add, equals: Reference.add(values.wide, times: factor, to: before.wide))
    }
  }
}
