package import Sequences
internal import Glibc

extension Reference {
  package struct CatalogueLoss {
    package var lossSum = 0.0
    package var states: [Double]  // (B, d)
    package var vectors: [Double]  // (V, d)
    package var bias: [Double]  // (V)
  }

  /// result[b] = Σ w_e·table[row_e] over the entries of bag b.
  package static func embeddingBagForward(_ bags: EmbeddingBags, of table: [Double], width: Int) -> [Double] {
    var result = [Double](repeating: 0, count: bags.count * width)
    for bag in 0..<bags.count {
      for entry in Int(bags.starts[bag])..<Int(bags.starts[bag + 1]) {
        for column in 0..<width {
          result[bag * width + column] += Double(bags.weights[entry]) * table[Int(bags.rows[entry]) * width + column]
        }
      }
    }
    return result
  }

  /// tableGradient[row_e] += w_e·gradient[b] for every entry e of every bag b.
  package static func embeddingBagBackward(
    _ bags: EmbeddingBags, gradient: [Double], width: Int, addingTo tableGradient: inout [Double]
  ) {
    for bag in 0..<bags.count {
      for entry in Int(bags.starts[bag])..<Int(bags.starts[bag + 1]) {
        for column in 0..<width {
          tableGradient[Int(bags.rows[entry]) * width + column] +=
            Double(bags.weights[entry]) * gradient[bag * width + column]
        }
      }
    }
  }

  /// states·vectorsᵀ + bias. (B, V)
  package static func catalogueScores(
    states: [Double], batchSize: Int, vectors: [Double], width: Int, bias: [Double]
  ) -> [Double] {
    (0..<batchSize).flatMap { sequence in
      bias.indices.map { song in
        (0..<width).reduce(bias[song]) { $0 + states[sequence * width + $1] * vectors[song * width + $1] }
      }
    }
  }

  /// loss_b = −w_b·Σ_t log p_bt; ∂z_bj = w_b·(|targets|·p_bj − [j ∈ targets]) / denominator; nothing for a sequence without
  /// targets.
  package static func catalogueLoss(
    states: [Double], vectors: [Double], width: Int, bias: [Double], targets: CatalogueTargets, denominator: Double
  ) -> CatalogueLoss {
    let (batchSize, songCount) = (targets.batchSize, bias.count)
    var result = CatalogueLoss(
      states: [Double](repeating: 0, count: states.count), vectors: [Double](repeating: 0, count: vectors.count),
      bias: [Double](repeating: 0, count: songCount))
    let scores = catalogueScores(states: states, batchSize: batchSize, vectors: vectors, width: width, bias: bias)
    for sequence in 0..<batchSize {
      let right = targets.rows[Int(targets.starts[sequence])..<Int(targets.starts[sequence + 1])].map { Int($0) }
      guard !right.isEmpty else { continue }
      var z = Array(scores[sequence * songCount..<(sequence + 1) * songCount])
      for entry in Int(targets.offsetStarts[sequence])..<Int(targets.offsetStarts[sequence + 1]) {
        z[Int(targets.offsetRows[entry])] += Double(targets.offsets[entry])
      }
      let logSum = logSumExp(z[...])
      let (count, weight) = (Double(right.count), Double(targets.weights[sequence]))
      var gradient = z.map { weight * count * exp($0 - logSum) / denominator }
      for song in right {
        result.lossSum += weight * (logSum - z[song])
        gradient[song] -= weight / denominator
      }
      for song in 0..<songCount {
        result.bias[song] += gradient[song]
        for column in 0..<width {
          result.states[sequence * width + column] += gradient[song] * vectors[song * width + column]
          result.vectors[song * width + column] += gradient[song] * states[sequence * width + column]
        }
      }
    }
    return result
  }
}
