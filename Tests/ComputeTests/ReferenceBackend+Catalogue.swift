import Compute
import Sequences
import Verification

extension ReferenceBackend {
  func catalogueScores(
    states: Tensor, batchSize: Int, vectors: Tensor, width: Int, bias: Tensor, scores: Tensor
  ) throws {
    try write(
      Reference.catalogueScores(
        states: try wide(states, count: batchSize * width), batchSize: batchSize, vectors: try wide(vectors),
        width: width, bias: try wide(bias)), to: scores)
  }

  func catalogueLoss(
    states: Tensor, vectors: Tensor, width: Int, bias: Tensor, targets: CatalogueTargets, denominator: Float,
    lossSum: Tensor, gradients: CatalogueGradients?
  ) throws {
    let result = Reference.catalogueLoss(
      states: try wide(states, count: targets.batchSize * width), vectors: try wide(vectors), width: width,
      bias: try wide(bias), targets: targets, denominator: Double(denominator))
    try write([result.lossSum], to: lossSum)
    guard let gradients else { return }
    try write(result.states, to: gradients.states)
    try write(result.vectors, to: gradients.vectors)
    try write(result.bias, to: gradients.bias)
  }
}
