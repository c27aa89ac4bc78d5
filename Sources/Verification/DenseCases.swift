internal import Compute

/// A dense layer over some rows.
private struct DenseScenario: Sendable {
  var rowCount, inputSize, outputSize: Int
  var activation: DenseParameters.Activation
  var wantsInputGradient: Bool
  var margin: Int
  /// Elements of row-sized tensors beyond the rows.
  var room: Int { margin == 64 ? 0 : 35 }

  var label: String {
    "N\(rowCount) F\(inputSize) O\(outputSize) \(activation.rawValue)"
      + (wantsInputGradient ? "" : " no input gradient")
      + (margin == 64 ? "" : " offset \(margin)")
  }
}

/// Everything that the layer is given.
private struct DenseData {
  let inputs: [Float]  // (N, F)
  let kernel: [Float]  // (F, O)
  let bias: [Float]  // (O)
  /// As from a forward pass with ReLU: half of them 0. (N, O)
  let outputs: [Float]
  let outputGradient: [Float]  // (N, O)

  init(_ scenario: DenseScenario) {
    var data = TestData(seed: 43)
    let count = scenario.rowCount * scenario.outputSize
    inputs = data.normal(scenario.rowCount * scenario.inputSize)
    kernel = data.normal(
      scenario.inputSize * scenario.outputSize, deviation: 1 / Double(scenario.inputSize).squareRoot())
    bias = data.normal(scenario.outputSize)
    outputs = data.normal(count).map { max(0, $0) }
    outputGradient = data.normal(count)
  }
}

extension OperationCase {
  /// Dense layers: sizes around the tiles of the products, with and without what is optional.
  static let denseCases: [OperationCase] =
    [
      (0, 3, 5), (1, 1, 1), (2, 7, 16), (5, 16, 1), (7, 17, 33), (63, 31, 64), (64, 33, 65), (65, 64, 63), (13, 65, 7),
      (97, 32, 17), (257, 3, 31), (1409, 256, 128),
    ]
    .enumerated().flatMap { index, size in
      let scenario = DenseScenario(
        rowCount: size.0, inputSize: size.1, outputSize: size.2, activation: index % 2 == 0 ? .linear : .relu,
        wantsInputGradient: index % 3 != 1, margin: index % 4 < 2 ? 64 : 67)
      var other = scenario
      other.activation = index % 2 == 0 ? .relu : .linear
      return [denseForward(scenario), denseForward(other), denseBackward(scenario), denseBackward(other)]
    }

  private static func denseForward(_ scenario: DenseScenario) -> OperationCase {
    denseCase("denseForward", scenario) { trial, data, parameters in
      let outputs = try trial.output("outputs", count: data.outputs.count, room: scenario.room)
      try trial.backend.denseForward(
        inputs: try trial.input("inputs", data.inputs, room: scenario.room), rowCount: scenario.rowCount,
        parameters: parameters, outputs: outputs)
      try trial.expect(
        "outputs", outputs[0..<data.outputs.count], within: .denseForward,
        equals: Reference.denseForward(
          inputs: data.inputs.wide, rowCount: scenario.rowCount, kernel: data.kernel.wide, bias: data.bias.wide,
          activation: scenario.activation))
    }
  }

  private static func denseBackward(_ scenario: DenseScenario) -> OperationCase {
    denseCase("denseBackward", scenario) { trial, data, parameters in
      let gradients = DenseParameters(
        kernel: try trial.output("kernel gradient", count: data.kernel.count),
        bias: try trial.output("bias gradient", count: data.bias.count), activation: scenario.activation)
      let outputGradient = try trial.inOut("outputGradient", data.outputGradient)
      let inputGradient =
        scenario.wantsInputGradient
        ? try trial.output("inputGradient", count: data.inputs.count, room: scenario.room) : nil
      try trial.backend.denseBackward(
        inputs: try trial.input("inputs", data.inputs, room: scenario.room),
        outputs: try trial.input("outputs", data.outputs, room: scenario.room), outputGradient: outputGradient,
        rowCount: scenario.rowCount, parameters: parameters, gradients: gradients, inputGradient: inputGradient)
      lazy var expected = Reference.denseBackward(
        inputs: data.inputs.wide, outputs: data.outputs.wide, outputGradient: data.outputGradient.wide,
        rowCount: scenario.rowCount, kernel: data.kernel.wide, outputSize: scenario.outputSize,
        activation: scenario.activation)
      try trial.expect("outputGradient", outputGradient, within: .exact, equals: expected.preActivations)
      try trial.expect("kernel gradient", gradients.kernel, within: .denseBackward, equals: expected.kernel)
      try trial.expect("bias gradient", gradients.bias, within: .denseBackward, equals: expected.bias)
      if let inputGradient {
        try trial.expect(
          "inputGradient", inputGradient[0..<data.inputs.count], within: .denseBackward, equals: expected.inputs)
      }
    }
  }

  private static func denseCase(
    _ operation: String, _ scenario: DenseScenario,
    body: @escaping @Sendable (Trial, DenseData, DenseParameters) throws -> Void
  ) -> OperationCase {
    let cost = scenario.rowCount * scenario.inputSize * scenario.outputSize
    return OperationCase(operation: operation, label: scenario.label, isSmall: cost <= smallCost / 2) { trial in
      trial.margin = scenario.margin
      let data = DenseData(scenario)
      let parameters = DenseParameters(
        kernel: try trial.input("kernel", data.kernel), bias: try trial.input("bias", data.bias),
        activation: scenario.activation)
      try body(trial, data, parameters)
    }
  }
}
