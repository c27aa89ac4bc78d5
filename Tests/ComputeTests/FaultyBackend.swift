import Compute
import Sequences

/// A correct backend that makes one kind of mistake with one result of one operation.
final class FaultyBackend: Backend {
  enum Fault: CaseIterable, Sendable {
    /// One element is off by a hundredth, of itself or of 1.
    case perturbed
    case notANumber
    case infinite
    /// One element is left as it was before.
    case unwritten
    /// Results are added to what was there.
    case accumulated
    /// The element after the result is written.
    case writtenPastEnd
    /// The element before the result is written.
    case writtenBeforeStart
    /// An input of the operation is overwritten.
    case inputOverwritten
    /// The operation throws.
    case thrown
    /// Each run gives other bits.
    case unrepeatable
  }

  /// A result of an operation, for example (`lstmForward`, 2) for the hidden states.
  struct Target: Hashable, Sendable, CustomStringConvertible {
    let operation: String
    let index: Int
    var description: String { "result \(index) of \(operation)" }
  }

  let inner: ReferenceBackend
  let fault: Fault
  let target: Target
  /// How often the mistake was made.
  private(set) var occasions = 0
  var device: Device { inner.device }

  init(_ fault: Fault, in target: Target) throws {
    inner = try ReferenceBackend()
    self.fault = fault
    self.target = target
  }

  /// Runs `operation`, then spoils the result that the fault is about.
  func run(_ operation: String, inputs: [Tensor?], results: [Tensor?], _ body: () throws -> Void) throws {
    guard operation == target.operation, target.index < results.count, let result = results[target.index],
      result.count > 0
    else {
      return try body()
    }
    let before = try inner.read(result)
    try body()
    let middle = result.count / 2
    let value = try inner.read(result)[middle]
    switch fault {
    case .perturbed: try put(value + 0.01 * max(1, abs(value)), at: middle, of: result)
    case .notANumber: try put(.nan, at: middle, of: result)
    case .infinite: try put(.infinity, at: middle, of: result)
    case .unwritten: try put(before[middle], at: middle, of: result)
    case .accumulated:
      let after = try inner.read(result)
      for (index, (old, new)) in zip(before, after).enumerated() { try put(old + new, at: index, of: result) }
    case .writtenPastEnd: try put(0.5, at: result.count, of: result)
    case .writtenBeforeStart: try put(0.5, at: -1, of: result)
    case .inputOverwritten:
      let given = inputs.compactMap { $0 }
      if !given.isEmpty { try put(0.5, at: 0, of: given[target.index % given.count]) }
    case .thrown:
      occasions += 1
      throw ComputeError(call: operation, reason: "device lost", remedy: "Try another")
    case .unrepeatable: try put((0...occasions).reduce(value) { last, _ in last.nextUp }, at: middle, of: result)
    }
  }

  /// Writes one element, which may lie beside the tensor, and counts the occasion if that changed anything.
  private func put(_ value: Float, at index: Int, of tensor: Tensor) throws {
    let offset = tensor.offset + index
    guard offset >= 0 && offset < tensor.storage.count else { return }
    let element = Tensor(storage: tensor.storage, offset: offset, count: 1)
    if try inner.read(element)[0].bitPattern == value.bitPattern { return }
    try inner.fill(element, with: value)
    occasions += 1
  }

  // MARK: Backend

  func makeTensor(count: Int) throws -> Tensor { try inner.makeTensor(count: count) }

  func write(_ values: UnsafeBufferPointer<Float>, to tensor: Tensor) throws { try inner.write(values, to: tensor) }

  func read(_ tensor: Tensor, into values: UnsafeMutableBufferPointer<Float>) throws {
    try inner.read(tensor, into: values)
  }

  func fill(_ tensor: Tensor, with value: Float) throws {
    try run("fill", inputs: [], results: [tensor]) { try inner.fill(tensor, with: value) }
  }

  func gatherRows(_ rows: [Int32], of table: Tensor, width: Int, absent: Float, into result: Tensor) throws {
    try run("gatherRows", inputs: [table], results: [result[0..<rows.count * width]]) {
      try inner.gatherRows(rows, of: table, width: width, absent: absent, into: result)
    }
  }

  func synchronize() throws { try inner.synchronize() }

  func lstmForward(
    inputs: Tensor, layout: PackedLayout, initialState: LSTMState?, parameters: LSTMParameters, trace: LSTMTrace
  ) throws {
    let (tokens, units) = (layout.tokenCount, trace.shape.hiddenSize)
    let states = 0..<layout.batchSize * units
    let results = [
      trace.gates[0..<tokens * 4 * units], trace.cellStates[0..<tokens * units],
      trace.hiddenStates[0..<tokens * units], trace.finalState.hidden[states], trace.finalState.cell[states],
    ]
    try run(
      "lstmForward", inputs: [inputs, parameters.matrix, initialState?.hidden, initialState?.cell], results: results
    ) {
      try inner.lstmForward(
        inputs: inputs, layout: layout, initialState: initialState, parameters: parameters, trace: trace)
    }
  }

  func lstmBackward(
    trace: LSTMTrace, parameters: LSTMParameters, hiddenGradient: Tensor?, finalStateGradient: LSTMState?,
    gradients: LSTMParameters, initialStateGradient: LSTMState?, inputGradient: Tensor?
  ) throws {
    let gates = trace.gates[0..<trace.layout.tokenCount * trace.shape.gateCount]
    let states = 0..<trace.layout.batchSize * trace.shape.hiddenSize
    let results = [
      gradients.matrix, gates, initialStateGradient?.hidden[states], initialStateGradient?.cell[states],
      inputGradient?[0..<trace.layout.tokenCount * trace.shape.inputSize],
    ]
    try run(
      "lstmBackward",
      inputs: [parameters.matrix, hiddenGradient, finalStateGradient?.hidden, finalStateGradient?.cell],
      results: results
    ) {
      try inner.lstmBackward(
        trace: trace, parameters: parameters, hiddenGradient: hiddenGradient, finalStateGradient: finalStateGradient,
        gradients: gradients, initialStateGradient: initialStateGradient, inputGradient: inputGradient)
    }
  }

  func headsForward(hidden: Tensor, tokenCount: Int, parameters: HeadsParameters, predictions: Tensor) throws {
    try run(
      "headsForward", inputs: [hidden, parameters.kernel, parameters.bias],
      results: [predictions[0..<tokenCount * parameters.outputCount]]
    ) {
      try inner.headsForward(hidden: hidden, tokenCount: tokenCount, parameters: parameters, predictions: predictions)
    }
  }

  func headsLoss(
    hidden: Tensor, tokenCount: Int, parameters: HeadsParameters, targets: HeadTargets, lossSums: Tensor,
    logitGradients: Tensor
  ) throws {
    try run(
      "headsLoss", inputs: [hidden, parameters.kernel, parameters.bias, targets.values, targets.regressionWeights],
      results: [lossSums, logitGradients[0..<tokenCount * parameters.outputCount]]
    ) {
      try inner.headsLoss(
        hidden: hidden, tokenCount: tokenCount, parameters: parameters, targets: targets, lossSums: lossSums,
        logitGradients: logitGradients)
    }
  }

  func headsBackward(
    hidden: Tensor, logitGradients: Tensor, tokenCount: Int, parameters: HeadsParameters, gradients: HeadsParameters,
    hiddenGradient: Tensor
  ) throws {
    try run(
      "headsBackward", inputs: [hidden, logitGradients, parameters.kernel],
      results: [gradients.kernel, gradients.bias, hiddenGradient[0..<tokenCount * parameters.hiddenSize]]
    ) {
      try inner.headsBackward(
        hidden: hidden, logitGradients: logitGradients, tokenCount: tokenCount, parameters: parameters,
        gradients: gradients, hiddenGradient: hiddenGradient)
    }
  }

  func rmspropUpdate(parameters: Tensor, gradients: Tensor, meanSquares: Tensor, settings: RMSprop) throws {
    try run("rmspropUpdate", inputs: [gradients], results: [parameters, meanSquares]) {
      try inner.rmspropUpdate(
        parameters: parameters, gradients: gradients, meanSquares: meanSquares, settings: settings)
    }
  }

  func clipByGlobalNorm(gradients: Tensor, maximum: Float) throws {
    try run("clipByGlobalNorm", inputs: [], results: [gradients]) {
      try inner.clipByGlobalNorm(gradients: gradients, maximum: maximum)
    }
  }
}
