internal import Compute
internal import Sequences

extension OperationCase {
  /// Sums of rows, forward and backward: widths around vectors and work-groups, empty bags, rows that come again within a
  /// bag and in many bags.
  static let embeddingBagCases: [OperationCase] =
    [
      (1, 1, 1, 1), (1, 1, 7, 3), (2, 7, 5, 16), (5, 3, 2, 15), (7, 17, 300, 17), (13, 9, 11, 31), (3, 300, 40, 33),
      (65, 5, 61, 63), (17, 6, 31, 64), (4, 8, 9, 65), (64, 7, 63, 129), (128, 60, 5003, 128),
    ]
    .enumerated().flatMap { index, size in
      [embeddingBagForward, embeddingBagBackward].map { make in
        make(
          EmbeddingBagScenario(
            bagCount: size.0, entryCount: size.1, rowCount: size.2, width: size.3, margin: index % 2 == 0 ? 64 : 67))
      }
    }
    + [0, 5].flatMap { bagCount in
      let scenario = EmbeddingBagScenario(bagCount: bagCount, entryCount: 0, rowCount: 3, width: 29)
      return [embeddingBagForward(scenario), embeddingBagBackward(scenario)]
    }

  private static func embeddingBagForward(_ scenario: EmbeddingBagScenario) -> OperationCase {
    OperationCase(operation: "embeddingBagForward", label: scenario.label, isSmall: scenario.isSmall) { trial in
      trial.margin = scenario.margin
      var data = TestData(seed: 101)
      let (bags, width) = (scenario.bags(&data), scenario.width)
      let table = data.normal(scenario.rowCount * width)
      let result = try trial.output("result", count: bags.count * width, room: 35)
      try trial.backend.embeddingBagForward(bags, of: try trial.input("table", table), width: width, into: result)
      try trial.expect(
        "result", result[0..<bags.count * width], within: .embeddingBag,
        equals: Reference.embeddingBagForward(bags, of: table.wide, width: width))
    }
  }

  private static func embeddingBagBackward(_ scenario: EmbeddingBagScenario) -> OperationCase {
    OperationCase(operation: "embeddingBagBackward", label: scenario.label, isSmall: scenario.isSmall) { trial in
      trial.margin = scenario.margin
      var data = TestData(seed: 103)
      let (bags, width) = (scenario.bags(&data), scenario.width)
      let gradient = data.normal(bags.count * width)
      let before = data.normal(scenario.rowCount * width)
      let tableGradient = try trial.inOut("tableGradient", before)
      try trial.backend.embeddingBagBackward(
        bags, gradient: try trial.input("gradient", gradient, room: 35), width: width, addingTo: tableGradient)
      lazy var expected = {
        var values = before.wide
        Reference.embeddingBagBackward(bags, gradient: gradient.wide, width: width, addingTo: &values)
        return values
      }()
      try trial.expect("tableGradient", tableGradient, within: .embeddingBag, equals: expected)
    }
  }
}

/// Bags over a table.
private struct EmbeddingBagScenario {
  let bagCount: Int
  /// Of the longest bag; every third is empty when there are several.
  let entryCount: Int
  let rowCount: Int
  let width: Int
  var margin = 64

  var label: String {
    "\(bagCount) bags of up to \(entryCount), \(rowCount) rows, width \(width), offset \(margin)"
  }
  var isSmall: Bool { bagCount * entryCount * width < OperationCase.smallCost / 2 && rowCount < 1000 }

  func bags(_ data: inout TestData) -> EmbeddingBags {
    var bags = EmbeddingBags()
    for bag in 0..<bagCount {
      let count = bagCount > 1 && bag % 3 == 1 ? 0 : bag == 0 ? entryCount : data.integer(in: 0...entryCount)
      let rows = (0..<count).map { _ in Int32(data.integer(in: 0...rowCount - 1)) }
      bags.append(rows, weight: data.normal(1)[0])
    }
    if let last = bags.rows.indices.last { bags.rows[last] = Int32(rowCount - 1) }  // the table's last row
    for entry in bags.weights.indices where entry % 5 == 2 { bags.weights[entry] = Float(entry % 7) - 3 }
    return bags
  }
}
