import Compute
import Sequences
import Verification

/// A backend that answers with the reference, rounded to 32 bits: correct by definition, and the ground on which
/// `FaultyBackend` makes its mistakes. Its memory is the CPU backend's.
final class ReferenceBackend: Backend {
  let device = Device(kind: .cpu, name: "reference", driver: "Float64")
  private let memory: CPUBackend

  init() throws { memory = try CPUBackend(threads: 1) }

  func makeTensor(count: Int) throws -> Tensor { try memory.makeTensor(count: count) }

  func write(_ values: UnsafeBufferPointer<Float>, to tensor: Tensor) throws { try memory.write(values, to: tensor) }

  func read(_ tensor: Tensor, into values: UnsafeMutableBufferPointer<Float>) throws {
    try memory.read(tensor, into: values)
  }

  func fill(_ tensor: Tensor, with value: Float) throws { try memory.fill(tensor, with: value) }

  func gatherRows(_ rows: [Int32], of table: Tensor, width: Int, absent: Float, into result: Tensor) throws {
    try write(
      Reference.gatherRows(rows, of: try wide(table), width: width, absent: Double(absent)), to: result)
  }

  func synchronize() throws {}

  func lstmForward(
    inputs: Tensor, layout: PackedLayout, initialState: LSTMState?, parameters: LSTMParameters, trace: LSTMTrace
  ) throws {
    let (shape, units) = (parameters.shape, parameters.shape.hiddenSize)
    let x = try wide(inputs, count: layout.tokenCount * shape.inputSize)
    let activations = Reference.lstmForward(
      inputs: x, layout: layout, initialState: try wide(initialState, count: layout.batchSize * units),
      parameters: try wide(parameters.matrix), shape: shape)
    for token in 0..<layout.tokenCount {  // the backward pass needs the inputs again
      try write(
        x[token * shape.inputSize..<(token + 1) * shape.inputSize],
        to: trace.operands[token * shape.operandStride..<trace.operands.count])
    }
    try write(activations.gates, to: trace.gates)
    try write(activations.cellStates, to: trace.cellStates)
    try write(activations.hiddenStates, to: trace.hiddenStates)
    try write(activations.finalState, to: trace.finalState)
    trace.layout = layout
    trace.initialState = initialState
  }

  func lstmBackward(
    trace: LSTMTrace, parameters: LSTMParameters, hiddenGradient: Tensor?, finalStateGradient: LSTMState?,
    gradients: LSTMParameters, initialStateGradient: LSTMState?, inputGradient: Tensor?
  ) throws {
    let (layout, shape) = (trace.layout, trace.shape)
    let (tokens, units) = (layout.tokenCount, shape.hiddenSize)
    let operands = try wide(trace.operands)
    let inputs = (0..<tokens).flatMap {
      operands[$0 * shape.operandStride..<$0 * shape.operandStride + shape.inputSize]
    }
    let result = Reference.lstmBackward(
      inputs: inputs, layout: layout, initialState: try wide(trace.initialState, count: layout.batchSize * units),
      parameters: try wide(parameters.matrix), shape: shape,
      activations: Reference.LSTMActivations(
        gates: try wide(trace.gates, count: tokens * shape.gateCount),
        cellStates: try wide(trace.cellStates, count: tokens * units),
        hiddenStates: try wide(trace.hiddenStates, count: tokens * units),
        finalState: .zeros(0)),
      hiddenGradient: try hiddenGradient.map { try wide($0, count: tokens * units) },
      finalStateGradient: try wide(finalStateGradient, count: layout.batchSize * units))
    try write(result.parameters, to: gradients.matrix)
    try write(result.preActivations, to: trace.gates)
    if let initialStateGradient { try write(result.initialState, to: initialStateGradient) }
    if let inputGradient { try write(result.inputs, to: inputGradient) }
  }

  func headsForward(hidden: Tensor, tokenCount: Int, parameters: HeadsParameters, predictions: Tensor) throws {
    try write(
      Reference.headsForward(
        hidden: try wide(hidden, count: tokenCount * parameters.hiddenSize), tokenCount: tokenCount,
        heads: parameters.heads, kernel: try wide(parameters.kernel), bias: try wide(parameters.bias)),
      to: predictions)
  }

  func headsLoss(
    hidden: Tensor, tokenCount: Int, parameters: HeadsParameters, targets: HeadTargets, lossSums: Tensor,
    logitGradients: Tensor
  ) throws {
    let result = Reference.headsLoss(
      hidden: try wide(hidden, count: tokenCount * parameters.hiddenSize), tokenCount: tokenCount,
      heads: parameters.heads, kernel: try wide(parameters.kernel), bias: try wide(parameters.bias),
      targets: try wide(targets.values), regressionWeights: try targets.regressionWeights.map { try wide($0) },
      denominators: targets.denominators.map(Double.init))
    try write(result.lossSums, to: lossSums)
    try write(result.logitGradients, to: logitGradients)
  }

  func headsBackward(
    hidden: Tensor, logitGradients: Tensor, tokenCount: Int, parameters: HeadsParameters, gradients: HeadsParameters,
    hiddenGradient: Tensor
  ) throws {
    let result = Reference.headsBackward(
      hidden: try wide(hidden, count: tokenCount * parameters.hiddenSize), logitGradients: try wide(logitGradients),
      tokenCount: tokenCount, kernel: try wide(parameters.kernel), outputCount: parameters.outputCount)
    try write(result.kernel, to: gradients.kernel)
    try write(result.bias, to: gradients.bias)
    try write(result.hidden, to: hiddenGradient)
  }

  func rmspropUpdate(parameters: Tensor, gradients: Tensor, meanSquares: Tensor, settings: RMSprop) throws {
    var (w, v) = (try wide(parameters), try wide(meanSquares))
    Reference.rmspropUpdate(parameters: &w, gradients: try wide(gradients), meanSquares: &v, settings: settings)
    try write(w, to: parameters)
    try write(v, to: meanSquares)
  }

  func clipByGlobalNorm(gradients: Tensor, maximum: Float) throws {
    var values = try wide(gradients)
    Reference.clipByGlobalNorm(gradients: &values, maximum: maximum)
    try write(values, to: gradients)
  }

  // MARK: Between 32 and 64 bits

  func wide(_ tensor: Tensor, count: Int? = nil) throws -> [Double] {
    try read(tensor[0..<(count ?? tensor.count)]).map(Double.init)
  }

  private func wide(_ state: LSTMState?, count: Int) throws -> Reference.State? {
    try state.map {
      Reference.State(hidden: try wide($0.hidden, count: count), cell: try wide($0.cell, count: count))
    }
  }

  func write(_ values: some Sequence<Double>, to tensor: Tensor) throws {
    try write(values.map(Float.init), to: tensor)
  }

  private func write(_ state: Reference.State, to tensors: LSTMState) throws {
    try write(state.hidden, to: tensors.hidden)
    try write(state.cell, to: tensors.cell)
  }
}
