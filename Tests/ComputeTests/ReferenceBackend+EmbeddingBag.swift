import Compute
import Sequences
import Verification

extension ReferenceBackend {
  func embeddingBagForward(
    _ bags: EmbeddingBags, of table: Tensor, width: Int, into result: Tensor
  ) throws {
    try write(Reference.embeddingBagForward(bags, of: try wide(table), width: width), to: result)
  }

  func embeddingBagBackward(
    _ bags: EmbeddingBags, gradient: Tensor, width: Int, addingTo tableGradient: Tensor
  ) throws {
    var sums = try wide(tableGradient)
    Reference.embeddingBagBackward(
      bags, gradient: try wide(gradient, count: bags.count * width), width: width, addingTo: &sums)
    try write(sums, to: tableGradient)
  }
}
