internal import Compute
internal import Sequences

/// LSTM layers on top of each other: one side of a model, as its traces hold it.
extension Backend {
  /// Runs the layers from the inputs up.
  /// - Parameters:
  ///   - inputs: of the lowest layer. (N, F)
  ///   - initialStates: of each layer; nil for zeros.
  func lstmForward(
    through traces: [LSTMTrace], inputs: Tensor, layout: PackedLayout, initialStates: [LSTMState]?,
    parameters: [LSTMParameters]
  ) throws {
    for (layer, trace) in traces.enumerated() {
      try lstmForward(
        inputs: layer == 0 ? inputs : traces[layer - 1].hiddenStates, layout: layout,
        initialState: initialStates?[layer], parameters: parameters[layer], trace: trace)
    }
  }

  /// Gradients from the top layer down.
  /// - Parameters:
  ///   - hiddenGradient: of the top layer's hidden states, (N, H), which may be one of `scratch`; nil for zeros.
  ///   - finalStates: gradients of each layer's final state; nil for zeros.
  ///   - initialStates: receive the gradients of each layer's initial state, when given.
  ///   - inputGradient: receives the inputs' gradient, (N, F), when given.
  ///   - scratch: (N, H) each; untouched where there is one layer.
  func lstmBackward(
    through traces: [LSTMTrace], parameters: [LSTMParameters], hiddenGradient: Tensor?, finalStates: [LSTMState]?,
    gradients: [LSTMParameters], initialStates: [LSTMState]?, inputGradient: Tensor?, scratch: [Tensor]
  ) throws {
    var hiddenGradient = hiddenGradient
    for layer in traces.indices.reversed() {
      // A layer reads one and writes the other.
      let isFirstTaken = hiddenGradient?.storage === scratch[0].storage
      let lower = layer == 0 ? inputGradient : scratch[isFirstTaken ? 1 : 0]
      try lstmBackward(
        trace: traces[layer], parameters: parameters[layer], hiddenGradient: hiddenGradient,
        finalStateGradient: finalStates?[layer], gradients: gradients[layer],
        initialStateGradient: initialStates?[layer], inputGradient: lower)
      hiddenGradient = lower
    }
  }
}
