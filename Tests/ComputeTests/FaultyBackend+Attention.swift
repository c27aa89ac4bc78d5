import Compute
import Sequences

extension FaultyBackend {
  func attentionForward(
    queries: Tensor, queryLayout: PackedLayout, keys: Tensor, keyLayout: PackedLayout, trace: AttentionTrace
  ) throws {
    let queryCount = queryLayout.tokenCount
    try run(
      "attentionForward", inputs: [queries, keys],
      results: [
        trace.contexts[0..<queryCount * trace.hiddenSize], trace.weights[0..<queryCount * trace.keyStepCapacity],
      ]
    ) {
      try inner.attentionForward(
        queries: queries, queryLayout: queryLayout, keys: keys, keyLayout: keyLayout, trace: trace)
    }
  }

  func attentionBackward(
    trace: AttentionTrace, queries: Tensor, keys: Tensor, contextGradient: Tensor, queryGradient: Tensor,
    keyGradient: Tensor
  ) throws {
    try run(
      "attentionBackward", inputs: [queries, keys, contextGradient],
      results: [
        queryGradient[0..<trace.queryLayout.tokenCount * trace.hiddenSize],
        keyGradient[0..<trace.keyLayout.tokenCount * trace.hiddenSize],
      ]
    ) {
      try inner.attentionBackward(
        trace: trace, queries: queries, keys: keys, contextGradient: contextGradient, queryGradient: queryGradient,
        keyGradient: keyGradient)
    }
  }
}
