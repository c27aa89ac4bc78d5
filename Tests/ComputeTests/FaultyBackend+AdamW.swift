import Compute

extension FaultyBackend {
  func adamwUpdate(
    parameters: Tensor, gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor, settings: AdamW
  ) throws {
    try run("adamwUpdate", inputs: [gradients], results: [parameters, firstMoments, secondMoments]) {
      try inner.adamwUpdate(
        parameters: parameters, gradients: gradients, firstMoments: firstMoments, secondMoments: secondMoments,
        settings: settings)
    }
  }
}
