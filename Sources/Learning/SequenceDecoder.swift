internal import Compute
internal import Sequences

/// Runs a trained model one decoder step at a time for a batch of sequences, as recommending needs it (the dissertation's
/// inference encoder and decoder, figures 10.8 and 10.9).
package final class SequenceDecoder {
  private let model: Seq2Seq
  private var states: [LSTMState]?
  private var batchSize = 0
  private var steps: (current: [LSTMTrace], other: [LSTMTrace])?  // a step reads one and writes the other
  private var encoder: [LSTMTrace] = []
  private var (inputs, predictions, encoderInputs): (Tensor?, Tensor?, Tensor?)

  package init(_ model: Seq2Seq) { self.model = model }

  /// Starts a new batch: runs the encoder over each sequence.
  /// - Parameter sequences: for each sequence its vectors one after another, at least one. (B; T × F each)
  package func encode(_ sequences: [[Float]]) throws {
    let (configuration, backend) = (model.configuration, model.backend)
    let f = configuration.inputSize
    let layout = PackedLayout(lengths: sequences.map { $0.count / f })
    if encoder.isEmpty || encoder[0].tokenCapacity < layout.tokenCount || encoder[0].batchCapacity < sequences.count {
      encoder = []
      encoder = try traces(tokens: layout.tokenCount, batch: sequences.count)
      encoderInputs = try backend.makeTensor(count: layout.tokenCount * f)
    }
    var packed = [Float](repeating: 0, count: layout.tokenCount * f)
    for step in 0..<layout.stepCount {
      for row in 0..<layout.activeCounts[step] {
        let token = layout.token(step: step, row: row)
        packed.replaceSubrange(
          token * f..<(token + 1) * f, with: sequences[layout.rowOrder[row]][step * f..<(step + 1) * f])
      }
    }
    try backend.write(packed, to: encoderInputs!)
    for (layer, trace) in encoder.enumerated() {
      try backend.lstmForward(
        inputs: layer == 0 ? encoderInputs! : encoder[layer - 1].hiddenStates, layout: layout, initialState: nil,
        parameters: model.layers.encoder[layer], trace: trace)
    }
    if steps == nil || steps!.current[0].batchCapacity < sequences.count {
      steps = (
        try traces(tokens: sequences.count, batch: sequences.count),
        try traces(tokens: sequences.count, batch: sequences.count)
      )
      inputs = try backend.makeTensor(count: sequences.count * f)
      predictions = try backend.makeTensor(count: sequences.count * configuration.outputSize)
    }
    batchSize = sequences.count
    states = encoder.map(\.finalState)
  }

  /// One decoder step for the whole batch, from the states that the step before left.
  /// - Parameter vectors: the song vector fed to each sequence, in batch order. (B, F)
  /// - Returns: the heads' predictions, in batch order. (B, O)
  package func step(_ vectors: [Float]) throws -> [Float] {
    guard let states, let steps, let inputs, let predictions else {
      preconditionFailure("SequenceDecoder.step: before encode")
    }
    precondition(vectors.count == batchSize * model.configuration.inputSize, "SequenceDecoder.step: wrong input size")
    let backend = model.backend
    let layout = PackedLayout(lengths: [Int](repeating: 1, count: batchSize))
    try backend.write(vectors, to: inputs)
    for (layer, trace) in steps.current.enumerated() {
      try backend.lstmForward(
        inputs: layer == 0 ? inputs : steps.current[layer - 1].hiddenStates, layout: layout,
        initialState: states[layer], parameters: model.layers.decoder[layer], trace: trace)
    }
    try backend.headsForward(
      hidden: steps.current.last!.hiddenStates, tokenCount: batchSize, parameters: model.layers.heads,
      predictions: predictions)
    self.states = steps.current.map(\.finalState)
    self.steps = (steps.other, steps.current)
    return try backend.read(predictions[0..<batchSize * model.configuration.outputSize])
  }

  private func traces(tokens: Int, batch: Int) throws -> [LSTMTrace] {
    try model.configuration.lstmShapes.map {
      try LSTMTrace(shape: $0, tokenCapacity: tokens, batchCapacity: batch, backend: model.backend)
    }
  }
}
