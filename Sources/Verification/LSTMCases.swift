internal import Compute
internal import Sequences

extension OperationCase {
  /// Both passes of one layer over one batch, in every size and with every option.
  static let lstmCases: [OperationCase] = lstmScenarios.flatMap { [forward($0), backward($0)] } + lstmOptionCases

  /// Sizes: 1, odd, prime, tile ± 1 for tiles of 6, 16, 32 and 64, and the real one.
  private static let lstmScenarios: [LSTMScenario] = [
    LSTMScenario(batchSize: 1, stepCount: 1, inputSize: 1, hiddenSize: 1, spare: 0),
    LSTMScenario(batchSize: 1, stepCount: 17, inputSize: 1, hiddenSize: 1, initialState: true, margin: 67),
    LSTMScenario(batchSize: 13, stepCount: 1, inputSize: 6, hiddenSize: 2, initialState: true, inputGradient: true),
    LSTMScenario(batchSize: 33, stepCount: 2, inputSize: 3, hiddenSize: 5, ragged: true, inputGradient: true),
    LSTMScenario(batchSize: 3, stepCount: 2, inputSize: 5, hiddenSize: 65, ragged: true, initialState: true),
    LSTMScenario(batchSize: 7, stepCount: 3, inputSize: 33, hiddenSize: 33, inputGradient: true, margin: 67),
    LSTMScenario(batchSize: 2, stepCount: 3, inputSize: 3, hiddenSize: 7, ragged: true, initialState: true),
    LSTMScenario(batchSize: 5, stepCount: 2, inputSize: 29, hiddenSize: 16, inputGradient: true, margin: 67),
    LSTMScenario(batchSize: 6, stepCount: 3, inputSize: 16, hiddenSize: 15, ragged: true, finalStateGradient: true),
    LSTMScenario(
      batchSize: 7, stepCount: 3, inputSize: 5, hiddenSize: 17, ragged: true, initialState: true,
      initialStateGradient: true, margin: 67, spare: 0),
    LSTMScenario(
      batchSize: 5, stepCount: 17, inputSize: 2, hiddenSize: 1, fixedLengths: [1, 1, 17, 1, 1],
      finalStateGradient: true, inputGradient: true),
    LSTMScenario(
      batchSize: 6, stepCount: 6, inputSize: 4, hiddenSize: 3, fixedLengths: [1, 2, 3, 4, 5, 6], initialState: true,
      finalStateGradient: true, inputGradient: true, initialStateGradient: true, margin: 67),
    LSTMScenario(
      batchSize: 7, stepCount: 4, inputSize: 4, hiddenSize: 5, fixedLengths: [2, 4, 2, 4, 1, 4, 2],
      initialState: true, finalStateGradient: true, inputGradient: true, initialStateGradient: true),
    LSTMScenario(
      batchSize: 5, stepCount: 5, inputSize: 8, hiddenSize: 8, ragged: true, initialState: true, inputGradient: true,
      weightScale: 40),
    LSTMScenario(
      batchSize: 13, stepCount: 17, inputSize: 2, hiddenSize: 31, ragged: true, initialState: true,
      finalStateGradient: true, inputGradient: true, initialStateGradient: true),
    LSTMScenario(batchSize: 31, stepCount: 3, inputSize: 17, hiddenSize: 32, inputGradient: true, margin: 67),
    LSTMScenario(
      batchSize: 32, stepCount: 3, inputSize: 29, hiddenSize: 33, ragged: true, initialState: true,
      initialStateGradient: true),
    LSTMScenario(
      batchSize: 33, stepCount: 5, inputSize: 29, hiddenSize: 64, ragged: true, initialState: true,
      finalStateGradient: true, inputGradient: true, initialStateGradient: true, margin: 67),
    LSTMScenario(
      batchSize: 16, stepCount: 2, inputSize: 64, hiddenSize: 63, finalStateGradient: true, inputGradient: true),
    LSTMScenario(
      batchSize: 17, stepCount: 3, inputSize: 31, hiddenSize: 65, ragged: true, initialState: true,
      inputGradient: true, margin: 67),
    LSTMScenario(batchSize: 64, stepCount: 2, inputSize: 33, hiddenSize: 48, ragged: true, inputGradient: true),
    LSTMScenario(batchSize: 65, stepCount: 2, inputSize: 15, hiddenSize: 96, ragged: true, finalStateGradient: true),
    LSTMScenario(
      batchSize: 3, stepCount: 4, inputSize: 256, hiddenSize: 128, ragged: true, initialState: true,
      inputGradient: true, initialStateGradient: true),
    LSTMScenario(batchSize: 1, stepCount: 17, inputSize: 29, hiddenSize: 256, finalStateGradient: true),
    LSTMScenario(
      batchSize: 2, stepCount: 3, inputSize: 29, hiddenSize: 257, ragged: true, initialState: true,
      inputGradient: true, initialStateGradient: true, margin: 67),
    // The model's own sizes: encoder, then decoder.
    LSTMScenario(
      batchSize: 32, stepCount: 40, inputSize: 29, hiddenSize: 256, ragged: true, hiddenGradient: false,
      finalStateGradient: true),
    LSTMScenario(
      batchSize: 32, stepCount: 40, inputSize: 29, hiddenSize: 256, ragged: true, initialState: true,
      initialStateGradient: true, spare: 0),
    LSTMScenario(
      batchSize: 32, stepCount: 24, inputSize: 29, hiddenSize: 256, initialState: true, inputGradient: true,
      initialStateGradient: true, margin: 67),
    // Above 2²⁰ gates: more than fits caches, and more than 384 tokens in each of two shards. 264 is a multiple of 8 only.
    LSTMScenario(batchSize: 32, stepCount: 33, inputSize: 29, hiddenSize: 256, inputGradient: true),
    LSTMScenario(batchSize: 32, stepCount: 33, inputSize: 29, hiddenSize: 264, inputGradient: true, margin: 67),
  ]

  /// Every combination of what the backward pass may be given and asked for.
  private static let lstmOptionCases: [OperationCase] = (UInt64(0)..<32).map { bits in
    var scenario = LSTMScenario(
      batchSize: 5, stepCount: 3, inputSize: 6, hiddenSize: 7, ragged: true, seed: 100 + bits)
    scenario.initialState = bits & 1 != 0
    scenario.hiddenGradient = bits & 2 != 0
    scenario.finalStateGradient = bits & 4 != 0
    scenario.inputGradient = bits & 8 != 0
    scenario.initialStateGradient = bits & 16 != 0
    return backward(scenario)
  }

  /// Both passes with all options at any size, for what is compiled for that size only.
  package static func lstmLayer(hiddenSize: Int, batchSize: Int) -> [OperationCase] {
    let scenario = LSTMScenario(
      batchSize: batchSize, stepCount: 5, inputSize: 5, hiddenSize: hiddenSize, ragged: true, initialState: true,
      finalStateGradient: true, inputGradient: true, initialStateGradient: true)
    return [forward(scenario), backward(scenario)]
  }

  /// Above this many multiplications a case is not for an interpreter.
  static let smallCost = 400_000

  private static func forward(_ scenario: LSTMScenario) -> OperationCase {
    OperationCase(
      operation: "lstmForward", label: scenario.forwardLabel, isSmall: scenario.cost <= smallCost
    ) { trial in
      trial.margin = scenario.margin
      let data = LSTMData(scenario)
      let trace = try trial.trace(scenario, for: data.layout)
      try trial.backend.lstmForward(
        inputs: try trial.input("inputs", data.inputs, room: scenario.room), layout: data.layout,
        initialState: try data.initialState.map { try trial.input("initialState", $0, room: scenario.room) },
        parameters: LSTMParameters(shape: data.shape, matrix: try trial.input("parameters", data.parameters)),
        trace: trace)
      try trial.expect(trace, holds: data.layout, equals: data.reference())
    }
  }

  private static func backward(_ scenario: LSTMScenario) -> OperationCase {
    OperationCase(
      operation: "lstmBackward", label: scenario.backwardLabel, isSmall: scenario.cost <= smallCost / 2
    ) { trial in
      trial.margin = scenario.margin
      let data = LSTMData(scenario)
      let (shape, layout) = (data.shape, data.layout)
      let trace = try trial.trace(scenario, for: layout)
      let parameters = LSTMParameters(shape: shape, matrix: try trial.input("parameters", data.parameters))
      try trial.backend.lstmForward(
        inputs: try trial.input("inputs", data.inputs, room: scenario.room), layout: layout,
        initialState: try data.initialState.map { try trial.input("initialState", $0, room: scenario.room) },
        parameters: parameters,
        trace: trace)
      let gradients = LSTMParameters(
        shape: shape, matrix: try trial.output("gradients", count: shape.parameterCount))
      let initialStateGradient =
        scenario.initialStateGradient
        ? try trial.outputState("initialStateGradient", count: layout.batchSize * shape.hiddenSize, room: scenario.room)
        : nil
      let inputGradient =
        scenario.inputGradient
        ? try trial.output("inputGradient", count: layout.tokenCount * shape.inputSize, room: scenario.room) : nil
      try trial.backend.lstmBackward(
        trace: trace, parameters: parameters,
        hiddenGradient: try data.hiddenGradient.map { try trial.input("hiddenGradient", $0, room: scenario.room) },
        finalStateGradient: try data.finalStateGradient.map {
          try trial.input("finalStateGradient", $0, room: scenario.room)
        },
        gradients: gradients, initialStateGradient: initialStateGradient, inputGradient: inputGradient)
      try trial.expect(
        trace, gradients: gradients, initialState: initialStateGradient, inputs: inputGradient,
        equal: data.referenceGradients(of: data.reference()))
    }
  }
}

extension Trial {
  /// Compares everything that a backward pass gives.
  func expect(
    _ trace: LSTMTrace, gradients: LSTMParameters, initialState: LSTMState?, inputs: Tensor?,
    equal expected: @autoclosure () -> Reference.LSTMGradients
  ) throws {
    lazy var reference = expected()
    let states = 0..<trace.layout.batchSize * trace.shape.hiddenSize
    let tokens = trace.layout.tokenCount
    try expect("gradients", gradients.matrix, within: .lstmBackward, equals: reference.parameters)
    if let initialState {
      try expect(
        "initialStateGradient.hidden", initialState.hidden[states], within: .lstmBackward,
        equals: reference.initialState.hidden)
      try expect(
        "initialStateGradient.cell", initialState.cell[states], within: .lstmBackward,
        equals: reference.initialState.cell)
    }
    if let inputs {
      try expect(
        "inputGradient", inputs[0..<tokens * trace.shape.inputSize], within: .lstmBackward, equals: reference.inputs)
    }
    try expect(
      "gates (∂L/∂z)", trace.gates[0..<tokens * trace.shape.gateCount], within: .lstmBackward,
      equals: reference.preActivations)
  }
}
