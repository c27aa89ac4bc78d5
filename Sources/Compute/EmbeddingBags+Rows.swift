internal import Sequences

extension EmbeddingBags {
  /// The same entries from the side of the rows: bag i of the result holds, in their order, the entries of row
  /// `targets[i]`, whose rows are the numbers of the bags that they come from. Ascending, without rows that have none.
  ///
  /// - Parameter rowCount: rows of the table.
  func transposed(rowCount: Int) -> (targets: [Int32], bags: EmbeddingBags) {
    var ends = [Int32](repeating: 0, count: rowCount + 1)
    for row in rows { ends[Int(row) + 1] += 1 }
    var (targets, result) = ([Int32](), EmbeddingBags())
    for row in 0..<rowCount {
      let count = ends[row + 1]
      ends[row + 1] += ends[row]
      guard count > 0 else { continue }
      targets.append(Int32(row))
      result.starts.append(ends[row + 1])
    }
    result.rows = [Int32](repeating: 0, count: rows.count)
    result.weights = [Float](repeating: 0, count: rows.count)
    for bag in 0..<count {
      for entry in Int(starts[bag])..<Int(starts[bag + 1]) {
        let place = Int(ends[Int(rows[entry])])
        ends[Int(rows[entry])] += 1
        result.rows[place] = Int32(bag)
        result.weights[place] = weights[entry]
      }
    }
    return (targets, result)
  }

  /// Stops the program where the arguments of `operation` do not fit together.
  /// - Parameter sums: one row for each bag.
  func require(_ operation: String, table: Tensor, width: Int, sums: Tensor) {
    precondition(width > 0, "\(operation): width \(width)")
    precondition(
      starts.first == 0 && Int(starts.last!) == rows.count && weights.count == rows.count
        && zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 },
      "\(operation): \(rows.count) rows, \(weights.count) weights, bags from \(starts.first ?? -1) to \(starts.last ?? -1)"
    )
    precondition(sums.count >= count * width, "\(operation): \(sums.count) numbers for \(count) bags of \(width)")
    let (least, greatest) = (rows.min() ?? 0, rows.max() ?? -1)
    precondition(
      least >= 0 && (Int(greatest) + 1) * width <= table.count,
      "\(operation): rows \(least)…\(greatest) of a table of \(table.count) / \(width) rows")
  }
}
