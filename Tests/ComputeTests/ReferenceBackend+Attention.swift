import Compute
import Sequences
import Verification

extension ReferenceBackend {
  func attentionForward(
    queries: Tensor, queryLayout: PackedLayout, keys: Tensor, keyLayout: PackedLayout, trace: AttentionTrace
  ) throws {
    let result = Reference.attentionForward(
      queries: try wide(queries, count: queryLayout.tokenCount * trace.hiddenSize), queryLayout: queryLayout,
      keys: try wide(keys, count: keyLayout.tokenCount * trace.hiddenSize), keyLayout: keyLayout,
      hiddenSize: trace.hiddenSize)
    try write(result.contexts, to: trace.contexts)
    for (query, weights) in result.weights.enumerated() {
      try write(weights, to: trace.weights[query * trace.keyStepCapacity..<trace.weights.count])
    }
    (trace.queryLayout, trace.keyLayout) = (queryLayout, keyLayout)
  }

  func attentionBackward(
    trace: AttentionTrace, queries: Tensor, keys: Tensor, contextGradient: Tensor, queryGradient: Tensor,
    keyGradient: Tensor
  ) throws {
    let (queryCount, keyCount) = (
      trace.queryLayout.tokenCount * trace.hiddenSize, trace.keyLayout.tokenCount * trace.hiddenSize
    )
    let result = Reference.attentionBackward(
      queries: try wide(queries, count: queryCount), queryLayout: trace.queryLayout,
      keys: try wide(keys, count: keyCount), keyLayout: trace.keyLayout, hiddenSize: trace.hiddenSize,
      contextGradient: try wide(contextGradient, count: queryCount))
    try write(result.queries, to: queryGradient)
    try write(result.keys, to: keyGradient)
  }
}
