/// `rmsprop_update`, `adamw_update` and `clip_by_global_norm`.
extension OpenCLBackend {
  package func rmspropUpdate(
    parameters: Tensor, gradients: Tensor, meanSquares: Tensor, settings: RMSprop
  ) throws {
    precondition(
      parameters.count == gradients.count && parameters.count == meanSquares.count,
      "rmspropUpdate: \(parameters.count) parameters, \(gradients.count) gradients, \(meanSquares.count) mean squares")
    let kernel = try kernel("rmsprop_update")
    try kernel.set(
      .output(parameters), .input(gradients), .output(meanSquares), .ulong(parameters.count),
      .float(settings.learningRate), .float(settings.rho), .float(settings.epsilon), .buffer(waiting.fault))
    try queue.launch(kernel, columns: parameters.count)
    try queue.flush()
  }

  package func adamwUpdate(
    parameters: Tensor, gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor, settings: AdamW
  ) throws {
    requireAdamW(parameters, gradients, firstMoments, secondMoments, settings)
    let (kernel, factors) = (try kernel("adamw_update"), settings.factors)
    try kernel.set(
      .output(parameters), .input(gradients), .output(firstMoments), .output(secondMoments), .ulong(parameters.count),
      .float(settings.beta1), .float(factors.gradientShare), .float(settings.beta2), .float(factors.squareShare),
      .float(factors.decay), .float(factors.stepSize), .float(factors.rootScale), .float(settings.epsilon),
      .uint(settings.step), .buffer(waiting.fault))
    try queue.launch(kernel, columns: parameters.count)
    try queue.flush()
  }

  package func clipByGlobalNorm(gradients: Tensor, maximum: Float) throws {
    let normKernel = try kernel("squared_norm")
    let groupSize = normKernel.groupSize.0
    let chunk = gradients.count.divided(roundingUpBy: Self.normGroups * groupSize) * groupSize
    guard chunk > 0 else { return }
    let groups = gradients.count.divided(roundingUpBy: chunk)
    let partials = try scratch(.squaredNorms, count: Self.normGroups)
    try normKernel.set(.input(gradients), .ulong(gradients.count), .ulong(chunk), .buffer(partials))
    try queue.launch(normKernel, groups: (groups, 1, 1))
    let kernel = try kernel("clip_by_global_norm")
    try kernel.set(
      .output(gradients), .ulong(gradients.count), .ulong(chunk), .buffer(partials), .uint(groups), .float(maximum))
    try queue.launch(kernel, groups: (groups, 1, 1))
    try queue.flush()
  }

  /// The most work-groups, and so partial sums, of a norm.
  private static let normGroups = 128
}
