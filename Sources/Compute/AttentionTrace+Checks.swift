internal import Sequences

extension AttentionTrace {
  /// 1 / √H
  var scale: Float { 1 / Float(hiddenSize).squareRoot() }

  /// Stops the program where the arguments of `attentionForward` do not fit together.
  func requireForward(queries: Tensor, queryLayout: PackedLayout, keys: Tensor, keyLayout: PackedLayout) {
    precondition(
      queryLayout.batchSize == keyLayout.batchSize,
      "attentionForward: queries of \(queryLayout.batchSize) sequences, keys of \(keyLayout.batchSize)")
    precondition(
      queryLayout.tokenCount <= queryCapacity && keyLayout.stepCount <= keyStepCapacity,
      "attentionForward: \(queryLayout.tokenCount) queries, \(keyLayout.stepCount) steps of keys in a trace for "
        + "\(queryCapacity) and \(keyStepCapacity)")
    precondition(
      queries.count >= queryLayout.tokenCount * hiddenSize && keys.count >= keyLayout.tokenCount * hiddenSize,
      "attentionForward: \(queries.count) and \(keys.count) numbers for \(queryLayout.tokenCount) queries and "
        + "\(keyLayout.tokenCount) keys of \(hiddenSize)")
  }

  /// Stops the program where the arguments of `attentionBackward` do not fit together.
  func requireBackward(
    queries: Tensor, keys: Tensor, contextGradient: Tensor, queryGradient: Tensor, keyGradient: Tensor
  ) {
    precondition(
      [queries, contextGradient, queryGradient].allSatisfy { $0.count >= queryLayout.tokenCount * hiddenSize }
        && [keys, keyGradient].allSatisfy { $0.count >= keyLayout.tokenCount * hiddenSize },
      "attentionBackward: queries \(queries.count), their gradients \(contextGradient.count) and \(queryGradient.count), "
        + "keys \(keys.count), their gradient \(keyGradient.count) for \(queryLayout.tokenCount) queries and "
        + "\(keyLayout.tokenCount) keys of \(hiddenSize)")
  }
}
