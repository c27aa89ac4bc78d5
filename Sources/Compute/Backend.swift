internal import Glibc
package import Sequences

/// The one seam of the engine: a layer over a whole batch of sequences. Above it nobody knows OpenCL or BLAS; below it
/// nobody knows songs or files.
///
/// Operations may run asynchronously, in the order in which they were called; `read` and `synchronize` wait.
/// Every result is overwritten, never added to. Tensors may be longer than a batch needs; what lies beyond is neither
/// read nor written. A backend and its tensors are used from one thread at a time.
/// Sizes that do not fit together are a programmer's mistake and stop the program; what the device refuses is thrown
/// as `ComputeError`. B batch, T time steps, N packed tokens, F inputs, H hidden units, O outputs.
package protocol Backend: AnyObject, CatalogueLayers {
  var device: Device { get }

  // MARK: Memory

  /// A tensor of `count` zeros.
  func makeTensor(count: Int) throws -> Tensor
  /// Copies `values` into the first elements of `tensor`; `values` may be reused on return.
  func write(_ values: UnsafeBufferPointer<Float>, to tensor: Tensor) throws
  /// Waits for all operations before it, then copies the first elements of `tensor` into `values`.
  /// - Throws: `WaitingFault` when an operation since the last reading is unfinished; the same again succeeds.
  func read(_ tensor: Tensor, into values: UnsafeMutableBufferPointer<Float>) throws
  func fill(_ tensor: Tensor, with value: Float) throws
  /// Waits until everything asked for is done.
  func synchronize() throws
  /// Runs `body` for 0 ..< `count` on the host's threads that this backend keeps, for work between its operations;
  /// returns when all are done. Which part runs on which thread is not said. `body` must not use the backend.
  func forEachOnHost(_ count: Int, _ body: @Sendable (Int) -> Void)

  /// Rows of a table by their numbers (TensorFlow's `gather`): result[i] ← table[rows[i]], or `absent` in every column
  /// where rows[i] is −1. A row beyond the table is a programmer's mistake.
  /// - Parameters:
  ///   - rows: may be reused on return. (N)
  ///   - table: (rows of the table, `width`)
  ///   - result: receives (N, `width`); another buffer than the table's.
  func gatherRows(_ rows: [Int32], of table: Tensor, width: Int, absent: Float, into result: Tensor) throws

  // MARK: LSTM

  /// A layer over all time steps (Hochreiter and Schmidhuber 1997 with forget gate; Keras `LSTM`):
  ///
  ///     z = x·kernel + h·recurrentKernel + bias         gates i f c o
  ///     c ← σ(z_f)·c + σ(z_i)·tanh(z_c)
  ///     h ← σ(z_o)·tanh(c)
  ///
  /// - Parameters:
  ///   - inputs: (N, F), packed by `layout`.
  ///   - initialState: (B, H) in batch order; nil for zeros. Must stay unchanged until `lstmBackward`.
  ///   - trace: receives all gates and states, and `finalState` in batch order.
  func lstmForward(
    inputs: Tensor, layout: PackedLayout, initialState: LSTMState?, parameters: LSTMParameters, trace: LSTMTrace) throws

  /// Gradients of the layer whose forward pass `trace` holds (backpropagation through time).
  ///
  /// - Parameters:
  ///   - hiddenGradient: ∂L/∂h of every token, (N, H); nil for zeros.
  ///   - finalStateGradient: ∂L/∂(final state), (B, H) in batch order; nil for zeros.
  ///   - gradients: receives ∂L/∂parameters, summed over all tokens in an order that depends on the layout only.
  ///   - initialStateGradient: receives ∂L/∂(initial state), (B, H) in batch order, when given.
  ///   - inputGradient: receives ∂L/∂x, (N, F), when given.
  func lstmBackward(
    trace: LSTMTrace, parameters: LSTMParameters, hiddenGradient: Tensor?, finalStateGradient: LSTMState?,
    gradients: LSTMParameters, initialStateGradient: LSTMState?, inputGradient: Tensor?) throws

  // MARK: Heads

  /// Predictions of all heads: sigmoid or softmax of hidden·kernel + bias.
  /// - Parameters:
  ///   - hidden: (N, H)
  ///   - predictions: (N, O)
  func headsForward(hidden: Tensor, tokenCount: Int, parameters: HeadsParameters, predictions: Tensor) throws

  /// Loss sums and logit gradients of all heads in one pass.
  ///
  /// A sigmoid head's loss of one token is Σ w·(p − t)² / width, its logit gradient 2·w·(p − t)·p·(1 − p) / width.
  /// A softmax head's is −Σ t·log p, through log-sum-exp, its logit gradient p·Σt − t. Gradients are divided by
  /// the head's denominator; sums are not.
  /// - Parameters:
  ///   - lossSums: receives each head's sum over all tokens. (heads)
  ///   - logitGradients: (N, O)
  func headsLoss(
    hidden: Tensor, tokenCount: Int, parameters: HeadsParameters, targets: HeadTargets, lossSums: Tensor,
    logitGradients: Tensor) throws

  /// Backward pass of the heads' dense layers.
  /// - Parameters:
  ///   - gradients: receives hiddenᵀ·logitGradients and the column sums.
  ///   - hiddenGradient: receives logitGradients·kernelᵀ. (N, H)
  func headsBackward(
    hidden: Tensor, logitGradients: Tensor, tokenCount: Int, parameters: HeadsParameters, gradients: HeadsParameters,
    hiddenGradient: Tensor) throws

  // MARK: Dense layers

  /// outputs ← activation(inputs·kernel + bias) (Keras `Dense`).
  /// - Parameters:
  ///   - inputs: (N, F)
  ///   - outputs: receives (N, O).
  func denseForward(inputs: Tensor, rowCount: Int, parameters: DenseParameters, outputs: Tensor) throws

  /// Backward pass of `denseForward`.
  /// - Parameters:
  ///   - outputs: what `denseForward` gave. (N, O)
  ///   - outputGradient: ∂L/∂outputs; becomes the gradient before the activation. (N, O)
  ///   - gradients: receives inputsᵀ·outputGradient and the column sums.
  ///   - inputGradient: receives outputGradient·kernelᵀ, (N, F), when given.
  func denseBackward(
    inputs: Tensor, outputs: Tensor, outputGradient: Tensor, rowCount: Int, parameters: DenseParameters,
    gradients: DenseParameters, inputGradient: Tensor?) throws

  /// Dropout (Srivastava et al. 2014), inverted: result[i] ← values[i] / (1 − rate), or 0 where the mask drops i. Its
  /// backward pass is itself. `result` may be `values`.
  func dropout(_ values: Tensor, count: Int, mask: DropoutMask, into result: Tensor) throws

  /// sum ← sum + factor·values, element by element; `sum` decides how many.
  func add(_ values: Tensor, times factor: Float, to sum: Tensor) throws

  // MARK: Attention

  /// Scaled dot-product attention of each query over the states of its own sequence, which are keys and values (Luong et
  /// al. 2015, `dot`; scale as Vaswani et al. 2017): α = softmax(q·kᵀ / √H), context = Σ α·k.
  /// - Parameters:
  ///   - queries: (N of the queries, H), packed by `queryLayout`.
  ///   - keys: (N of the keys, H), packed by `keyLayout`; the batch in the same order.
  ///   - trace: receives contexts and weights.
  func attentionForward(
    queries: Tensor, queryLayout: PackedLayout, keys: Tensor, keyLayout: PackedLayout, trace: AttentionTrace) throws

  /// Backward pass of `attentionForward`, whose results `trace` holds.
  /// - Parameters:
  ///   - contextGradient: ∂L/∂contexts. (N of the queries, H)
  ///   - queryGradient: receives (N of the queries, H).
  ///   - keyGradient: receives the gradient of keys as keys and as values. (N of the keys, H)
  func attentionBackward(
    trace: AttentionTrace, queries: Tensor, keys: Tensor, contextGradient: Tensor, queryGradient: Tensor,
    keyGradient: Tensor) throws

  // MARK: Optimiser

  /// AdamW as PyTorch computes it (Loshchilov and Hutter 2019), over whole slabs, t = `settings.step`:
  ///
  ///     w ← w·(1 − lr·λ)      m ← β₁m + (1−β₁)g      v ← β₂v + (1−β₂)g²
  ///     w ← w − lr·m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
  func adamwUpdate(
    parameters: Tensor, gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor, settings: AdamW) throws

  /// RMSprop as Keras computes it, over whole slabs: v ← ρv + (1−ρ)g²; w ← w − lr·g / √(v + ε), ε inside the root.
  func rmspropUpdate(parameters: Tensor, gradients: Tensor, meanSquares: Tensor, settings: RMSprop) throws

  /// Scales `gradients` by min(1, maximum / ‖gradients‖₂) (Keras `global_clipnorm`), without a round trip to the host.
  func clipByGlobalNorm(gradients: Tensor, maximum: Float) throws
}

/// Settings of one RMSprop step.
package struct RMSprop: Sendable {
  package var learningRate: Float
  /// Decay of the mean squares, ρ.
  package var rho: Float
  package var epsilon: Float

  package init(learningRate: Float = 0.001, rho: Float = 0.9, epsilon: Float = 1e-7) {
    self.learningRate = learningRate
    self.rho = rho
    self.epsilon = epsilon
  }
}

/// Settings of one AdamW step.
package struct AdamW: Sendable {
  package var learningRate: Float
  package var beta1: Float
  package var beta2: Float
  package var epsilon: Float
  /// λ
  package var weightDecay: Float
  /// t: the number of this step, from 1; the same for all slices that are updated in it.
  package var step: Int

  package init(
    learningRate: Float = 0.001, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8,
    weightDecay: Float = 0.01, step: Int = 1
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.step = step
  }

  /// What the formula needs of the settings besides β₁, β₂ and ε.
  var factors: (gradientShare: Float, squareShare: Float, decay: Float, stepSize: Float, rootScale: Float) {
    let (beta1, beta2, rate) = (Double(beta1), Double(beta2), Double(learningRate))
    return (
      Float(1 - beta1), Float(1 - beta2), Float(1 - rate * Double(weightDecay)),
      Float(rate / (1 - pow(beta1, Double(step)))), Float(1 / (1 - pow(beta2, Double(step))).squareRoot())
    )
  }
}

extension Backend {
  /// Stops the program where the arguments of `gatherRows` do not fit together.
  func requireGather(_ rows: [Int32], of table: Tensor, width: Int, into result: Tensor) {
    precondition(
      result.count >= rows.count * width, "gatherRows: result of \(result.count) for \(rows.count) × \(width)")
    var (least, greatest) = (Int32.max, Int32.min)
    for row in rows { (least, greatest) = (min(least, row), max(greatest, row)) }
    precondition(
      rows.isEmpty || least >= -1 && (Int(greatest) + 1) * width <= table.count,
      "gatherRows: rows \(least)…\(greatest) of a table of \(table.count) / \(width) rows")
  }

  package func forEachOnHost(_ count: Int, _ body: @Sendable (Int) -> Void) {
    for index in 0..<count { body(index) }
  }

  package func write(_ values: [Float], to tensor: Tensor) throws {
    try values.withUnsafeBufferPointer { try write($0, to: tensor) }
  }

  package func read(_ tensor: Tensor) throws -> [Float] {
    try [Float](unsafeUninitializedCapacity: tensor.count) { buffer, count in
      try read(tensor, into: UnsafeMutableBufferPointer(rebasing: buffer[0..<tensor.count]))
      count = tensor.count
    }
  }

  /// A tensor that holds `values`.
  package func makeTensor(_ values: [Float]) throws -> Tensor {
    let tensor = try makeTensor(count: values.count)
    try write(values, to: tensor)
    return tensor
  }
}
