package import Compute
package import Sequences

/// The model's parameters on one backend (Sutskever et al. 2014): an encoder stack of LSTMs, a decoder stack that starts
/// from the encoder's final states, and dense heads on the decoder's top layer.
package final class Seq2Seq {
  package let layout: ParameterLayout
  package let backend: any Backend
  /// The slab of all parameters.
  package let parameters: Tensor
  let layers: ParameterLayout.Layers

  /// - Parameter values: the slab's values.
  package init(_ layout: ParameterLayout, values: [Float], backend: any Backend) throws {
    precondition(values.count == layout.count, "Seq2Seq: \(layout.count) parameters, got \(values.count)")
    self.layout = layout
    self.backend = backend
    parameters = try backend.makeTensor(values)
    layers = layout.layers(of: parameters)
  }

  package var configuration: ModelConfiguration { layout.configuration }
}

/// Training passes of the objective `dissertation`, and their memory: a batch on the device, the traces of all layers and the gradients.
/// Grows to the largest batch it meets.
package final class Seq2SeqPass: TrainingPass {
  private let model: Seq2Seq
  private var capacity = Capacity()
  private var buffers: Buffers?
  /// Gradients of the last `backward`, laid out like the parameters.
  package let gradients: Tensor
  private let gradientLayers: ParameterLayout.Layers

  package init(_ model: Seq2Seq) throws {
    self.model = model
    gradients = try model.backend.makeTensor(count: model.layout.count)
    gradientLayers = model.layout.layers(of: gradients)
  }

  private struct Capacity {
    var encoderTokens = 0
    var decoderTokens = 0
    var sequences = 0
  }

  private struct Buffers {
    let encoderInputs, decoderInputs, targets, regressionWeights: Tensor
    let encoder, decoder: [LSTMTrace]
    let predictions: Tensor  // (N, O); logit gradients in training
    let scratch: [Tensor]  // two of (N, H); one where there is one layer
    let stateGradients: [LSTMState]  // of each layer's encoder-to-decoder hand-over
  }

  /// Runs encoder and decoder over `batch` and computes the heads' losses and logit gradients.
  /// - Parameters:
  ///   - table: what the batch's rows are rows of; a vector is as wide as the heads' outputs together.
  ///   - lossSums: receives each head's loss sum. (heads)
  ///   - step: decides nothing, because nothing is random here.
  package func forward(_ batch: Batch, of table: DeviceTable, lossSums: Tensor, step: Int? = nil) throws {
    let buffers = try run(batch, table)
    try model.backend.headsLoss(
      hidden: buffers.decoder.last!.hiddenStates, tokenCount: batch.decoderLayout.tokenCount,
      parameters: model.layers.heads,
      targets: table.gatherTargets(
        of: batch, denominators: batch.lossDenominators, values: buffers.targets, weights: buffers.regressionWeights,
        for: model.configuration, on: model.backend),
      lossSums: lossSums, logitGradients: buffers.predictions)
  }

  /// Predictions of all heads for every decoder token of `batch`, in packed order. (N, O)
  package func predict(_ batch: Batch, of table: DeviceTable) throws -> [Float] {
    let buffers = try run(batch, table)
    let tokens = batch.decoderLayout.tokenCount
    try model.backend.headsForward(
      hidden: buffers.decoder.last!.hiddenStates, tokenCount: tokens, parameters: model.layers.heads,
      predictions: buffers.predictions)
    return try model.backend.read(buffers.predictions[0..<tokens * model.configuration.outputSize])
  }

  /// Gradients of the loss of the last `forward` into `gradients`.
  package func backward() throws {
    guard let buffers else { preconditionFailure("Seq2SeqPass.backward: before forward") }
    let (backend, layers) = (model.backend, model.layers)
    let top = buffers.decoder.last!
    try backend.headsBackward(
      hidden: top.hiddenStates, logitGradients: buffers.predictions, tokenCount: top.layout.tokenCount,
      parameters: layers.heads, gradients: gradientLayers.heads, hiddenGradient: buffers.scratch[0])
    try backend.lstmBackward(
      through: buffers.decoder, parameters: layers.decoder, hiddenGradient: buffers.scratch[0], finalStates: nil,
      gradients: gradientLayers.decoder, initialStates: buffers.stateGradients, inputGradient: nil,
      scratch: buffers.scratch)
    try backend.lstmBackward(
      through: buffers.encoder, parameters: layers.encoder, hiddenGradient: nil, finalStates: buffers.stateGradients,
      gradients: gradientLayers.encoder, initialStates: nil, inputGradient: nil, scratch: buffers.scratch)
  }

  /// Encoder and decoder over the batch.
  private func run(_ batch: Batch, _ table: DeviceTable) throws -> Buffers {
    let buffers = try buffers(for: batch)
    let (backend, layers) = (model.backend, model.layers)
    try gather(batch.encoderRows, of: table, into: buffers.encoderInputs, width: model.configuration.inputSize)
    try gather(batch.decoderRows, of: table, into: buffers.decoderInputs, width: model.configuration.inputSize)
    try backend.lstmForward(
      through: buffers.encoder, inputs: buffers.encoderInputs, layout: batch.encoderLayout, initialStates: nil,
      parameters: layers.encoder)
    try backend.lstmForward(
      through: buffers.decoder, inputs: buffers.decoderInputs, layout: batch.decoderLayout,
      initialStates: buffers.encoder.map(\.finalState), parameters: layers.decoder)
    return buffers
  }

  /// Vectors of `table`, which must be `width` wide; zeros for a row −1.
  private func gather(_ rows: [Int32], of table: DeviceTable, into result: Tensor, width: Int) throws {
    precondition(table.width == width, "Seq2SeqPass: vectors of \(table.width) where the model takes \(width)")
    try model.backend.gatherRows(rows, of: table.vectors, width: width, absent: 0, into: result)
  }

  private func buffers(for batch: Batch) throws -> Buffers {
    let (encoderTokens, decoderTokens) = (batch.encoderLayout.tokenCount, batch.decoderLayout.tokenCount)
    if let buffers, encoderTokens <= capacity.encoderTokens, decoderTokens <= capacity.decoderTokens,
      batch.sequenceCount <= capacity.sequences
    {
      return buffers
    }
    buffers = nil  // frees the old ones before the larger ones are made
    capacity.encoderTokens = max(capacity.encoderTokens, encoderTokens)
    capacity.decoderTokens = max(capacity.decoderTokens, decoderTokens)
    capacity.sequences = max(capacity.sequences, batch.sequenceCount)
    let (configuration, backend) = (model.configuration, model.backend)
    let tokens = max(capacity.encoderTokens, capacity.decoderTokens)
    let h = configuration.hiddenSize
    func traces(_ tokens: Int) throws -> [LSTMTrace] {
      try configuration.lstmShapes.map {
        try LSTMTrace(shape: $0, tokenCapacity: tokens, batchCapacity: capacity.sequences, backend: backend)
      }
    }
    let made = Buffers(
      encoderInputs: try backend.makeTensor(count: capacity.encoderTokens * configuration.inputSize),
      decoderInputs: try backend.makeTensor(count: capacity.decoderTokens * configuration.inputSize),
      targets: try backend.makeTensor(count: capacity.decoderTokens * configuration.outputSize),
      regressionWeights: try backend.makeTensor(count: capacity.decoderTokens * configuration.regressionSize),
      encoder: try traces(capacity.encoderTokens), decoder: try traces(capacity.decoderTokens),
      predictions: try backend.makeTensor(count: capacity.decoderTokens * configuration.outputSize),
      scratch: try (0..<min(2, configuration.layers)).map { _ in try backend.makeTensor(count: tokens * h) },
      stateGradients: try (0..<configuration.layers).map { _ in
        LSTMState(
          hidden: try backend.makeTensor(count: capacity.sequences * h),
          cell: try backend.makeTensor(count: capacity.sequences * h))
      })
    buffers = made
    return made
  }
}
