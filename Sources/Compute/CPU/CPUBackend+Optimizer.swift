internal import CMicroKernels

extension CPUBackend {
  package func rmspropUpdate(parameters: Tensor, gradients: Tensor, meanSquares: Tensor, settings: RMSprop) throws {
    precondition(
      parameters.count == gradients.count && parameters.count == meanSquares.count,
      "rmspropUpdate: \(parameters.count) parameters, \(gradients.count) gradients, \(meanSquares.count) mean squares")
    let (w, g, v) = (parameters.mutableHost, gradients.host, meanSquares.mutableHost)
    forEachRun(of: parameters.count, parts: pool.threadCount) { _, range in
      kernels.pointee.rmspropUpdate(
        w + range.lowerBound, g + range.lowerBound, v + range.lowerBound, range.count, settings.learningRate,
        settings.rho, settings.epsilon)
    }
  }

  package func adamwUpdate(
    parameters: Tensor, gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor, settings: AdamW
  ) throws {
    requireAdamW(parameters, gradients, firstMoments, secondMoments, settings)
    let (w, g) = (parameters.mutableHost, gradients.host)
    let (m, v) = (firstMoments.mutableHost, secondMoments.mutableHost)
    let factors = settings.factors
    let settings = SegueAdamW(
      beta1: settings.beta1, gradientShare: factors.gradientShare, beta2: settings.beta2,
      squareShare: factors.squareShare, decay: factors.decay, stepSize: factors.stepSize, rootScale: factors.rootScale,
      epsilon: settings.epsilon)
    forEachRun(of: parameters.count, parts: workers(forNumbers: parameters.count)) { _, range in
      let start = range.lowerBound
      kernels.pointee.adamwUpdate(w + start, g + start, m + start, v + start, range.count, settings)
    }
  }

  package func clipByGlobalNorm(gradients: Tensor, maximum: Float) throws {
    let g = gradients.mutableHost
    var squares = 0.0
    for index in 0..<gradients.count { squares += Double(g[index]) * Double(g[index]) }
    let norm = Float(squares.squareRoot())
    guard norm > maximum else { return }
    for index in 0..<gradients.count { g[index] *= maximum / norm }
  }
}
