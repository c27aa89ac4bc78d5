package import Sequences

/// `embedding_bag_forward` and `embedding_bag_backward`.
extension OpenCLBackend {
  package func embeddingBagForward(
    _ bags: EmbeddingBags, of table: Tensor, width: Int, into result: Tensor
  ) throws {
    bags.require("embeddingBagForward", table: table, width: width, sums: result)
    try sum(bags, targets: [], by: "embedding_bag_forward", of: table, width: width, into: result)
  }

  package func embeddingBagBackward(
    _ bags: EmbeddingBags, gradient: Tensor, width: Int, addingTo tableGradient: Tensor
  ) throws {
    bags.require("embeddingBagBackward", table: tableGradient, width: width, sums: gradient)
    let (targets, entries) = bags.transposed(rowCount: tableGradient.count / width)
    try sum(
      entries, targets: targets, by: "embedding_bag_backward", of: gradient, width: width, into: tableGradient)
  }

  private func sum(
    _ bags: EmbeddingBags, targets: [Int32], by name: String, of table: Tensor, width: Int, into sums: Tensor
  ) throws {
    guard bags.count > 0 else { return }
    let kernel = try kernel(name)
    try rowUploads.send(targets + bags.starts + bags.rows + bags.weights.bits) { buffer, sent in
      try kernel.set(.input(table), .buffer(buffer), .uint(bags.count), .uint(width), .output(sums))
      let (columns, rows, _) = kernel.groupSize
      let launch = try queue.launch(
        kernel, groups: (bags.count.divided(roundingUpBy: rows), width.divided(roundingUpBy: columns), 1), after: sent)
      try queue.flush()
      return launch
    }
  }
}

extension [Float] {
  /// The same bits as whole numbers, to be sent along with row numbers.
  var bits: [Int32] { map { Int32(bitPattern: $0.bitPattern) } }
}
