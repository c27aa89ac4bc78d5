package import Sequences

/// Sizes of one LSTM layer.
package struct LSTMShape: Hashable, Sendable {
  /// Inputs per time step, F.
  package let inputSize: Int
  /// Hidden units, H.
  package let hiddenSize: Int

  package init(inputSize: Int, hiddenSize: Int) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
  }

  /// Pre-activations per time step, 4H, gates in Keras's order i f c o.
  package var gateCount: Int { 4 * hiddenSize }
  /// Rows of the parameter matrix: kernel (F), bias (1), recurrent kernel (H).
  package var operandSize: Int { inputSize + 1 + hiddenSize }
  /// Distance between rows of `LSTMTrace.operands`: `operandSize` rounded up to 16 floats, a cache line.
  package var operandStride: Int { (operandSize + 15) / 16 * 16 }
  package var parameterCount: Int { operandSize * gateCount }
}

/// The parameters of one LSTM layer, or their gradients: one matrix [kernel; bias; recurrent kernel] of
/// (F + 1 + H, 4H), so that z = [x, 1, h] · matrix and all gradients are one product. Gates in the order i f c o.
package struct LSTMParameters {
  package let shape: LSTMShape
  /// (F + 1 + H, 4H)
  package let matrix: Tensor

  package init(shape: LSTMShape, matrix: Tensor) {
    precondition(
      matrix.count == shape.parameterCount,
      "LSTMParameters: \(shape) needs \(shape.parameterCount) values, got \(matrix.count)")
    self.shape = shape
    self.matrix = matrix
  }

  /// Keras's `kernel`. (F, 4H)
  package var kernel: Tensor { matrix[0..<shape.inputSize * shape.gateCount] }
  /// Keras's `bias`. (4H)
  package var bias: Tensor {
    matrix[shape.inputSize * shape.gateCount..<(shape.inputSize + 1) * shape.gateCount]
  }
  /// Keras's `recurrent_kernel`. (H, 4H)
  package var recurrentKernel: Tensor { matrix[(shape.inputSize + 1) * shape.gateCount..<matrix.count] }
}

/// Hidden and cell state of every sequence, in batch order (not packed order), so that layers whose batches are sorted
/// differently can hand states over. Also used for the gradients of such states.
package struct LSTMState {
  package let hidden: Tensor  // (B, H)
  package let cell: Tensor  // (B, H)

  package init(hidden: Tensor, cell: Tensor) {
    self.hidden = hidden
    self.cell = cell
  }
}

/// What the forward pass of one layer leaves for the backward pass. Capacity is fixed when it is made; a batch may use
/// less. After `lstmBackward` the gates hold the gradients of the pre-activations.
package final class LSTMTrace {
  package let shape: LSTMShape
  package let tokenCapacity: Int
  package let batchCapacity: Int
  /// [x, 1, h of the step before] of every token. (N, operandStride)
  package let operands: Tensor
  /// Activated gates i f c o; after the backward pass ∂L/∂z. (N, 4H)
  package let gates: Tensor
  package let cellStates: Tensor  // (N, H)
  package let hiddenStates: Tensor  // (N, H)
  /// State after each sequence's last step, in batch order. (B, H) each
  package let finalState: LSTMState
  /// The batch that the trace holds; set by `lstmForward`.
  package var layout = PackedLayout(lengths: [])
  /// The initial cell states of that batch, needed by the backward pass.
  package var initialState: LSTMState?

  package init(shape: LSTMShape, tokenCapacity: Int, batchCapacity: Int, backend: any Backend) throws {
    self.shape = shape
    self.tokenCapacity = tokenCapacity
    self.batchCapacity = batchCapacity
    operands = try backend.makeTensor(count: tokenCapacity * shape.operandStride)
    gates = try backend.makeTensor(count: tokenCapacity * shape.gateCount)
    cellStates = try backend.makeTensor(count: tokenCapacity * shape.hiddenSize)
    hiddenStates = try backend.makeTensor(count: tokenCapacity * shape.hiddenSize)
    finalState = LSTMState(
      hidden: try backend.makeTensor(count: batchCapacity * shape.hiddenSize),
      cell: try backend.makeTensor(count: batchCapacity * shape.hiddenSize))
  }
}

/// One output block of the model with its activation and loss.
package struct Head: Hashable, Sendable {
  package enum Activation: String, Sendable, Codable {
    /// Sigmoid with mean squared error over the head's outputs.
    case sigmoid
    /// Softmax with cross-entropy −Σ t·log p.
    case softmax
  }
  package let name: String
  package let activation: Activation
  /// Columns of the head within predictions and targets.
  package let columns: Range<Int>

  package init(name: String, activation: Activation, columns: Range<Int>) {
    self.name = name
    self.activation = activation
    self.columns = columns
  }
}

/// The dense layers of all heads side by side, or their gradients. O outputs in all.
package struct HeadsParameters {
  package let heads: [Head]
  package let kernel: Tensor  // (H, O)
  package let bias: Tensor  // (O)

  package init(heads: [Head], kernel: Tensor, bias: Tensor) {
    let outputs = heads.reduce(0) { $0 + $1.columns.count }
    precondition(
      heads.first?.columns.lowerBound == 0 && bias.count == outputs && kernel.count % outputs == 0,
      "HeadsParameters: \(outputs) outputs, bias \(bias.count), kernel \(kernel.count)")
    precondition(
      zip(heads, heads.dropFirst()).allSatisfy { $0.columns.upperBound == $1.columns.lowerBound },
      "HeadsParameters: head columns must follow each other")
    self.heads = heads
    self.kernel = kernel
    self.bias = bias
  }

  /// Outputs of all heads together, O.
  package var outputCount: Int { bias.count }
  package var hiddenSize: Int { kernel.count / bias.count }
}

/// What `headsLoss` is given for every token.
package struct HeadTargets {
  /// (N, O)
  package let values: Tensor
  /// Weight of each output of the sigmoid heads, nil for all 1. (N, outputs of the sigmoid heads, in head order)
  package let regressionWeights: Tensor?
  /// What each head's loss sum is divided by for the gradients; above 0. (heads)
  package let denominators: [Float]

  package init(values: Tensor, regressionWeights: Tensor?, denominators: [Float]) {
    self.values = values
    self.regressionWeights = regressionWeights
    self.denominators = denominators
  }
}

/// A dense layer's parameters, or their gradients.
package struct DenseParameters {
  package enum Activation: String, Sendable, Codable {
    case linear, relu
  }
  package let activation: Activation
  package let kernel: Tensor  // (F, O)
  package let bias: Tensor  // (O)

  package init(kernel: Tensor, bias: Tensor, activation: Activation = .linear) {
    precondition(
      bias.count > 0 && kernel.count % bias.count == 0,
      "DenseParameters: kernel \(kernel.count), bias \(bias.count)")
    self.activation = activation
    self.kernel = kernel
    self.bias = bias
  }

  package var inputSize: Int { kernel.count / bias.count }
  package var outputSize: Int { bias.count }
}

/// What attention's forward pass leaves. Capacity is fixed when it is made; a batch may use less.
package final class AttentionTrace {
  package let hiddenSize: Int
  /// Queries of a batch, and steps of its longest sequence of keys.
  package let queryCapacity, keyStepCapacity: Int
  package let contexts: Tensor  // (queries, H)
  /// Weights of each query over its sequence's keys, by time step, rows of `keyStepCapacity`, which are not written beyond
  /// the sequence's length. (queries, `keyStepCapacity`)
  package let weights: Tensor
  /// The batch that the trace holds; set by `attentionForward`.
  package var (queryLayout, keyLayout) = (PackedLayout(lengths: []), PackedLayout(lengths: []))

  package init(hiddenSize: Int, queryCapacity: Int, keyStepCapacity: Int, backend: any Backend) throws {
    self.hiddenSize = hiddenSize
    self.queryCapacity = queryCapacity
    self.keyStepCapacity = keyStepCapacity
    contexts = try backend.makeTensor(count: queryCapacity * hiddenSize)
    weights = try backend.makeTensor(count: queryCapacity * keyStepCapacity)
  }
}

/// Which of many numbers a dropout leaves out: decided by number and place alone (Philox), so that every backend drops
/// the same and nothing is kept for the backward pass.
///
/// Place i is dropped when word i mod 4 of block i / 4 of the stream (`seed`, `.dropout`, `step`, `layer`) is below
/// rate·2³². There are 2³⁴ places.
package struct DropoutMask: Sendable, Equatable {
  /// In 0 ..< 1.
  package var rate: Float
  /// The highest one: next to everything is dropped.
  package static let highestRate = Float(1).nextDown
  package var seed: UInt64
  /// Tells the steps of a run apart.
  package var step: Int
  /// Tells the layers of a model apart.
  package var layer: Int

  package init(rate: Float, seed: UInt64, step: Int, layer: Int) {
    precondition(rate >= 0 && rate < 1, "DropoutMask: rate \(rate)")
    self.rate = rate
    self.seed = seed
    self.step = step
    self.layer = layer
  }

  /// Words below this are dropped.
  package var threshold: UInt32 { UInt32(Double(rate) * 0x1p32) }
  /// What the numbers that stay are multiplied by, 1 / (1 − rate).
  package var scale: Float { Float(1 / (1 - Double(rate))) }
  package var stream: Philox { Philox(seed: seed, purpose: .dropout, epoch: step, index: layer) }
}
