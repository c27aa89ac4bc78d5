package import Sequences

/// `attention_forward`, `attention_backward_queries` and `attention_backward_keys`.
extension OpenCLBackend {
  package func attentionForward(
    queries: Tensor, queryLayout: PackedLayout, keys: Tensor, keyLayout: PackedLayout, trace: AttentionTrace
  ) throws {
    trace.requireForward(queries: queries, queryLayout: queryLayout, keys: keys, keyLayout: keyLayout)
    (trace.queryLayout, trace.keyLayout) = (queryLayout, keyLayout)
    guard queryLayout.tokenCount > 0 else { return }
    let kernel = try kernel("attention_forward")
    try rowUploads.send(trace.places) { buffer, sent in
      try kernel.set(
        .input(queries), .input(keys), .buffer(buffer), .uint(queryLayout.stepCount), .uint(keyLayout.stepCount),
        .uint(queryLayout.batchSize), .uint(trace.hiddenSize), .float(trace.scale), .uint(trace.keyStepCapacity),
        .output(trace.contexts), .output(trace.weights))
      let launch = try queue.launch(kernel, groups: (queryLayout.batchSize, queryLayout.stepCount, 1), after: sent)
      try queue.flush()
      return launch
    }
  }

  package func attentionBackward(
    trace: AttentionTrace, queries: Tensor, keys: Tensor, contextGradient: Tensor, queryGradient: Tensor,
    keyGradient: Tensor
  ) throws {
    trace.requireBackward(
      queries: queries, keys: keys, contextGradient: contextGradient, queryGradient: queryGradient,
      keyGradient: keyGradient)
    let (queryLayout, keyLayout) = (trace.queryLayout, trace.keyLayout)
    guard queryLayout.tokenCount > 0 else { return }
    let scoreGradients = try scratch(.scoreGradients, count: queryLayout.tokenCount * trace.keyStepCapacity)
    let (queryKernel, keyKernel) = (try kernel("attention_backward_queries"), try kernel("attention_backward_keys"))
    try rowUploads.send(trace.places) { buffer, sent in
      try queryKernel.set(
        .input(contextGradient), .input(keys), .buffer(buffer), .uint(queryLayout.stepCount),
        .uint(keyLayout.stepCount), .uint(queryLayout.batchSize), .uint(trace.hiddenSize), .float(trace.scale),
        .uint(trace.keyStepCapacity), .input(trace.weights), .buffer(scoreGradients), .output(queryGradient))
      _ = try queue.launch(queryKernel, groups: (queryLayout.batchSize, queryLayout.stepCount, 1), after: sent)
      try keyKernel.set(
        .input(queries), .input(contextGradient), .buffer(buffer), .uint(queryLayout.stepCount),
        .uint(keyLayout.stepCount), .uint(queryLayout.batchSize), .uint(trace.hiddenSize), .uint(trace.keyStepCapacity),
        .input(trace.weights), .buffer(scoreGradients), .output(keyGradient))
      let keyGroups = keyLayout.stepCount.divided(roundingUpBy: keyKernel.groupSize.1)
      let launch = try queue.launch(keyKernel, groups: (queryLayout.batchSize, keyGroups, 1), after: sent)
      try queue.flush()
      return launch
    }
  }
}

extension AttentionTrace {
  /// Where queries and keys lie, as `attention.cl` describes it.
  fileprivate var places: [Int32] {
    var keyRows = keyLayout.rowOrder
    for (row, sequence) in keyLayout.rowOrder.enumerated() { keyRows[sequence] = row }
    let sequences = queryLayout.rowOrder
    let parts = [
      queryLayout.stepOffsets, keyLayout.stepOffsets, sequences.map { keyRows[$0] },
      sequences.map { keyLayout.lengths[$0] }, sequences.map { queryLayout.lengths[$0] },
    ]
    return parts.flatMap { $0.map { Int32($0) } }
  }
}
