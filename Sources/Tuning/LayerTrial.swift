internal import Compute
internal import Sequences

/// One layer with random weights over a batch of random inputs, forward and backward, on one backend.
struct LayerTrial {
  private let backend: OpenCLBackend
  private let layout: PackedLayout
  private let inputs, hiddenGradient: Tensor
  private let parameters, gradients: LSTMParameters
  private let trace: LSTMTrace

  /// As many inputs as a song has numbers.
  private static let inputSize = 29

  /// - Parameter lengths: of the sequences.
  init(hiddenSize: Int, lengths: [Int], on backend: OpenCLBackend) throws {
    let (shape, layout) = (LSTMShape(inputSize: Self.inputSize, hiddenSize: hiddenSize), PackedLayout(lengths: lengths))
    var random = Philox(seed: 1, purpose: .benchmark)
    func values(_ count: Int, upTo limit: Float) -> [Float] {
      (0..<count).map { _ in limit * (2 * random.uniform() - 1) }
    }
    self.backend = backend
    self.layout = layout
    inputs = try backend.makeTensor(values(layout.tokenCount * shape.inputSize, upTo: 1))
    hiddenGradient = try backend.makeTensor(values(layout.tokenCount * shape.hiddenSize, upTo: 1))
    let limit = 1.5 / Float(shape.operandSize).squareRoot()
    parameters = LSTMParameters(
      shape: shape, matrix: try backend.makeTensor(values(shape.parameterCount, upTo: limit)))
    gradients = LSTMParameters(shape: shape, matrix: try backend.makeTensor(count: shape.parameterCount))
    trace = try LSTMTrace(
      shape: shape, tokenCapacity: layout.tokenCount, batchCapacity: layout.batchSize, backend: backend)
  }

  private func forward() throws {
    try backend.lstmForward(inputs: inputs, layout: layout, initialState: nil, parameters: parameters, trace: trace)
  }

  private func backward() throws {
    try backend.lstmBackward(
      trace: trace, parameters: parameters, hiddenGradient: hiddenGradient, finalStateGradient: nil,
      gradients: gradients, initialStateGradient: nil, inputGradient: nil)
  }

  /// Hidden states of all tokens, and the parameters' gradients.
  func results() throws -> (hiddenStates: [Float], gradients: [Float]) {
    try forward()
    let hiddenStates = try backend.read(trace.hiddenStates)
    try backward()
    return (hiddenStates, try backend.read(gradients.matrix))
  }

  /// The least of several runs after a first one that does not count, until a fifth of a second is over.
  func seconds() throws -> (forward: Double, backward: Double) {
    var least = (forward: Double.infinity, backward: Double.infinity)
    let end = ContinuousClock.now + .seconds(0.2)
    var runs = 0
    while runs < 4 || ContinuousClock.now < end {
      let (forward, backward) = (try seconds(forward), try seconds(backward))
      if runs > 0 { least = (min(least.forward, forward), min(least.backward, backward)) }
      runs += 1
    }
    return least
  }

  private func seconds(_ operation: () throws -> Void) throws -> Double {
    let start = ContinuousClock.now
    try operation()
    try backend.synchronize()
    return (ContinuousClock.now - start) / .seconds(1)
  }
}
