import Compute
import Sequences

extension FaultyBackend {
  func embeddingBagForward(
    _ bags: EmbeddingBags, of table: Tensor, width: Int, into result: Tensor
  ) throws {
    try run("embeddingBagForward", inputs: [table], results: [result[0..<bags.count * width]]) {
      try inner.embeddingBagForward(bags, of: table, width: width, into: result)
    }
  }

  func embeddingBagBackward(
    _ bags: EmbeddingBags, gradient: Tensor, width: Int, addingTo tableGradient: Tensor
  ) throws {
    try run("embeddingBagBackward", inputs: [gradient], results: [tableGradient]) {
      try inner.embeddingBagBackward(bags, gradient: gradient, width: width, addingTo: tableGradient)
    }
  }
}
