/// `heads_forward`, `heads_loss` and the heads' backward products.
extension OpenCLBackend {
  package func headsForward(
    hidden: Tensor, tokenCount: Int, parameters: HeadsParameters, predictions: Tensor
  ) throws {
    require(hidden, tokenCount, parameters.hiddenSize, "headsForward: hidden")
    require(predictions, tokenCount, parameters.outputCount, "headsForward: predictions")
    try computeLogits(hidden: hidden, tokenCount: tokenCount, parameters: parameters, logits: predictions)
    let kernel = try kernel("heads_forward")
    try kernel.set(
      .output(predictions), .input(parameters.bias), .buffer(headDescriptions(parameters.heads)),
      .uint(parameters.outputCount), .uint(tokenCount))
    try queue.launch(kernel, columns: tokenCount, rows: parameters.heads.count)
    try queue.flush()
  }

  package func headsLoss(
    hidden: Tensor, tokenCount: Int, parameters: HeadsParameters, targets: HeadTargets, lossSums: Tensor,
    logitGradients: Tensor
  ) throws {
    let heads = parameters.heads
    let weightCount = heads.filter { $0.activation == .sigmoid }.reduce(0) { $0 + $1.columns.count }
    require(hidden, tokenCount, parameters.hiddenSize, "headsLoss: hidden")
    require(targets.values, tokenCount, parameters.outputCount, "headsLoss: targets")
    require(logitGradients, tokenCount, parameters.outputCount, "headsLoss: logitGradients")
    if let weights = targets.regressionWeights {
      require(weights, tokenCount, weightCount, "headsLoss: regressionWeights")
    }
    precondition(
      targets.denominators.count == heads.count && lossSums.count >= heads.count,
      "headsLoss: \(heads.count) heads, \(targets.denominators.count) denominators, \(lossSums.count) loss sums")

    try computeLogits(hidden: hidden, tokenCount: tokenCount, parameters: parameters, logits: logitGradients)
    let kernel = try kernel("heads_loss")
    let groups = tokenCount.divided(roundingUpBy: kernel.groupSize.0)
    let denominators = try scratch(.headDenominators, count: heads.count)
    try write(targets.denominators, to: denominators)
    let partials = try scratch(.headLosses, count: heads.count * groups)
    try kernel.set(
      .output(logitGradients), .input(parameters.bias), .input(targets.values),
      .input(targets.regressionWeights ?? absent), .flag(targets.regressionWeights != nil), .uint(weightCount),
      .buffer(headDescriptions(heads)), .buffer(denominators), .uint(parameters.outputCount), .uint(tokenCount),
      .buffer(partials))
    try queue.launch(kernel, groups: (groups, heads.count, 1))
    let sumKernel = try self.kernel("heads_loss_sums")
    try sumKernel.set(.buffer(partials), .uint(groups), .output(lossSums))
    try queue.launch(sumKernel, groups: (heads.count, 1, 1))
    try queue.flush()
  }

  package func headsBackward(
    hidden: Tensor, logitGradients: Tensor, tokenCount: Int, parameters: HeadsParameters, gradients: HeadsParameters,
    hiddenGradient: Tensor
  ) throws {
    let (inner, outputs) = (parameters.hiddenSize, parameters.outputCount)
    require(hidden, tokenCount, inner, "headsBackward: hidden")
    require(logitGradients, tokenCount, outputs, "headsBackward: logitGradients")
    require(hiddenGradient, tokenCount, inner, "headsBackward: hiddenGradient")
    precondition(
      gradients.hiddenSize == inner && gradients.outputCount == outputs,
      "headsBackward: gradients of \(gradients.hiddenSize) × \(gradients.outputCount), heads of \(inner) × \(outputs)")

    let logits = Matrix(tensor: logitGradients, stride: outputs)
    try multiply(
      Matrix(tensor: hidden, stride: inner), logits, into: Matrix(tensor: gradients.kernel, stride: outputs),
      m: inner, n: outputs, k: tokenCount, transposing: .left)
    try sumColumns(logitGradients, m: tokenCount, n: outputs, into: gradients.bias)
    try multiply(
      logits, Matrix(tensor: parameters.kernel, stride: outputs), into: Matrix(tensor: hiddenGradient, stride: inner),
      m: tokenCount, n: inner, k: outputs, transposing: .right)
    try queue.flush()
  }

  /// hidden·kernel; the kernels that follow add the bias.
  private func computeLogits(
    hidden: Tensor, tokenCount: Int, parameters: HeadsParameters, logits: Tensor
  ) throws(ComputeError) {
    let (inner, outputs) = (parameters.hiddenSize, parameters.outputCount)
    try multiply(
      Matrix(tensor: hidden, stride: inner), Matrix(tensor: parameters.kernel, stride: outputs),
      into: Matrix(tensor: logits, stride: outputs), m: tokenCount, n: outputs, k: inner)
  }
}
