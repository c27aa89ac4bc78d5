package import Compute
package import Sequences

/// Training passes of a model that ranks its catalogue (objective `continuation`): song vectors, the encoder over a
/// playlist's prefix, its state, or that of every step, scored against all songs, and the decoder with the four heads over
/// what goes on.
///
/// The decoder is fed song vectors, first the mean of the prefix's, as it is when songs are recommended. Its losses train
/// decoder and heads alone: what they would ask of encoder and song vectors costs the ranking a little, so they take both
/// as they find them. A model that only ranks can therefore leave them out and be the same otherwise.
package final class ContinuationPass: TrainingPass {
  private let model: Seq2Seq
  private let songs: SongInputs
  private let rates: DropoutRates
  private let seed: UInt64
  private let asksEveryStep, decodes: Bool
  private let backend: any Backend
  private let parameters: ParameterLayout.CatalogueParameters
  package let gradients: Tensor
  private let gradientLayers: ParameterLayout.Layers
  private let state: PlaylistState
  private let vectors, vectorGradient: Tensor  // (V, d)
  private var buffers: Buffers?
  private var batch: Batch?
  private var step: Int?

  private struct Buffers {
    let encoderCapacity, decoderCapacity, batchCapacity: Int
    let encoderInputs, encoderInputGradient, decoderInputs: Tensor  // (N, d)
    let targets, regressionWeights, logitGradients: Tensor
    let encoder, decoder: [LSTMTrace]
    let scratch: [Tensor]  // two of (N, H); one where there is one layer
    /// Of each encoder layer's final state; all zeros but for the top layer's hidden state.
    let stateGradients: [LSTMState]
    let playlistGradient: Tensor  // (B, d), of every step (N, d)
  }

  /// The layers of `DropoutMask`; the hidden state's and the hidden layer's follow each other.
  private enum Dropped: Int {
    case songs, inputs, hidden, hiddenLayer
  }

  /// - Parameters:
  ///   - songs: what is known of every song.
  ///   - seed: of what is dropped.
  ///   - asksEveryStep: whether the batches have targets for each of the encoder's tokens instead of each playlist.
  ///   - decodes: whether decoder and heads learn; without, they stay as they are and their losses are 0.
  package init(
    _ model: Seq2Seq, songs: SongInputs, rates: DropoutRates, seed: UInt64, asksEveryStep: Bool = false,
    decodes: Bool = true
  ) throws {
    guard let catalogue = model.configuration.catalogue, let parameters = model.layers.catalogue else {
      preconditionFailure("ContinuationPass: the model ranks no catalogue")
    }
    precondition(
      songs.songCount == catalogue.songCount && songs.artistCount == catalogue.artistCount
        && songs.featureCount == catalogue.featureCount, "ContinuationPass: songs of another catalogue")
    self.model = model
    self.songs = songs
    self.rates = rates
    self.seed = seed
    self.decodes = decodes
    self.parameters = parameters
    backend = model.backend
    gradients = try backend.makeTensor(count: model.layout.count)
    gradientLayers = model.layout.layers(of: gradients)
    self.asksEveryStep = asksEveryStep
    state = PlaylistState(model, gradients: gradientLayers.catalogue!, ofEveryStep: asksEveryStep)
    vectors = try backend.makeTensor(count: catalogue.songCount * catalogue.dimension)
    vectorGradient = try backend.makeTensor(count: catalogue.songCount * catalogue.dimension)
  }

  private var width: Int { parameters.songs.width }

  private func mask(_ layer: Dropped, _ rate: Float) -> DropoutMask? {
    step.map { DropoutMask(rate: rate, seed: seed, step: $0, layer: layer.rawValue) }
  }

  package func forward(_ batch: Batch, of table: DeviceTable, lossSums: Tensor, step: Int?) throws {
    guard let continuation = batch.continuation else {
      preconditionFailure("ContinuationPass.forward: a batch without continuation")
    }
    (self.batch, self.step) = (batch, step)
    let (buffers, layers) = (try buffers(for: batch), model.layers)
    try backend.songVectorsForward(
      parameters: parameters.songs, songs: songs, dropping: mask(.songs, rates.song), vectors: vectors)
    try backend.gatherRows(batch.encoderRows, of: vectors, width: width, absent: 0, into: buffers.encoderInputs)
    if let mask = mask(.inputs, rates.input) {
      try backend.dropout(
        buffers.encoderInputs, count: batch.encoderRows.count * width, mask: mask, into: buffers.encoderInputs)
    }
    try backend.lstmForward(
      through: buffers.encoder, inputs: buffers.encoderInputs, layout: batch.encoderLayout, initialStates: nil,
      parameters: layers.encoder)
    var masks: (DropoutMask, DropoutMask)?
    if let hidden = mask(.hidden, rates.hidden), let layer = mask(.hiddenLayer, rates.hidden) {
      masks = (hidden, layer)
    }
    let states = try state.forward(
      inputs: buffers.encoderInputs, encoder: buffers.encoder.last!, titles: continuation.titles, masks: masks)
    let heads = model.configuration.heads.count
    try backend.catalogueLoss(
      states: states, vectors: vectors, width: width, bias: parameters.songBias, targets: continuation.targets,
      denominator: batch.lossDenominators[heads], lossSum: lossSums[heads..<heads + 1],
      gradients: step == nil
        ? nil
        : CatalogueGradients(
          states: buffers.playlistGradient, vectors: vectorGradient, bias: gradientLayers.catalogue!.songBias))
    if decodes {
      try forwardDecoder(batch, of: table, lossSums: lossSums[0..<heads], buffers)
    } else {
      try backend.fill(lossSums[0..<heads], with: 0)
    }
  }

  /// The decoder over what goes on, from the encoder's final states, and the four heads' losses.
  private func forwardDecoder(_ batch: Batch, of table: DeviceTable, lossSums: Tensor, _ buffers: Buffers) throws {
    let (layout, layers, configuration) = (batch.decoderLayout, model.layers, model.configuration)
    let first = layout.batchSize * width
    try backend.embeddingBagForward(
      batch.prefixMeans, of: vectors, width: width, into: buffers.decoderInputs[0..<first])
    try backend.gatherRows(
      Array(batch.decoderRows.dropFirst(layout.batchSize)), of: vectors, width: width, absent: 0,
      into: buffers.decoderInputs[first..<buffers.decoderInputs.count])
    try backend.lstmForward(
      through: buffers.decoder, inputs: buffers.decoderInputs, layout: layout,
      initialStates: buffers.encoder.map(\.finalState), parameters: layers.decoder)
    try backend.headsLoss(
      hidden: buffers.decoder.last!.hiddenStates, tokenCount: layout.tokenCount, parameters: layers.heads,
      targets: table.gatherTargets(
        of: batch, denominators: Array(batch.lossDenominators.prefix(configuration.heads.count)),
        values: buffers.targets, weights: buffers.regressionWeights, for: configuration, on: backend),
      lossSums: lossSums, logitGradients: buffers.logitGradients)
  }

  /// The vectors of all songs as the parameters stand, nothing dropped, and their biases. (V, d), (V)
  package func songVectors() throws -> (vectors: [Float], bias: [Float]) {
    try backend.songVectorsForward(parameters: parameters.songs, songs: songs, dropping: nil, vectors: vectors)
    return (try backend.read(vectors), try backend.read(parameters.songBias))
  }

  package func backward() throws {
    guard let buffers, let batch, step != nil else {
      preconditionFailure("ContinuationPass.backward: before forward of a training step")
    }
    let (layers, batchSize) = (model.layers, batch.sequenceCount)
    if decodes { try backwardDecoder(buffers) }
    let top = buffers.encoder.count - 1
    let h = model.configuration.hiddenSize
    let finalHidden = buffers.stateGradients[top].hidden[0..<batchSize * h]
    try backend.fill(finalHidden, with: 0)
    let hiddenGradient = try state.backward(
      buffers.playlistGradient, encoder: buffers.encoder[top], addingTo: finalHidden)
    try backend.lstmBackward(
      through: buffers.encoder, parameters: layers.encoder, hiddenGradient: hiddenGradient,
      finalStates: buffers.stateGradients, gradients: gradientLayers.encoder, initialStates: nil,
      inputGradient: buffers.encoderInputGradient, scratch: buffers.scratch)
    try state.addInputGradient(to: buffers.encoderInputGradient)
    try backend.dropout(
      buffers.encoderInputGradient, count: batch.encoderRows.count * width, mask: mask(.inputs, rates.input)!,
      into: buffers.encoderInputGradient)
    try backend.embeddingBagBackward(
      EmbeddingBags(rows: batch.encoderRows), gradient: buffers.encoderInputGradient, width: width,
      addingTo: vectorGradient)
    try backend.songVectorsBackward(
      vectorGradient: vectorGradient, songs: songs, dropping: mask(.songs, rates.song),
      gradients: gradientLayers.catalogue!.songs)
  }

  /// Gradients of heads and decoder.
  private func backwardDecoder(_ buffers: Buffers) throws {
    let layers = model.layers
    let top = buffers.decoder.last!
    try backend.headsBackward(
      hidden: top.hiddenStates, logitGradients: buffers.logitGradients, tokenCount: top.layout.tokenCount,
      parameters: layers.heads, gradients: gradientLayers.heads, hiddenGradient: buffers.scratch[0])
    try backend.lstmBackward(
      through: buffers.decoder, parameters: layers.decoder, hiddenGradient: buffers.scratch[0], finalStates: nil,
      gradients: gradientLayers.decoder, initialStates: nil, inputGradient: nil,
      scratch: buffers.scratch)
  }

  private func buffers(for batch: Batch) throws -> Buffers {
    let encoderTokens = batch.encoderLayout.tokenCount
    let decoderTokens = decodes ? batch.decoderLayout.tokenCount : 1
    if let buffers, encoderTokens <= buffers.encoderCapacity, decoderTokens <= buffers.decoderCapacity,
      batch.sequenceCount <= buffers.batchCapacity
    {
      return buffers
    }
    let encoderCapacity = max(encoderTokens, buffers?.encoderCapacity ?? 0)
    let decoderCapacity = max(decoderTokens, buffers?.decoderCapacity ?? 0)
    let batchCapacity = max(batch.sequenceCount, buffers?.batchCapacity ?? 0)
    buffers = nil  // frees the old ones before the larger ones are made
    let (configuration, backend) = (model.configuration, backend)
    let (h, tokens) = (configuration.hiddenSize, max(encoderCapacity, decoderCapacity))
    func make(_ count: Int) throws -> Tensor { try backend.makeTensor(count: count) }
    func traces(_ tokens: Int) throws -> [LSTMTrace] {
      try configuration.lstmShapes.map {
        try LSTMTrace(shape: $0, tokenCapacity: tokens, batchCapacity: batchCapacity, backend: backend)
      }
    }
    let made = Buffers(
      encoderCapacity: encoderCapacity, decoderCapacity: decoderCapacity, batchCapacity: batchCapacity,
      encoderInputs: try make(encoderCapacity * width), encoderInputGradient: try make(encoderCapacity * width),
      decoderInputs: try make(decoderCapacity * width), targets: try make(decoderCapacity * configuration.outputSize),
      regressionWeights: try make(decoderCapacity * configuration.regressionSize),
      logitGradients: try make(decoderCapacity * configuration.outputSize),
      encoder: try traces(encoderCapacity), decoder: try traces(decoderCapacity),
      scratch: try (0..<min(2, configuration.layers)).map { _ in try make(tokens * h) },
      stateGradients: try configuration.lstmShapes.map { _ in
        LSTMState(hidden: try make(batchCapacity * h), cell: try make(batchCapacity * h))
      }, playlistGradient: try make((asksEveryStep ? encoderCapacity : batchCapacity) * width))
    buffers = made
    return made
  }
}

extension Batch {
  /// The mean of each prefix's songs, in the decoder's packed order; rows of the songs' vectors.
  fileprivate var prefixMeans: EmbeddingBags {
    let tokens = EmbeddingBags(meansOf: encoderLayout)
    var means = EmbeddingBags()
    for sequence in decoderLayout.rowOrder {
      let places = tokens.rows[Int(tokens.starts[sequence])..<Int(tokens.starts[sequence + 1])]
      let rows = places.map { encoderRows[Int($0)] }.filter { $0 >= 0 }
      means.append(rows, weight: 1 / Float(max(1, rows.count)))
    }
    return means
  }
}
