internal import Compute
internal import Sequences

/// A batch of sequences and a catalogue with all their data.
struct CatalogueScenario: Sendable {
  /// What moves the scores.
  enum Offsets: String, Sendable {
    case none = "no offsets"
    /// Some songs of each sequence are moved and some taken out.
    case some = "offsets"
    /// Only one target is left of each sequence that has targets.
    case allButOne = "all but one out"
  }
  var batchSize: Int
  var songCount: Int
  var width: Int
  var offsets = Offsets.some
  /// Scores are about normal with this deviation.
  var scale = 1.0
  var hasGradients = true
  var margin = 64
  /// Elements of batch-sized tensors beyond the batch.
  var room: Int { margin == 64 ? 0 : 35 }

  var label: String {
    "B\(batchSize) V\(songCount) D\(width) \(offsets.rawValue)" + (scale == 1 ? "" : " scores ±\(Int(2 * scale))")
      + (hasGradients ? "" : " loss alone") + (margin == 64 ? "" : " offset \(margin)")
  }
  var isSmall: Bool { batchSize * songCount * width <= OperationCase.smallCost / 8 }
}

/// Everything that the operations over a catalogue are given.
struct CatalogueData {
  let states: [Float]  // (B, d)
  let vectors: [Float]  // (V, d)
  let bias: [Float]  // (V)
  let targets: CatalogueTargets
  let denominator: Float = 3.7

  init(_ scenario: CatalogueScenario) {
    var data = TestData(seed: 107)
    let (songCount, width) = (scenario.songCount, scenario.width)
    states = data.normal(scenario.batchSize * width, deviation: scenario.scale)
    vectors = data.normal(songCount * width, deviation: 1 / Double(width).squareRoot())
    bias = data.normal(songCount, deviation: 0.5)
    var targets = CatalogueTargets()
    for sequence in 0..<scenario.batchSize {
      // Neighbours of a song somewhere: distinct and spread over the catalogue.
      let (first, stride) = (data.integer(in: 0...songCount - 1), max(1, songCount / 31))
      let count = sequence % 4 == 2 ? 0 : min(songCount / 2 + 1, 1 + sequence * 3 % 29, 31)
      var right = (0..<count).map { Int32((first + $0 * stride) % songCount) }
      var offsets: [(row: Int32, value: Float)] = []
      switch scenario.offsets {
      case .none: break
      case .some:
        for song in 0..<Int32(songCount) where data.uniform(1)[0] < min(0.3, 200 / Float(songCount)) {
          let isTakenOut = song % 2 == 0 && !right.contains(song)
          offsets.append((song, isTakenOut ? -.infinity : data.normal(1)[0]))
        }
        offsets.reverse()
      case .allButOne:
        right = Array(right.prefix(1))
        offsets = (0..<Int32(songCount)).filter { !right.contains($0) }.map { ($0, -.infinity) }
      }
      targets.append(right, weight: sequence % 3 == 0 ? 1 : 0.7 / Float(max(1, right.count)), offsets: offsets)
    }
    self.targets = targets
  }
}

extension OperationCase {
  /// Scores of a catalogue and the loss over it: catalogues around the runs that are summed apart, more and fewer
  /// sequences than tiles and vectors have, songs taken out, scores at which exponentials overflow.
  static let catalogueCases: [OperationCase] =
    catalogueScenarios.flatMap { scenario in
      scenario.offsets == .allButOne ? [catalogueLoss(scenario)] : [catalogueScores(scenario), catalogueLoss(scenario)]
    } + [
      catalogueLoss(CatalogueScenario(batchSize: 13, songCount: 67, width: 19, hasGradients: false)),
      catalogueLoss(CatalogueScenario(batchSize: 3, songCount: 1000, width: 8, hasGradients: false, margin: 67)),
      smallerBatch(
        CatalogueScenario(batchSize: 19, songCount: 300, width: 21),
        then: CatalogueScenario(batchSize: 5, songCount: 300, width: 21)),
      smallerBatch(
        CatalogueScenario(batchSize: 7, songCount: 91, width: 33),
        then: CatalogueScenario(batchSize: 2, songCount: 7, width: 5, offsets: .none)),
    ]

  private static let catalogueScenarios: [CatalogueScenario] =
    [
      (1, 1, 1), (1, 7, 3), (3, 2, 2), (2, 17, 5), (5, 63, 16), (1, 1000, 33), (7, 255, 15), (4, 256, 17), (6, 257, 8),
      (15, 64, 31), (16, 65, 32), (17, 129, 13), (33, 31, 33), (65, 61, 7), (129, 517, 65), (128, 4001, 128),
      (3, 31_172, 17),
    ]
    .enumerated().map { index, size in
      CatalogueScenario(
        batchSize: size.0, songCount: size.1, width: size.2, offsets: index % 3 == 1 ? .none : .some,
        margin: index % 4 < 2 ? 64 : 67)
    } + [
      CatalogueScenario(batchSize: 9, songCount: 7, width: 5, offsets: .allButOne),
      CatalogueScenario(batchSize: 5, songCount: 1000, width: 6, offsets: .allButOne, margin: 67),
      CatalogueScenario(batchSize: 6, songCount: 7, width: 16, scale: 40),
      CatalogueScenario(batchSize: 11, songCount: 523, width: 9, scale: 40, margin: 67),
      CatalogueScenario(batchSize: 9, songCount: 300, width: 12, offsets: .allButOne, scale: 40),
    ]

  private static func catalogueScores(_ scenario: CatalogueScenario) -> OperationCase {
    OperationCase(operation: "catalogueScores", label: scenario.label, isSmall: scenario.isSmall) { trial in
      trial.margin = scenario.margin
      let data = CatalogueData(scenario)
      let count = scenario.batchSize * scenario.songCount
      let scores = try trial.output("scores", count: count, room: scenario.room)
      try trial.backend.catalogueScores(
        states: try trial.input("states", data.states, room: scenario.room), batchSize: scenario.batchSize,
        vectors: try trial.input("vectors", data.vectors), width: scenario.width,
        bias: try trial.input("bias", data.bias), scores: scores)
      try trial.expect(
        "scores", scores[0..<count], within: scenario.scale == 1 ? .catalogueScores : .extremeLogits,
        equals: Reference.catalogueScores(
          states: data.states.wide, batchSize: scenario.batchSize, vectors: data.vectors.wide, width: scenario.width,
          bias: data.bias.wide))
    }
  }

  private static func catalogueLoss(_ scenario: CatalogueScenario) -> OperationCase {
    OperationCase(operation: "catalogueLoss", label: scenario.label, isSmall: scenario.isSmall) { trial in
      trial.margin = scenario.margin
      try trial.expectCatalogueLoss(scenario)
    }
  }

  /// What the larger batch leaves behind must not show.
  private static func smallerBatch(_ larger: CatalogueScenario, then smaller: CatalogueScenario) -> OperationCase {
    OperationCase(
      operation: "catalogueLoss", label: "\(larger.label), then \(smaller.label)", isSmall: smaller.isSmall
    ) { trial in
      try trial.expectCatalogueLoss(larger)
      try trial.expectCatalogueLoss(smaller)
    }
  }
}

extension Trial {
  /// Runs the loss and compares everything that it gives.
  fileprivate func expectCatalogueLoss(_ scenario: CatalogueScenario) throws {
    let data = CatalogueData(scenario)
    let lossSum = try output("lossSum", count: 1)
    let gradients =
      scenario.hasGradients
      ? CatalogueGradients(
        states: try output("states' gradient", count: data.states.count, room: scenario.room),
        vectors: try output("vectors' gradient", count: data.vectors.count),
        bias: try output("bias gradient", count: data.bias.count)) : nil
    try backend.catalogueLoss(
      states: try input("states", data.states, room: scenario.room), vectors: try input("vectors", data.vectors),
      width: scenario.width, bias: try input("bias", data.bias), targets: data.targets, denominator: data.denominator,
      lossSum: lossSum, gradients: gradients)
    lazy var expected = Reference.catalogueLoss(
      states: data.states.wide, vectors: data.vectors.wide, width: scenario.width, bias: data.bias.wide,
      targets: data.targets, denominator: Double(data.denominator))
    let tolerance: Tolerance = scenario.scale == 1 ? .catalogueGradients : .extremeLogits
    let sumTolerance: Tolerance = scenario.scale == 1 ? .catalogueLoss : .extremeLogits
    try expect("lossSum", lossSum, within: sumTolerance, equals: [expected.lossSum])
    guard let gradients else { return }
    try expect(
      "states' gradient", gradients.states[0..<data.states.count], within: tolerance, equals: expected.states)
    try expect("vectors' gradient", gradients.vectors, within: tolerance, equals: expected.vectors)
    try expect("bias gradient", gradients.bias, within: tolerance, equals: expected.bias)
  }
}
