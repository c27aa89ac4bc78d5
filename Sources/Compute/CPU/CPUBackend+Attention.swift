internal import CMicroKernels
package import Sequences

extension CPUBackend {
  package func attentionForward(
    queries: Tensor, queryLayout: PackedLayout, keys: Tensor, keyLayout: PackedLayout, trace: AttentionTrace
  ) throws {
    trace.requireForward(queries: queries, queryLayout: queryLayout, keys: keys, keyLayout: keyLayout)
    (trace.queryLayout, trace.keyLayout) = (queryLayout, keyLayout)
    let (h, stride, scale) = (trace.hiddenSize, trace.keyStepCapacity, trace.scale)
    let (q, k) = (queries.host, keys.host)
    let (contexts, weights) = (trace.contexts.mutableHost, trace.weights.mutableHost)
    forEachSequence(of: trace) { _, queryTokens, keyTokens in
      let (keyRows, keyCount) = (keyTokens.baseAddress!, keyTokens.count)
      for token in queryTokens.lazy.map(Int.init) {
        let (own, context) = (weights + token * stride, contexts + token * h)
        dots(q + token * h, withRows: keyRows, count: keyCount, of: k, width: h, times: scale, into: own)
        kernels.pointee.rows.softmax(own, keyCount)
        context.update(repeating: 0, count: h)
        addRows(keyRows, count: keyCount, of: k, width: h, weights: own, to: context)
      }
    }
  }

  /// dα = ∂context·k, dz = α·(dα − Σ α·dα); ∂q = Σ dz·k / √H, ∂k = Σ dz·q / √H + Σ α·∂context.
  package func attentionBackward(
    trace: AttentionTrace, queries: Tensor, keys: Tensor, contextGradient: Tensor, queryGradient: Tensor,
    keyGradient: Tensor
  ) throws {
    trace.requireBackward(
      queries: queries, keys: keys, contextGradient: contextGradient, queryGradient: queryGradient,
      keyGradient: keyGradient)
    let (h, stride, scale) = (trace.hiddenSize, trace.keyStepCapacity, trace.scale)
    let (q, k, dc, weights) = (queries.host, keys.host, contextGradient.host, trace.weights.host)
    let (dq, dk) = (queryGradient.mutableHost, keyGradient.mutableHost)
    let scoreCount = trace.queryLayout.stepCount * stride
    let workspaces = try workspace(.attentionScores, count: pool.threadCount * 2 * scoreCount)
    forEachSequence(of: trace) { worker, queryTokens, keyTokens in
      let (queryRows, queryCount) = (queryTokens.baseAddress!, queryTokens.count)
      let (keyRows, keyCount) = (keyTokens.baseAddress!, keyTokens.count)
      let scoreGradients = workspaces + worker * 2 * scoreCount  // (steps of the query, keyStepCapacity)
      let ownWeights = scoreGradients + scoreCount  // the same
      for (step, token) in queryTokens.lazy.map(Int.init).enumerated() {
        let (dz, alpha) = (scoreGradients + step * stride, ownWeights + step * stride)
        alpha.update(from: weights + token * stride, count: keyCount)
        dots(dc + token * h, withRows: keyRows, count: keyCount, of: k, width: h, into: dz)
        var mean: Float = 0
        for key in 0..<keyCount { mean += alpha[key] * dz[key] }
        for key in 0..<keyCount { dz[key] = scale * alpha[key] * (dz[key] - mean) }
        (dq + token * h).update(repeating: 0, count: h)
        addRows(keyRows, count: keyCount, of: k, width: h, weights: dz, to: dq + token * h)
      }
      for (step, token) in keyTokens.lazy.map(Int.init).enumerated() {
        let sum = dk + token * h
        sum.update(repeating: 0, count: h)
        addRows(
          queryRows, count: queryCount, of: q, width: h, weights: scoreGradients + step, weightStride: stride, to: sum)
        addRows(
          queryRows, count: queryCount, of: dc, width: h, weights: ownWeights + step, weightStride: stride, to: sum)
      }
    }
  }

  /// Runs `body` for each sequence of a batch with the number of the worker that runs it and the sequence's tokens in time
  /// order among queries and among keys.
  private func forEachSequence(
    of trace: AttentionTrace,
    _ body: (_ worker: Int, _ queries: UnsafeBufferPointer<Int32>, _ keys: UnsafeBufferPointer<Int32>) -> Void
  ) {
    let (queryLayout, keyLayout) = (trace.queryLayout, trace.keyLayout)
    var keyRows = keyLayout.rowOrder
    for (row, sequence) in keyLayout.rowOrder.enumerated() { keyRows[sequence] = row }
    pool.run(queryLayout.batchSize) { queryRow in
      let queries = queryLayout.tokens(ofRow: queryRow)
      let keys = keyLayout.tokens(ofRow: keyRows[queryLayout.rowOrder[queryRow]])
      queries.withUnsafeBufferPointer { queries in
        keys.withUnsafeBufferPointer { body(pool.worker(running: queryRow), queries, $0) }
      }
    }
  }
}

extension PackedLayout {
  /// The tokens of the sequence in packed row `row`, in time order.
  fileprivate func tokens(ofRow row: Int) -> [Int32] {
    (0..<lengths[rowOrder[row]]).map { Int32(token(step: $0, row: row)) }
  }
}
