import Compute

extension FaultyBackend {
  func denseForward(inputs: Tensor, rowCount: Int, parameters: DenseParameters, outputs: Tensor) throws {
    try run(
      "denseForward", inputs: [inputs, parameters.kernel, parameters.bias],
      results: [outputs[0..<rowCount * parameters.outputSize]]
    ) {
      try inner.denseForward(inputs: inputs, rowCount: rowCount, parameters: parameters, outputs: outputs)
    }
  }

  func denseBackward(
    inputs: Tensor, outputs: Tensor, outputGradient: Tensor, rowCount: Int, parameters: DenseParameters,
    gradients: DenseParameters, inputGradient: Tensor?
  ) throws {
    let results = [
      gradients.kernel, gradients.bias, outputGradient[0..<rowCount * parameters.outputSize],
      inputGradient?[0..<rowCount * parameters.inputSize],
    ]
    try run("denseBackward", inputs: [inputs, outputs, parameters.kernel], results: results) {
      try inner.denseBackward(
        inputs: inputs, outputs: outputs, outputGradient: outputGradient, rowCount: rowCount, parameters: parameters,
        gradients: gradients, inputGradient: inputGradient)
    }
  }

  func dropout(_ values: Tensor, count: Int, mask: DropoutMask, into result: Tensor) throws {
    try run("dropout", inputs: [values], results: [result[0..<count]]) {
      try inner.dropout(values, count: count, mask: mask, into: result)
    }
  }

  func add(_ values: Tensor, times factor: Float, to sum: Tensor) throws {
    try run("add", inputs: [values], results: [sum]) { try inner.add(values, times: factor, to: sum) }
  }
}
