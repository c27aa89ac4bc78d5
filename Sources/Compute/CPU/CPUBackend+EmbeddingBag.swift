package import Sequences

extension CPUBackend {
  package func embeddingBagForward(
    _ bags: EmbeddingBags, of table: Tensor, width: Int, into result: Tensor
  ) throws {
    bags.require("embeddingBagForward", table: table, width: width, sums: result)
    let to = result.mutableHost
    to.update(repeating: 0, count: bags.count * width)
    add(bags, of: table.host, width: width) { to + $0 * width }
  }

  package func embeddingBagBackward(
    _ bags: EmbeddingBags, gradient: Tensor, width: Int, addingTo tableGradient: Tensor
  ) throws {
    bags.require("embeddingBagBackward", table: tableGradient, width: width, sums: gradient)
    let (targets, entries) = bags.transposed(rowCount: tableGradient.count / width)
    let to = tableGradient.mutableHost
    add(entries, of: gradient.host, width: width) { to + Int(targets[$0]) * width }
  }

  /// Adds each bag's sum to the row that `target` gives for it.
  private func add(
    _ bags: EmbeddingBags, of table: UnsafePointer<Float>, width: Int, target: (Int) -> UnsafeMutablePointer<Float>
  ) {
    bags.rows.withUnsafeBufferPointer { rows in
      bags.weights.withUnsafeBufferPointer { weights in
        guard let rows = rows.baseAddress, let weights = weights.baseAddress else { return }
        forEachRun(of: bags.count, parts: workers(forTokens: bags.rows.count)) { _, run in
          for bag in run {
            let first = Int(bags.starts[bag])
            addRows(
              rows + first, count: Int(bags.starts[bag + 1]) - first, of: table, width: width, weights: weights + first,
              to: target(bag))
          }
        }
      }
    }
  }
}
