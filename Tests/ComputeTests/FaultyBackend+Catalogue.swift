import Compute
import Sequences

extension FaultyBackend {
  func catalogueScores(
    states: Tensor, batchSize: Int, vectors: Tensor, width: Int, bias: Tensor, scores: Tensor
  ) throws {
    try run(
      "catalogueScores", inputs: [states, vectors, bias], results: [scores[0..<batchSize * bias.count]]
    ) {
      try inner.catalogueScores(
        states: states, batchSize: batchSize, vectors: vectors, width: width, bias: bias, scores: scores)
    }
  }

  func catalogueLoss(
    states: Tensor, vectors: Tensor, width: Int, bias: Tensor, targets: CatalogueTargets, denominator: Float,
    lossSum: Tensor, gradients: CatalogueGradients?
  ) throws {
    try run(
      "catalogueLoss", inputs: [states, vectors, bias],
      results: [
        lossSum[0..<1], gradients?.states[0..<targets.batchSize * width], gradients?.vectors, gradients?.bias,
      ]
    ) {
      try inner.catalogueLoss(
        states: states, vectors: vectors, width: width, bias: bias, targets: targets, denominator: denominator,
        lossSum: lossSum, gradients: gradients)
    }
  }
}
