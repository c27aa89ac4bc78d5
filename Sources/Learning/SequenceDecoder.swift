package import Compute
package import Sequences

/// Runs a trained model one decoder step at a time for a batch of sequences, as recommending needs it (the dissertation's
/// inference encoder and decoder, figures 10.8 and 10.9). Its memory grows to the largest batch it meets.
package final class SequenceDecoder {
  private let model: Seq2Seq
  private var memory: Memory?
  private var batchLayout = PackedLayout(lengths: [])  // one step of the whole batch
  private var states: [LSTMState] = []  // of each layer, after the last step

  private struct Memory {
    let tokenCapacity, batchCapacity: Int
    let encoderInputs, inputs, predictions: Tensor  // (N, F), (B, F), (B, O)
    let encoder: [LSTMTrace]
    var decoder, spare: [LSTMTrace]  // a step reads the states of one and writes the other
  }

  /// Nil for a model that ranks no catalogue.
  private let playlistState: PlaylistState?

  package init(_ model: Seq2Seq) {
    self.model = model
    playlistState = model.configuration.catalogue == nil ? nil : PlaylistState(model, gradients: nil)
  }

  package var backend: any Backend { model.backend }

  /// Starts a new batch: runs the encoder over each sequence.
  /// - Parameters:
  ///   - lengths: vectors of each sequence, at least one. (B)
  ///   - fill: writes the vector of one step of one sequence: its F floats, the sequence in batch order, the step.
  package func encode(
    lengths: [Int], _ fill: (_ vector: UnsafeMutableBufferPointer<Float>, _ sequence: Int, _ step: Int) -> Void
  ) throws {
    let layout = PackedLayout(lengths: lengths)
    let f = model.configuration.inputSize
    let memory = try memory(for: layout)
    let packed = [Float](unsafeUninitializedCapacity: layout.tokenCount * f) { packed, count in
      packed.initialize(repeating: 0)
      count = layout.tokenCount * f
      for step in 0..<layout.stepCount {
        for row in 0..<layout.activeCounts[step] {
          let token = layout.token(step: step, row: row)
          fill(
            UnsafeMutableBufferPointer(rebasing: packed[token * f..<(token + 1) * f]), layout.rowOrder[row], step)
        }
      }
    }
    try backend.write(packed, to: memory.encoderInputs)
    try backend.lstmForward(
      through: memory.encoder, inputs: memory.encoderInputs, layout: layout, initialStates: nil,
      parameters: model.layers.encoder)
    batchLayout = PackedLayout(lengths: .init(repeating: 1, count: lengths.count))
    states = memory.encoder.map(\.finalState)
  }

  /// The state of each playlist that was encoded last, of a model that ranks its catalogue. (B, d), in batch order; written
  /// anew by the next call.
  /// - Parameter titles: rows of the model's words for each playlist.
  package func playlistStates(titles: EmbeddingBags) throws -> Tensor {
    guard let memory, let playlistState else { preconditionFailure("SequenceDecoder.playlistStates: before encode") }
    return try playlistState.forward(
      inputs: memory.encoderInputs, encoder: memory.encoder.last!, titles: titles, masks: nil)
  }

  /// One decoder step for the whole batch, from the states that the step before left.
  /// - Parameters:
  ///   - vectors: the vector fed to each sequence, in batch order. (B, F)
  ///   - predictions: receives the heads' predictions, in batch order. (B, O)
  package func step(_ vectors: [Float], into predictions: inout [Float]) throws {
    guard var memory, !states.isEmpty else { preconditionFailure("SequenceDecoder.step: before encode") }
    let (batchSize, configuration) = (batchLayout.batchSize, model.configuration)
    precondition(
      vectors.count == batchSize * configuration.inputSize
        && predictions.count == batchSize * configuration.outputSize, "SequenceDecoder.step: wrong sizes")
    try backend.write(vectors, to: memory.inputs)
    try backend.lstmForward(
      through: memory.decoder, inputs: memory.inputs, layout: batchLayout, initialStates: states,
      parameters: model.layers.decoder)
    try backend.headsForward(
      hidden: memory.decoder.last!.hiddenStates, tokenCount: batchSize, parameters: model.layers.heads,
      predictions: memory.predictions)
    states = memory.decoder.map(\.finalState)
    swap(&memory.decoder, &memory.spare)
    self.memory = memory
    try predictions.withUnsafeMutableBufferPointer {
      try backend.read(memory.predictions, into: $0)
    }
  }

  private func memory(for layout: PackedLayout) throws -> Memory {
    if let memory, memory.tokenCapacity >= layout.tokenCount, memory.batchCapacity >= layout.batchSize {
      return memory
    }
    let tokens = max(layout.tokenCount, memory?.tokenCapacity ?? 0)
    let batch = max(layout.batchSize, memory?.batchCapacity ?? 0)
    memory = nil  // frees the old one before the larger one is made
    let configuration = model.configuration
    func traces(_ tokens: Int) throws -> [LSTMTrace] {
      try configuration.lstmShapes.map {
        try LSTMTrace(shape: $0, tokenCapacity: tokens, batchCapacity: batch, backend: backend)
      }
    }
    let made = Memory(
      tokenCapacity: tokens, batchCapacity: batch,
      encoderInputs: try backend.makeTensor(count: tokens * configuration.inputSize),
      inputs: try backend.makeTensor(count: batch * configuration.inputSize),
      predictions: try backend.makeTensor(count: batch * configuration.outputSize),
      encoder: try traces(tokens), decoder: try traces(batch), spare: try traces(batch))
    memory = made
    return made
  }
}
