internal import Sequences

/// `dense_forward` and the dense layers' products, `dropout` and `add`.
extension OpenCLBackend {
  package func denseForward(inputs: Tensor, rowCount: Int, parameters: DenseParameters, outputs: Tensor) throws {
    requireDense("denseForward", inputs: inputs, outputs: outputs, rowCount: rowCount, parameters: parameters)
    let (inner, width) = (parameters.inputSize, parameters.outputSize)
    try multiply(
      Matrix(tensor: inputs, stride: inner), Matrix(tensor: parameters.kernel, stride: width),
      into: Matrix(tensor: outputs, stride: width), m: rowCount, n: width, k: inner)
    let kernel = try kernel("dense_forward")
    try kernel.set(
      .output(outputs), .input(parameters.bias), .uint(rowCount), .uint(width), .flag(parameters.activation == .relu))
    try launch(kernel, rows: rowCount)
    try queue.flush()
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
      let kernel = try kernel("relu_backward")
      try kernel.set(.input(outputs), .output(outputGradient), .ulong(rowCount * width))
      try queue.launch(kernel, columns: rowCount * width)
    }
    let gradient = Matrix(tensor: outputGradient, stride: width)
    try multiply(
      Matrix(tensor: inputs, stride: inner), gradient, into: Matrix(tensor: gradients.kernel, stride: width),
      m: inner, n: width, k: rowCount, transposing: .left)
    try sumColumns(outputGradient, m: rowCount, n: width, into: gradients.bias)
    if let inputGradient {
      try multiply(
        gradient, Matrix(tensor: parameters.kernel, stride: width), into: Matrix(tensor: inputGradient, stride: inner),
        m: rowCount, n: inner, k: width, transposing: .right)
    }
    try queue.flush()
  }

  package func dropout(_ values: Tensor, count: Int, mask: DropoutMask, into result: Tensor) throws {
    requireDropout(values, count: count, into: result)
    let kernel = try kernel("dropout")
    try kernel.set(
      .input(values), .output(result), .ulong(count), .stream(mask.stream), .uint(Int(mask.threshold)),
      .float(mask.scale))
    try queue.launch(kernel, columns: count.divided(roundingUpBy: 4))
    try queue.flush()
  }

  package func add(_ values: Tensor, times factor: Float, to sum: Tensor) throws {
    requireAdd(values, to: sum)
    let kernel = try kernel("add")
    try kernel.set(.input(values), .output(sum), .ulong(sum.count), .float(factor))
    try queue.launch(kernel, columns: sum.count)
    try queue.flush()
  }

  /// Runs a kernel whose work-groups step along rows (`COPY_KERNEL`).
  func launch(_ kernel: OpenCLKernel, rows: Int) throws(ComputeError) {
    try queue.launch(kernel, groups: (rows.divided(roundingUpBy: kernel.groupSize.1), 1, 1))
  }
}

extension KernelArgument {
  /// As `philox_block` takes a stream.
  static func stream(_ random: Philox) -> KernelArgument {
    .uint4(random.stream.0, random.stream.1, random.key.0, random.key.1)
  }
}
