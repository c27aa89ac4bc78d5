internal import CMicroKernels
internal import Sequences

extension CPUBackend {
  package func denseForward(inputs: Tensor, rowCount: Int, parameters: DenseParameters, outputs: Tensor) throws {
    requireDense("denseForward", inputs: inputs, outputs: outputs, rowCount: rowCount, parameters: parameters)
    let (width, bias, out) = (parameters.outputSize, parameters.bias.host, outputs.mutableHost)
    let isRelu = parameters.activation == .relu
    try multiplyRows(
      rowCount, inputs.host, inner: parameters.inputSize, matrix: parameters.kernel, columns: width, into: out
    ) { rows in
      for row in rows {
        let values = out + row * width
        if isRelu {
          for column in 0..<width {
            let value = values[column] + bias[column]
            values[column] = value < 0 ? 0 : value  // a NaN stays
          }
        } else {
          for column in 0..<width { values[column] += bias[column] }
        }
      }
    }
  }

  package func denseBackward(
    inputs: Tensor, outputs: Tensor, outputGradient: Tensor, rowCount: Int, parameters: DenseParameters,
    gradients: DenseParameters, inputGradient: Tensor?
  ) throws {
    requireDense(
      inputs: inputs, outputs: outputs, outputGradient: outputGradient, rowCount: rowCount, parameters: parameters,
      gradients: gradients, inputGradient: inputGradient)
    let (inner, width) = (parameters.inputSize, parameters.outputSize)
    if parameters.activation == .relu {
      let (out, gradient) = (outputs.host, outputGradient.mutableHost)
      forEachRun(of: rowCount * width, parts: workers(forNumbers: rowCount * width)) { _, range in
        for index in range { gradient[index] = out[index] <= 0 ? 0 : gradient[index] }
      }
    }
    let gradient = outputGradient.host
    try multiplyOverTokens(
      rowCount, left: inputs.host, leftStride: inner, m: inner, right: gradient, n: width,
      into: gradients.kernel.mutableHost)
    sumColumns(gradient, rowCount: rowCount, columns: width, into: gradients.bias.mutableHost)
    if let inputGradient {
      try multiplyRows(
        rowCount, gradient, inner: width, matrix: parameters.kernel, columns: inner, transposed: true,
        into: inputGradient.mutableHost)
    }
  }

  package func dropout(_ values: Tensor, count: Int, mask: DropoutMask, into result: Tensor) throws {
    requireDropout(values, count: count, into: result)
    drop(values.host, count: count, mask: mask, scale: mask.scale, into: result.mutableHost)
  }

  package func add(_ values: Tensor, times factor: Float, to sum: Tensor) throws {
    requireAdd(values, to: sum)
    let (values, target) = (values.host, sum.mutableHost)
    forEachRun(of: sum.count, parts: workers(forNumbers: sum.count)) { _, range in
      for index in range { target[index] += factor * values[index] }
    }
  }

  /// result[i] ← scale·values[i], or 0 where the mask drops i.
  /// - Parameter values: nil for ones.
  func drop(
    _ values: UnsafePointer<Float>?, count: Int, mask: DropoutMask, scale: Float,
    into result: UnsafeMutablePointer<Float>
  ) {
    let (stream, blocks) = (mask.stream, (count + 3) / 4)
    forEachRun(of: blocks, parts: workers(forNumbers: count)) { _, range in
      let (first, end) = (4 * range.lowerBound, min(count, 4 * range.upperBound))
      var dropout = SegueDropout(
        values: values.map { $0 + first }, result: result + first, count: end - first,
        firstBlock: UInt32(range.lowerBound), key: stream.key, stream: stream.stream, threshold: mask.threshold,
        scale: scale)
      kernels.pointee.dropout(&dropout)
    }
  }
}
