internal import Compute
internal import Sequences

/// Attention over one batch with all its data.
struct AttentionScenario: Sendable {
  var batchSize: Int
  /// Time steps of the longest sequence of queries and of keys; the others' lengths are drawn.
  var queryStepCount: Int
  var keyStepCount: Int
  var hiddenSize: Int
  /// Scores are about normal with this deviation.
  var scale = 1.0
  var margin = 64
  /// Queries and steps of keys that the trace could hold beyond the batch.
  var spare = 3
  /// Elements of token-sized tensors beyond the batch.
  var room: Int { 5 * spare }

  var label: String {
    "B\(batchSize) Q\(queryStepCount) K\(keyStepCount) H\(hiddenSize)"
      + (scale == 1 ? "" : " scores ±\(Int(2 * scale))")
      + (margin == 64 ? "" : " offset \(margin)") + (spare == 0 ? " full" : "")
  }
  var cost: Int { batchSize * queryStepCount * keyStepCount * hiddenSize }
}

/// Everything that the two passes of one scenario are given.
struct AttentionData {
  let queryLayout, keyLayout: PackedLayout
  let queries: [Float]  // (queries, H)
  let keys: [Float]  // (keys, H)
  let contextGradient: [Float]  // (queries, H)

  init(_ scenario: AttentionScenario) {
    var data = TestData(seed: 109)
    let (batchSize, h) = (scenario.batchSize, scenario.hiddenSize)
    queryLayout = PackedLayout(lengths: data.lengths(batchSize: batchSize, stepCount: scenario.queryStepCount))
    keyLayout = PackedLayout(lengths: data.lengths(batchSize: batchSize, stepCount: scenario.keyStepCount))
    queries = data.normal(queryLayout.tokenCount * h, deviation: scenario.scale)
    keys = data.normal(keyLayout.tokenCount * h)
    contextGradient = data.normal(queries.count)
  }
}

extension OperationCase {
  /// One query for each sequence or many, sequences sorted differently on both sides, more keys than a work-group has
  /// items.
  static let attentionCases: [OperationCase] = attentionScenarios.flatMap {
    [attentionForward($0), attentionBackward($0)]
  }

  private static let attentionScenarios: [AttentionScenario] = [
    AttentionScenario(batchSize: 1, queryStepCount: 1, keyStepCount: 1, hiddenSize: 1),
    AttentionScenario(batchSize: 2, queryStepCount: 1, keyStepCount: 3, hiddenSize: 3, margin: 67),
    AttentionScenario(batchSize: 1, queryStepCount: 5, keyStepCount: 2, hiddenSize: 7, spare: 0),
    AttentionScenario(batchSize: 3, queryStepCount: 4, keyStepCount: 5, hiddenSize: 16),
    AttentionScenario(batchSize: 5, queryStepCount: 1, keyStepCount: 17, hiddenSize: 17, margin: 67),
    AttentionScenario(batchSize: 9, queryStepCount: 6, keyStepCount: 4, hiddenSize: 15, spare: 0),
    AttentionScenario(batchSize: 7, queryStepCount: 3, keyStepCount: 16, hiddenSize: 31, scale: 40),
    AttentionScenario(batchSize: 17, queryStepCount: 2, keyStepCount: 7, hiddenSize: 33, margin: 67),
    AttentionScenario(batchSize: 4, queryStepCount: 15, keyStepCount: 13, hiddenSize: 65),
    AttentionScenario(batchSize: 2, queryStepCount: 2, keyStepCount: 300, hiddenSize: 63, spare: 0),
    AttentionScenario(batchSize: 33, queryStepCount: 1, keyStepCount: 31, hiddenSize: 129),
    AttentionScenario(batchSize: 65, queryStepCount: 20, keyStepCount: 30, hiddenSize: 128),
    AttentionScenario(batchSize: 128, queryStepCount: 1, keyStepCount: 75, hiddenSize: 256, margin: 67),
  ]

  private static func attentionForward(_ scenario: AttentionScenario) -> OperationCase {
    OperationCase(
      operation: "attentionForward", label: scenario.label, isSmall: scenario.cost < smallCost / 4
    ) { trial in
      trial.margin = scenario.margin
      let data = AttentionData(scenario)
      let (h, queryCount) = (scenario.hiddenSize, data.queryLayout.tokenCount)
      let (trace, stride) = (try trial.trace(scenario, for: data), scenario.keyStepCount + scenario.spare)
      try trial.backend.attentionForward(
        queries: try trial.input("queries", data.queries, room: scenario.room), queryLayout: data.queryLayout,
        keys: try trial.input("keys", data.keys, room: scenario.room), keyLayout: data.keyLayout, trace: trace)
      trial.expect(
        trace.queryLayout == data.queryLayout && trace.keyLayout == data.keyLayout, "the trace has other layouts")
      lazy var expected = Reference.attentionForward(
        queries: data.queries.wide, queryLayout: data.queryLayout, keys: data.keys.wide, keyLayout: data.keyLayout,
        hiddenSize: h)
      let tolerance: Tolerance = scenario.scale == 1 ? .attentionForward : .extremeLogits
      try trial.expect("contexts", trace.contexts[0..<queryCount * h], within: tolerance, equals: expected.contexts)
      try trial.expect(
        "weights", trace.weights[0..<queryCount * stride], within: tolerance,
        equals: expected.weights.flatMap {
          $0 + [Double](repeating: Double(Trial.sentinel), count: stride - $0.count)
        })
    }
  }

  private static func attentionBackward(_ scenario: AttentionScenario) -> OperationCase {
    OperationCase(
      operation: "attentionBackward", label: scenario.label, isSmall: scenario.cost < smallCost / 8
    ) { trial in
      trial.margin = scenario.margin
      let data = AttentionData(scenario)
      let trace = try trial.trace(scenario, for: data)
      let queries = try trial.input("queries", data.queries, room: scenario.room)
      let keys = try trial.input("keys", data.keys, room: scenario.room)
      try trial.backend.attentionForward(
        queries: queries, queryLayout: data.queryLayout, keys: keys, keyLayout: data.keyLayout, trace: trace)
      let queryGradient = try trial.output("queryGradient", count: data.queries.count, room: scenario.room)
      let keyGradient = try trial.output("keyGradient", count: data.keys.count, room: scenario.room)
      try trial.backend.attentionBackward(
        trace: trace, queries: queries, keys: keys,
        contextGradient: try trial.input("contextGradient", data.contextGradient, room: scenario.room),
        queryGradient: queryGradient, keyGradient: keyGradient)
      lazy var expected = Reference.attentionBackward(
        queries: data.queries.wide, queryLayout: data.queryLayout, keys: data.keys.wide, keyLayout: data.keyLayout,
        hiddenSize: scenario.hiddenSize, contextGradient: data.contextGradient.wide)
      let tolerance: Tolerance = scenario.scale == 1 ? .attentionBackward : .extremeLogits
      try trial.expect(
        "queryGradient", queryGradient[0..<data.queries.count], within: tolerance, equals: expected.queries)
      try trial.expect("keyGradient", keyGradient[0..<data.keys.count], within: tolerance, equals: expected.keys)
    }
  }
}

extension Trial {
  /// A trace whose contents no result may depend on.
  fileprivate func trace(_ scenario: AttentionScenario, for data: AttentionData) throws -> AttentionTrace {
    let (h, queryCount) = (scenario.hiddenSize, data.queryLayout.tokenCount)
    let trace = try AttentionTrace(
      hiddenSize: h, queryCapacity: queryCount + scenario.spare,
      keyStepCapacity: scenario.keyStepCount + scenario.spare, backend: backend)
    try spoil("contexts", trace.contexts, usedCount: queryCount * h)
    try spoil("weights", trace.weights, usedCount: queryCount * trace.keyStepCapacity)
    return trace
  }
}
