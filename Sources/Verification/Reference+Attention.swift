internal import Glibc
package import Sequences

extension Reference {
  package struct Attention {
    package var contexts: [Double]  // (queries, H)
    /// Of each query over its sequence's keys, by time step.
    package var weights: [[Double]]
  }

  package struct AttentionGradients {
    package var queries: [Double]  // (queries, H)
    package var keys: [Double]  // (keys, H)
  }

  /// α = softmax(q·kᵀ / √H), context = Σ α·k, over the keys of the query's own sequence.
  package static func attentionForward(
    queries: [Double], queryLayout: PackedLayout, keys: [Double], keyLayout: PackedLayout, hiddenSize: Int
  ) -> Attention {
    var result = Attention(
      contexts: [Double](repeating: 0, count: queries.count),
      weights: [[Double]](repeating: [], count: queryLayout.tokenCount))
    forEachQuery(queryLayout, keyLayout) { query, tokens in
      let scores = tokens.map { token in
        (0..<hiddenSize).reduce(0) { $0 + queries[query * hiddenSize + $1] * keys[token * hiddenSize + $1] }
          / Double(hiddenSize).squareRoot()
      }
      let logSum = logSumExp(scores[...])
      result.weights[query] = scores.map { exp($0 - logSum) }
      for (weight, token) in zip(result.weights[query], tokens) {
        for unit in 0..<hiddenSize {
          result.contexts[query * hiddenSize + unit] += weight * keys[token * hiddenSize + unit]
        }
      }
    }
    return result
  }

  /// Gradients of `attentionForward` from ∂L/∂contexts.
  package static func attentionBackward(
    queries: [Double], queryLayout: PackedLayout, keys: [Double], keyLayout: PackedLayout, hiddenSize: Int,
    contextGradient: [Double]
  ) -> AttentionGradients {
    let weights = attentionForward(
      queries: queries, queryLayout: queryLayout, keys: keys, keyLayout: keyLayout, hiddenSize: hiddenSize
    ).weights
    var result = AttentionGradients(
      queries: [Double](repeating: 0, count: queries.count), keys: [Double](repeating: 0, count: keys.count))
    forEachQuery(queryLayout, keyLayout) { query, tokens in
      let weightGradients = tokens.map { token in
        (0..<hiddenSize).reduce(0) { $0 + contextGradient[query * hiddenSize + $1] * keys[token * hiddenSize + $1] }
      }
      let mean = zip(weights[query], weightGradients).reduce(0) { $0 + $1.0 * $1.1 }
      for (step, token) in tokens.enumerated() {
        let weight = weights[query][step]
        let score = weight * (weightGradients[step] - mean) / Double(hiddenSize).squareRoot()
        for unit in 0..<hiddenSize {
          let (q, k) = (query * hiddenSize + unit, token * hiddenSize + unit)
          result.queries[q] += score * keys[k]
          result.keys[k] += score * queries[q] + weight * contextGradient[q]
        }
      }
    }
    return result
  }

  /// Calls `body` with each query's token and the tokens of its sequence's keys in time order.
  private static func forEachQuery(
    _ queryLayout: PackedLayout, _ keyLayout: PackedLayout, _ body: (_ query: Int, _ keys: [Int]) -> Void
  ) {
    for (row, sequence) in queryLayout.rowOrder.enumerated() {
      let keyRow = keyLayout.rowOrder.firstIndex(of: sequence)!
      let keys = (0..<keyLayout.lengths[sequence]).map { keyLayout.token(step: $0, row: keyRow) }
      for step in 0..<queryLayout.lengths[sequence] { body(queryLayout.token(step: step, row: row), keys) }
    }
  }
}
