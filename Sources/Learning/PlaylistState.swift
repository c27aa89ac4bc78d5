internal import Compute
internal import Sequences

/// The state of each playlist of a batch, against which the catalogue is scored: the sum of what the model's parts make of
/// the playlist's songs, and of the mean of its title's words.
///
/// With x the encoder's inputs and h its hidden states of the top layer:
///
///     mean       x̄·K + b                  lstm        h_N·K + b
///     mlp        ReLU(x̄·K₁ + b₁)·K + b    attention   (Σ_t softmax_t(h_N·h_t / √H)·h_t)·K + b
///
/// Where every step of a playlist is asked for the next song, each of its tokens has a state: h_t·K + b.
final class PlaylistState {
  private let model: Seq2Seq
  private let parameters: ParameterLayout.CatalogueParameters
  private let gradients: ParameterLayout.CatalogueParameters?
  private let isOfEveryStep: Bool
  private var buffers: Buffers?
  /// What the last `forward` was given.
  private var tokenBags = EmbeddingBags()
  private var titles = EmbeddingBags()
  private var masks: (hidden: DropoutMask, hiddenLayer: DropoutMask)?

  private struct Buffers {
    let batchCapacity, tokenCapacity: Int
    // (B, d) and (B, H); where every step has a state, N instead of B
    let states, means, part, meanGradient, partGradient: Tensor
    let droppedHidden, hiddenLayer, droppedHiddenLayer, hiddenGradient, queryGradient: Tensor
    let keyGradient: Tensor  // (N, H)
    let attention: AttentionTrace?
  }

  /// - Parameters:
  ///   - gradients: receive what `backward` finds; nil where there is none.
  ///   - ofEveryStep: for training on next songs, of a model whose state is `lstm` alone.
  init(_ model: Seq2Seq, gradients: ParameterLayout.CatalogueParameters?, ofEveryStep: Bool = false) {
    precondition(
      !ofEveryStep || model.configuration.catalogue!.state == [.lstm],
      "PlaylistState: only the state lstm has one at every step")
    self.model = model
    isOfEveryStep = ofEveryStep
    parameters = model.layers.catalogue!
    self.gradients = gradients
  }

  private var backend: any Backend { model.backend }
  private var width: Int { model.configuration.catalogue!.dimension }
  private func has(_ part: CatalogueConfiguration.StatePart) -> Bool { parameters.state[part] != nil }

  /// - Parameters:
  ///   - inputs: of the encoder, (N, d), packed by the layout of `encoder`.
  ///   - encoder: the top layer over them.
  ///   - titles: the words of each playlist.
  ///   - masks: drop what the encoder and the hidden layer give; nil to drop nothing.
  /// - Returns: (B, d), in batch order; of every step (N, d), packed. Written anew by the next call.
  func forward(
    inputs: Tensor, encoder: LSTMTrace, titles: EmbeddingBags, masks: (hidden: DropoutMask, hiddenLayer: DropoutMask)?
  ) throws -> Tensor {
    let layout = encoder.layout
    let (batchSize, d) = (layout.batchSize, width)
    let buffers = try buffers(for: layout)
    let states = buffers.states[0..<batchSize * d]
    (tokenBags, self.titles, self.masks) = (EmbeddingBags(meansOf: layout), titles, masks)
    if isOfEveryStep {
      try drop(encoder.hiddenStates, layout.tokenCount, masks?.hidden, into: buffers.droppedHidden)
      try backend.denseForward(
        inputs: buffers.droppedHidden, rowCount: layout.tokenCount, parameters: parameters.state[.lstm]!,
        outputs: buffers.states)
      return buffers.states
    }
    try backend.embeddingBagForward(titles, of: parameters.words, width: d, into: states)

    func add(_ part: CatalogueConfiguration.StatePart, of inputs: Tensor) throws {
      try backend.denseForward(
        inputs: inputs, rowCount: batchSize, parameters: parameters.state[part]!, outputs: buffers.part)
      try backend.add(buffers.part, times: 1, to: states)
    }
    if has(.mean) || has(.mlp) {
      try backend.embeddingBagForward(tokenBags, of: inputs, width: d, into: buffers.means)
    }
    if has(.mean) { try add(.mean, of: buffers.means) }
    if has(.lstm) {
      try drop(encoder.finalState.hidden, batchSize, masks?.hidden, into: buffers.droppedHidden)
      try add(.lstm, of: buffers.droppedHidden)
    }
    if let layer = parameters.hiddenLayer {
      try backend.denseForward(
        inputs: buffers.means, rowCount: batchSize, parameters: layer, outputs: buffers.hiddenLayer)
      try drop(buffers.hiddenLayer, batchSize, masks?.hiddenLayer, into: buffers.droppedHiddenLayer)
      try add(.mlp, of: buffers.droppedHiddenLayer)
    }
    if let attention = buffers.attention {
      try backend.attentionForward(
        queries: encoder.finalState.hidden, queryLayout: PackedLayout(lengths: layout.lengths.map { _ in 1 }),
        keys: encoder.hiddenStates, keyLayout: layout, trace: attention)
      try add(.attention, of: attention.contexts)
    }
    return states
  }

  /// Gradients of the parameters behind the last `forward`, and of what it was given but for the inputs.
  /// - Parameters:
  ///   - stateGradient: (B, d)
  ///   - finalHiddenGradient: of the encoder's final hidden state, added to. (B, H)
  /// - Returns: the gradient of the encoder's hidden states, (N, H); nil where only the last one counts.
  func backward(_ stateGradient: Tensor, encoder: LSTMTrace, addingTo finalHiddenGradient: Tensor) throws -> Tensor? {
    guard let buffers, let gradients else { preconditionFailure("PlaylistState.backward: before forward") }
    let (batchSize, d) = (encoder.layout.batchSize, width)
    let rowCount = isOfEveryStep ? encoder.layout.tokenCount : batchSize
    func through(_ part: CatalogueConfiguration.StatePart, _ inputs: Tensor, to inputGradient: Tensor) throws {
      try backend.denseBackward(
        inputs: inputs, outputs: buffers.part, outputGradient: stateGradient, rowCount: rowCount,
        parameters: parameters.state[part]!, gradients: gradients.state[part]!, inputGradient: inputGradient)
    }
    try backend.fill(gradients.words, with: 0)
    if isOfEveryStep {
      try through(.lstm, buffers.droppedHidden, to: buffers.hiddenGradient)
      try drop(buffers.hiddenGradient, rowCount, masks?.hidden, into: buffers.hiddenGradient)
      return buffers.hiddenGradient
    }
    try backend.embeddingBagBackward(titles, gradient: stateGradient, width: d, addingTo: gradients.words)
    try backend.fill(buffers.meanGradient, with: 0)
    if has(.mean) { try through(.mean, buffers.means, to: buffers.meanGradient) }
    if has(.lstm) {
      try through(.lstm, buffers.droppedHidden, to: buffers.hiddenGradient)
      try drop(buffers.hiddenGradient, batchSize, masks?.hidden, into: buffers.hiddenGradient)
      try backend.add(buffers.hiddenGradient, times: 1, to: finalHiddenGradient)
    }
    if let layer = parameters.hiddenLayer {
      try through(.mlp, buffers.droppedHiddenLayer, to: buffers.hiddenGradient)
      try drop(buffers.hiddenGradient, batchSize, masks?.hiddenLayer, into: buffers.hiddenGradient)
      try backend.denseBackward(
        inputs: buffers.means, outputs: buffers.hiddenLayer, outputGradient: buffers.hiddenGradient,
        rowCount: batchSize, parameters: layer, gradients: gradients.hiddenLayer!, inputGradient: buffers.partGradient)
      try backend.add(buffers.partGradient, times: 1, to: buffers.meanGradient[0..<batchSize * d])
    }
    guard let attention = buffers.attention else { return nil }
    try through(.attention, attention.contexts, to: buffers.hiddenGradient)
    try backend.attentionBackward(
      trace: attention, queries: encoder.finalState.hidden, keys: encoder.hiddenStates,
      contextGradient: buffers.hiddenGradient, queryGradient: buffers.queryGradient, keyGradient: buffers.keyGradient)
    try backend.add(buffers.queryGradient, times: 1, to: finalHiddenGradient)
    return buffers.keyGradient
  }

  /// The gradient of the inputs that comes through their mean, after `backward`. (N, d)
  func addInputGradient(to inputGradient: Tensor) throws {
    guard let buffers, has(.mean) || has(.mlp) else { return }
    try backend.embeddingBagBackward(
      tokenBags, gradient: buffers.meanGradient, width: width, addingTo: inputGradient)
  }

  private func drop(_ values: Tensor, _ rowCount: Int, _ mask: DropoutMask?, into result: Tensor) throws {
    let count = rowCount * model.configuration.hiddenSize
    try backend.dropout(
      values, count: count, mask: mask ?? DropoutMask(rate: 0, seed: 0, step: 0, layer: 0), into: result)
  }

  private func buffers(for layout: PackedLayout) throws -> Buffers {
    if let buffers, layout.batchSize <= buffers.batchCapacity, layout.tokenCount <= buffers.tokenCapacity,
      layout.stepCount <= buffers.attention?.keyStepCapacity ?? .max
    {
      return buffers
    }
    let batch = max(layout.batchSize, buffers?.batchCapacity ?? 0)
    let tokens = max(layout.tokenCount, buffers?.tokenCapacity ?? 0)
    let steps = max(layout.stepCount, buffers?.attention?.keyStepCapacity ?? 0)
    buffers = nil  // frees the old ones before the larger ones are made
    let (d, h) = (width, model.configuration.hiddenSize)
    let rowCount = isOfEveryStep ? tokens : batch
    func rows(_ width: Int) throws -> Tensor { try backend.makeTensor(count: rowCount * width) }
    let made = Buffers(
      batchCapacity: batch, tokenCapacity: tokens, states: try rows(d), means: try rows(d), part: try rows(d),
      meanGradient: try rows(d), partGradient: try rows(d), droppedHidden: try rows(h), hiddenLayer: try rows(h),
      droppedHiddenLayer: try rows(h), hiddenGradient: try rows(h), queryGradient: try rows(h),
      keyGradient: try backend.makeTensor(count: has(.attention) ? tokens * h : 1),
      attention: has(.attention)
        ? try AttentionTrace(hiddenSize: h, queryCapacity: batch, keyStepCapacity: steps, backend: backend) : nil)
    buffers = made
    return made
  }
}
