internal import Compute
internal import Sequences

extension OperationCase {
  /// Several operations after each other on the same tensors, as a trainer calls them: nothing of an earlier batch or
  /// of earlier weights may be left in a later result.
  static let lstmSequenceCases: [OperationCase] = [
    sharedTrace(hiddenSize: 7, margin: 64), sharedTrace(hiddenSize: 16, margin: 67),
    sharedTrace(hiddenSize: 64, margin: 64), changedWeights(hiddenSize: 7), changedWeights(hiddenSize: 64),
    encoderDecoder(hiddenSize: 7, batchSize: 5), encoderDecoder(hiddenSize: 17, batchSize: 13),
    encoderDecoder(hiddenSize: 256, batchSize: 32), twoLayers(hiddenSize: 9), twoLayers(hiddenSize: 65),
  ]

  /// A large batch, a small one and a middling one through one trace, each forward and backward.
  private static func sharedTrace(hiddenSize: Int, margin: Int) -> OperationCase {
    let scenarios = [(7, 6), (2, 3), (5, 4)].enumerated().map { index, size in
      LSTMScenario(
        batchSize: size.0, stepCount: size.1, inputSize: 5, hiddenSize: hiddenSize, ragged: true,
        initialState: index != 1, finalStateGradient: index != 1, inputGradient: true, initialStateGradient: true,
        margin: margin, seed: 50 + UInt64(index))
    }
    return OperationCase(
      operation: "lstmBackward", label: "three batches through one trace, H\(hiddenSize) offset \(margin)",
      isSmall: hiddenSize < 32
    ) { trial in
      trial.margin = margin
      let trace = try trial.trace(scenarios[0], for: scenarios[0].layout)
      let shape = scenarios[0].shape
      for scenario in scenarios {
        let data = LSTMData(scenario)
        let parameters = LSTMParameters(shape: shape, matrix: try trial.input("parameters", data.parameters))
        let activations = data.reference()
        try trial.backend.lstmForward(
          inputs: try trial.input("inputs", data.inputs), layout: data.layout,
          initialState: try data.initialState.map { try trial.input("initialState", $0) }, parameters: parameters,
          trace: trace)
        try trial.expect(trace, holds: data.layout, equals: activations)
        let gradients = LSTMParameters(
          shape: shape, matrix: try trial.output("gradients", count: shape.parameterCount))
        let initial = try trial.outputState("initialStateGradient", count: data.layout.batchSize * hiddenSize)
        let inputs = try trial.output("inputGradient", count: data.inputs.count)
        try trial.backend.lstmBackward(
          trace: trace, parameters: parameters,
          hiddenGradient: try data.hiddenGradient.map { try trial.input("hiddenGradient", $0) },
          finalStateGradient: try data.finalStateGradient.map { try trial.input("finalStateGradient", $0) },
          gradients: gradients, initialStateGradient: initial, inputGradient: inputs)
        try trial.expect(
          trace, gradients: gradients, initialState: initial, inputs: inputs,
          equal: data.referenceGradients(of: activations))
      }
    }
  }

  /// The weights are part of a slab that is rewritten, filled, clipped or moved by RMSprop between forward passes:
  /// whatever a backend derived from them must follow.
  private static func changedWeights(hiddenSize: Int) -> OperationCase {
    let scenario = LSTMScenario(
      batchSize: 5, stepCount: 3, inputSize: 5, hiddenSize: hiddenSize, ragged: true, initialState: true, seed: 61)
    return OperationCase(
      operation: "lstmForward", label: "weights changed between batches, H\(hiddenSize)", isSmall: hiddenSize < 32
    ) { trial in
      let backend = trial.backend
      let data = LSTMData(scenario)
      var random = TestData(seed: 62)
      let slabCount = data.parameters.count + 10
      let slab = try trial.inOut("slab", random.normal(slabCount, deviation: 0.3))
      let view = slab[3..<3 + data.parameters.count]
      let trace = try trial.trace(scenario, for: data.layout)
      let inputs = try trial.input("inputs", data.inputs)
      let initialState = try data.initialState.map { try trial.input("initialState", $0) }
      let gradients = try trial.input("gradients", random.normal(slabCount))
      let meanSquares = try trial.inOut("meanSquares", random.uniform(slabCount))
      let values = random.normal(slabCount, deviation: 0.4)
      let changes: [() throws -> Void] = [
        {}, { try backend.write(values, to: slab) }, { try backend.write(data.parameters, to: view) },
        {
          try backend.rmspropUpdate(
            parameters: slab, gradients: gradients, meanSquares: meanSquares, settings: RMSprop(learningRate: 0.1))
        }, { try backend.clipByGlobalNorm(gradients: slab, maximum: 1) }, { try backend.fill(slab, with: 0.05) },
      ]
      for change in changes {
        try change()
        try backend.lstmForward(
          inputs: inputs, layout: data.layout, initialState: initialState,
          parameters: LSTMParameters(shape: data.shape, matrix: view), trace: trace)
        let weights = try backend.read(view).wide
        try trial.expect(trace, holds: data.layout, equals: data.reference(parameters: weights))
      }
    }
  }

  /// An encoder and a decoder with other lengths and other weights: the final state is handed over in batch order,
  /// and its gradient handed back; hidden gradients are given in a tensor as long as the trace's capacity.
  private static func encoderDecoder(hiddenSize: Int, batchSize: Int) -> OperationCase {
    let encoder = LSTMScenario(
      batchSize: batchSize, stepCount: 6, inputSize: 5, hiddenSize: hiddenSize, ragged: true, hiddenGradient: false,
      seed: 71)
    let decoder = LSTMScenario(
      batchSize: batchSize, stepCount: 4, inputSize: 3, hiddenSize: hiddenSize, ragged: true, seed: 72)
    return OperationCase(
      operation: "lstmBackward", label: "encoder and decoder, B\(batchSize) H\(hiddenSize)", isSmall: hiddenSize < 32
    ) { trial in
      let backend = trial.backend
      let (first, second) = (LSTMData(encoder), LSTMData(decoder))
      let traces = [try trial.trace(encoder, for: first.layout), try trial.trace(decoder, for: second.layout)]
      let parameters = [
        LSTMParameters(shape: first.shape, matrix: try trial.input("encoder", first.parameters)),
        LSTMParameters(shape: second.shape, matrix: try trial.input("decoder", second.parameters)),
      ]
      let gradients = try parameters.map {
        LSTMParameters(shape: $0.shape, matrix: try trial.output("gradients", count: $0.shape.parameterCount))
      }
      let handedOver = try trial.outputState("handed back", count: batchSize * hiddenSize)
      let hiddenGradient = try second.hiddenGradient.map {
        try trial.input("hiddenGradient", $0, room: 3 * hiddenSize)
      }
      try backend.lstmForward(
        inputs: try trial.input("encoder inputs", first.inputs), layout: first.layout, initialState: nil,
        parameters: parameters[0], trace: traces[0])
      let final = traces[0].finalState
      let batch = 0..<batchSize * hiddenSize
      try backend.lstmForward(
        inputs: try trial.input("decoder inputs", second.inputs), layout: second.layout,
        initialState: LSTMState(hidden: final.hidden[batch], cell: final.cell[batch]), parameters: parameters[1],
        trace: traces[1])

      lazy var encoded = first.reference()
      lazy var decoded = Reference.lstmForward(
        inputs: second.inputs.wide, layout: second.layout, initialState: encoded.finalState,
        parameters: second.parameters.wide, shape: second.shape)
      try trial.expect(traces[0], holds: first.layout, equals: encoded)
      try trial.expect(traces[1], holds: second.layout, equals: decoded)

      try backend.lstmBackward(
        trace: traces[1], parameters: parameters[1], hiddenGradient: hiddenGradient, finalStateGradient: nil,
        gradients: gradients[1], initialStateGradient: handedOver, inputGradient: nil)
      try backend.lstmBackward(
        trace: traces[0], parameters: parameters[0], hiddenGradient: nil, finalStateGradient: handedOver,
        gradients: gradients[0], initialStateGradient: nil, inputGradient: nil)

      lazy var decoderGradients = Reference.lstmBackward(
        inputs: second.inputs.wide, layout: second.layout, initialState: encoded.finalState,
        parameters: second.parameters.wide, shape: second.shape, activations: decoded,
        hiddenGradient: second.hiddenGradient?.wide, finalStateGradient: nil)
      lazy var encoderGradients = Reference.lstmBackward(
        inputs: first.inputs.wide, layout: first.layout, initialState: nil, parameters: first.parameters.wide,
        shape: first.shape, activations: encoded, hiddenGradient: nil,
        finalStateGradient: decoderGradients.initialState)
      try trial.expect(
        traces[1], gradients: gradients[1], initialState: handedOver, inputs: nil, equal: decoderGradients)
      try trial.expect(traces[0], gradients: gradients[0], initialState: nil, inputs: nil, equal: encoderGradients)
    }
  }

  /// A layer over the hidden states of another, whose gradients are the upper one's input gradients.
  private static func twoLayers(hiddenSize: Int) -> OperationCase {
    let lower = LSTMScenario(
      batchSize: 6, stepCount: 4, inputSize: 5, hiddenSize: hiddenSize, ragged: true, hiddenGradient: false, seed: 81)
    var upper = lower
    upper.inputSize = hiddenSize
    upper.hiddenGradient = true
    upper.fixedLengths = lower.layout.lengths
    let scenarios = [lower, upper]
    return OperationCase(operation: "lstmBackward", label: "two layers, H\(hiddenSize)", isSmall: hiddenSize < 32) {
      trial in
      let backend = trial.backend
      let data = scenarios.map { LSTMData($0) }
      let layout = data[0].layout
      let traces = try scenarios.map { try trial.trace($0, for: layout) }
      let parameters = try data.map {
        LSTMParameters(shape: $0.shape, matrix: try trial.input("parameters", $0.parameters))
      }
      let gradients = try data.map {
        LSTMParameters(shape: $0.shape, matrix: try trial.output("gradients", count: $0.shape.parameterCount))
      }
      try backend.lstmForward(
        inputs: try trial.input("inputs", data[0].inputs), layout: layout, initialState: nil,
        parameters: parameters[0], trace: traces[0])
      try backend.lstmForward(
        inputs: traces[0].hiddenStates, layout: layout, initialState: nil, parameters: parameters[1],
        trace: traces[1])
      lazy var below = data[0].reference()
      lazy var above = Reference.lstmForward(
        inputs: below.hiddenStates, layout: layout, initialState: nil, parameters: data[1].parameters.wide,
        shape: data[1].shape)
      try trial.expect(traces[0], holds: layout, equals: below)
      try trial.expect(traces[1], holds: layout, equals: above)

      let between = try trial.output("gradient between", count: layout.tokenCount * hiddenSize)
      try backend.lstmBackward(
        trace: traces[1], parameters: parameters[1],
        hiddenGradient: try data[1].hiddenGradient.map { try trial.input("hiddenGradient", $0) },
        finalStateGradient: nil, gradients: gradients[1], initialStateGradient: nil, inputGradient: between)
      try backend.lstmBackward(
        trace: traces[0], parameters: parameters[0], hiddenGradient: between, finalStateGradient: nil,
        gradients: gradients[0], initialStateGradient: nil, inputGradient: nil)

      lazy var aboveGradients = Reference.lstmBackward(
        inputs: below.hiddenStates, layout: layout, initialState: nil, parameters: data[1].parameters.wide,
        shape: data[1].shape, activations: above, hiddenGradient: data[1].hiddenGradient?.wide,
        finalStateGradient: nil)
      lazy var belowGradients = Reference.lstmBackward(
        inputs: data[0].inputs.wide, layout: layout, initialState: nil, parameters: data[0].parameters.wide,
        shape: data[0].shape, activations: below, hiddenGradient: aboveGradients.inputs, finalStateGradient: nil)
      try trial.expect(
        traces[1], gradients: gradients[1], initialState: nil, inputs: between, equal: aboveGradients)
      try trial.expect(traces[0], gradients: gradients[0], initialState: nil, inputs: nil, equal: belowGradients)
    }
  }
}
