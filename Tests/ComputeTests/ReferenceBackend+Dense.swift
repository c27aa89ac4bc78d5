import Compute
import Verification

extension ReferenceBackend {
  func denseForward(inputs: Tensor, rowCount: Int, parameters: DenseParameters, outputs: Tensor) throws {
    try write(
      Reference.denseForward(
        inputs: try wide(inputs, count: rowCount * parameters.inputSize), rowCount: rowCount,
        kernel: try wide(parameters.kernel), bias: try wide(parameters.bias), activation: parameters.activation),
      to: outputs)
  }

  func denseBackward(
    inputs: Tensor, outputs: Tensor, outputGradient: Tensor, rowCount: Int, parameters: DenseParameters,
    gradients: DenseParameters, inputGradient: Tensor?
  ) throws {
    let result = Reference.denseBackward(
      inputs: try wide(inputs, count: rowCount * parameters.inputSize),
      outputs: try wide(outputs, count: rowCount * parameters.outputSize),
      outputGradient: try wide(outputGradient, count: rowCount * parameters.outputSize), rowCount: rowCount,
      kernel: try wide(parameters.kernel), outputSize: parameters.outputSize, activation: parameters.activation)
    try write(result.preActivations, to: outputGradient)
    try write(result.kernel, to: gradients.kernel)
    try write(result.bias, to: gradients.bias)
    if let inputGradient { try write(result.inputs, to: inputGradient) }
  }

  func dropout(_ values: Tensor, count: Int, mask: DropoutMask, into result: Tensor) throws {
    try write(Reference.dropout(try wide(values, count: count), mask: mask), to: result)
  }

  func add(_ values: Tensor, times factor: Float, to sum: Tensor) throws {
    try write(Reference.add(try wide(values, count: sum.count), times: factor, to: try wide(sum)), to: sum)
  }
}
