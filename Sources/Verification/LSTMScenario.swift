internal import Compute
internal import Sequences

/// One LSTM layer and one batch with all its data: sizes, which optional operands are given, and how memory lies.
struct LSTMScenario: Sendable {
  var batchSize: Int
  var stepCount: Int
  var inputSize: Int
  var hiddenSize: Int
  /// Lengths drawn from 1…stepCount instead of all equal.
  var ragged = false
  /// These lengths instead of drawn ones.
  var fixedLengths: [Int]?
  var initialState = false
  var hiddenGradient = true
  var finalStateGradient = false
  var inputGradient = false
  var initialStateGradient = false
  /// Elements before each slice, see `Trial.margin`.
  var margin = 64
  /// Tokens and sequences that the trace could hold beyond the batch.
  var spare = 3
  /// Elements of batch-sized tensors beyond the batch.
  var room: Int { 5 * spare }
  /// Weights are normal with this over the root of the operand size; large ones saturate the gates.
  var weightScale = 1.5
  var seed: UInt64 = 1

  var shape: LSTMShape { LSTMShape(inputSize: inputSize, hiddenSize: hiddenSize) }

  /// Sizes and the options that matter for both passes.
  var forwardLabel: String {
    "B\(batchSize) T\(stepCount) F\(inputSize) H\(hiddenSize)"
      + (fixedLengths.map { " lengths \($0)" } ?? (ragged ? " ragged" : "")) + (initialState ? " h0" : "")
      + (weightScale > 10 ? " saturated" : "") + (margin == 64 ? "" : " offset \(margin)")
      + (spare == 0 ? " full" : "")
  }

  var backwardLabel: String {
    let given = (hiddenGradient ? " dh" : "") + (finalStateGradient ? " dS" : "")
    let wanted = (inputGradient ? " dx" : "") + (initialStateGradient ? " dS0" : "")
    return "\(forwardLabel), from\(given.isEmpty ? " nothing" : given) to dW\(wanted)"
  }

  /// Multiplications of one forward pass if all sequences are as long as the longest.
  var cost: Int { batchSize * stepCount * shape.parameterCount }

  var layout: PackedLayout {
    var data = TestData(seed: seed << 8)
    if let fixedLengths { return PackedLayout(lengths: fixedLengths) }
    let equal = [Int](repeating: stepCount, count: batchSize)
    return PackedLayout(lengths: ragged ? data.lengths(batchSize: batchSize, stepCount: stepCount) : equal)
  }
}

/// Everything that the two passes of one scenario are given.
struct LSTMData {
  struct State {
    let hidden: [Float]
    let cell: [Float]

    var wide: Reference.State { Reference.State(hidden: hidden.wide, cell: cell.wide) }
  }
  let shape: LSTMShape
  let layout: PackedLayout
  let parameters: [Float]
  let inputs: [Float]
  let initialState: State?
  let hiddenGradient: [Float]?
  let finalStateGradient: State?

  init(_ scenario: LSTMScenario) {
    var data = TestData(seed: scenario.seed)
    shape = scenario.shape
    layout = scenario.layout
    let stateCount = layout.batchSize * shape.hiddenSize
    let deviation = scenario.weightScale / Double(shape.operandSize).squareRoot()
    parameters = data.normal(shape.parameterCount, deviation: deviation)
    inputs = data.normal(layout.tokenCount * shape.inputSize)
    let initial = State(hidden: data.normal(stateCount, deviation: 0.5), cell: data.normal(stateCount))
    initialState = scenario.initialState ? initial : nil
    let hidden = data.normal(layout.tokenCount * shape.hiddenSize)
    hiddenGradient = scenario.hiddenGradient ? hidden : nil
    let final = State(hidden: data.normal(stateCount), cell: data.normal(stateCount))
    finalStateGradient = scenario.finalStateGradient ? final : nil
  }

  func reference(parameters other: [Double]? = nil) -> Reference.LSTMActivations {
    Reference.lstmForward(
      inputs: inputs.wide, layout: layout, initialState: initialState?.wide, parameters: other ?? parameters.wide,
      shape: shape)
  }

  func referenceGradients(of activations: Reference.LSTMActivations) -> Reference.LSTMGradients {
    Reference.lstmBackward(
      inputs: inputs.wide, layout: layout, initialState: initialState?.wide, parameters: parameters.wide, shape: shape,
      activations: activations, hiddenGradient: hiddenGradient?.wide, finalStateGradient: finalStateGradient?.wide)
  }
}

extension Trial {
  func input(_ name: String, _ state: LSTMData.State, room: Int = 0) throws -> LSTMState {
    LSTMState(
      hidden: try input("\(name).hidden", state.hidden, room: room),
      cell: try input("\(name).cell", state.cell, room: room))
  }

  func outputState(_ name: String, count: Int, room: Int = 0) throws -> LSTMState {
    LSTMState(
      hidden: try output("\(name).hidden", count: count, room: room),
      cell: try output("\(name).cell", count: count, room: room))
  }

  /// A trace with sentinels everywhere but in the operands, whose padding columns a backend may count on as zeros.
  func trace(_ scenario: LSTMScenario, for layout: PackedLayout) throws -> LSTMTrace {
    let shape = scenario.shape
    let trace = try LSTMTrace(
      shape: shape, tokenCapacity: layout.tokenCount + scenario.spare,
      batchCapacity: layout.batchSize + scenario.spare, backend: backend)
    try spoil("gates", trace.gates, usedCount: layout.tokenCount * shape.gateCount)
    try spoil("cellStates", trace.cellStates, usedCount: layout.tokenCount * shape.hiddenSize)
    try spoil("hiddenStates", trace.hiddenStates, usedCount: layout.tokenCount * shape.hiddenSize)
    try spoil("finalState.hidden", trace.finalState.hidden, usedCount: layout.batchSize * shape.hiddenSize)
    try spoil("finalState.cell", trace.finalState.cell, usedCount: layout.batchSize * shape.hiddenSize)
    return trace
  }

  /// Compares everything that a forward pass leaves in its trace.
  func expect(
    _ trace: LSTMTrace, holds layout: PackedLayout, equals expected: @autoclosure () -> Reference.LSTMActivations
  )
    throws
  {
    lazy var activations = expected()
    let (tokens, units) = (layout.tokenCount, trace.shape.hiddenSize)
    let stateCount = layout.batchSize * units
    expect(trace.layout == layout, "trace.layout is not that of the batch")
    try expect(
      "gates", trace.gates[0..<tokens * 4 * units], within: .lstmForward, equals: activations.gates)
    try expect(
      "cellStates", trace.cellStates[0..<tokens * units], within: .lstmForward, equals: activations.cellStates)
    try expect(
      "hiddenStates", trace.hiddenStates[0..<tokens * units], within: .lstmForward, equals: activations.hiddenStates)
    try expect(
      "finalState.hidden", trace.finalState.hidden[0..<stateCount], within: .lstmForward,
      equals: activations.finalState.hidden)
    try expect(
      "finalState.cell", trace.finalState.cell[0..<stateCount], within: .lstmForward,
      equals: activations.finalState.cell)
  }
}
