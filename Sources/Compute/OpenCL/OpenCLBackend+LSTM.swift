package import Sequences

/// `lstmForward` and `lstmBackward`: large products over all tokens around the time steps, which take one launch each
/// (`lstm.cl`) or one together (`OpenCLBackend+Sequence.swift`).
extension OpenCLBackend {
  package func lstmForward(
    inputs: Tensor, layout: PackedLayout, initialState: LSTMState?, parameters: LSTMParameters, trace: LSTMTrace
  ) throws {
    let shape = parameters.shape
    let (batch, tokens) = (layout.batchSize, layout.tokenCount)
    precondition(trace.shape == shape, "lstmForward: parameters of \(shape), trace of \(trace.shape)")
    precondition(
      tokens <= trace.tokenCapacity && batch <= trace.batchCapacity,
      "lstmForward: \(tokens) tokens of \(batch) sequences, trace for \(trace.tokenCapacity) of \(trace.batchCapacity)")
    precondition(
      inputs.count >= tokens * shape.inputSize,
      "lstmForward: inputs need \(tokens) × \(shape.inputSize), got \(inputs.count)")
    require(initialState, batch, shape.hiddenSize, "lstmForward: initialState")
    trace.layout = layout
    trace.initialState = initialState
    guard tokens > 0 else { return }

    let rowOrder = try rowOrder(layout)
    try writeOperands(inputs: inputs, initialHidden: initialState?.hidden, rowOrder: rowOrder, trace: trace)
    try multiply(  // gates ← [x, 1]·[kernel; bias]
      Matrix(tensor: trace.operands, stride: shape.operandStride),
      Matrix(tensor: parameters.matrix, stride: shape.gateCount),
      into: Matrix(tensor: trace.gates, stride: shape.gateCount),
      m: tokens, n: shape.gateCount, k: shape.inputSize + 1)

    switch path(shape, layout) {
    case .steps:
      try forwardSteps(
        layout: layout, initialState: initialState, parameters: parameters, trace: trace, rowOrder: rowOrder)
    case .sequence(let sequence):
      try forwardSequence(
        sequence, layout: layout, initialState: initialState, parameters: parameters, trace: trace,
        rowOrder: rowOrder)
    }
    try queue.flush()
  }

  /// Gates and states of every token, from the first step to the last.
  private func forwardSteps(
    layout: PackedLayout, initialState: LSTMState?, parameters: LSTMParameters, trace: LSTMTrace,
    rowOrder: OpenCLBuffer
  ) throws(ComputeError) {
    let shape = parameters.shape
    let kernel = try kernel("lstm_forward")
    let place = try kernel.set(
      .input(parameters.recurrentKernel), .output(trace.operands), .uint(shape.operandStride),
      .uint(shape.inputSize + 1), .uint(shape.hiddenSize), .output(trace.gates), .output(trace.cellStates),
      .output(trace.hiddenStates), .input(initialState?.cell ?? absent), .output(trace.finalState.hidden),
      .output(trace.finalState.cell), .buffer(rowOrder))
    let tile = self.parameters.forward
    for step in 0..<layout.stepCount {
      let alive = layout.activeCounts[step]
      try kernel.set(
        .uint(previousCell(step, initialState)), .flag(step > 0 || initialState != nil),
        .ulong(layout.stepOffsets[step]), .ulong(step > 0 ? layout.stepOffsets[step - 1] : 0),
        .ulong(layout.stepOffsets[step + 1]), .uint(alive), .uint(aliveCount(layout, step + 1)), from: place)
      try queue.launch(
        kernel,
        groups: (shape.hiddenSize.divided(roundingUpBy: tile.units), alive.divided(roundingUpBy: tile.rows), 1))
    }
  }

  package func lstmBackward(
    trace: LSTMTrace, parameters: LSTMParameters, hiddenGradient: Tensor?, finalStateGradient: LSTMState?,
    gradients: LSTMParameters, initialStateGradient: LSTMState?, inputGradient: Tensor?
  ) throws {
    let (shape, layout) = (trace.shape, trace.layout)
    let (batch, tokens) = (layout.batchSize, layout.tokenCount)
    precondition(
      parameters.shape == shape && gradients.shape == shape,
      "lstmBackward: trace of \(shape), parameters of \(parameters.shape), gradients of \(gradients.shape)")
    precondition(
      (hiddenGradient?.count ?? .max) >= tokens * shape.hiddenSize,
      "lstmBackward: hiddenGradient needs \(tokens) × \(shape.hiddenSize), got \(hiddenGradient?.count ?? 0)")
    precondition(
      (inputGradient?.count ?? .max) >= tokens * shape.inputSize,
      "lstmBackward: inputGradient needs \(tokens) × \(shape.inputSize), got \(inputGradient?.count ?? 0)")
    require(finalStateGradient, batch, shape.hiddenSize, "lstmBackward: finalStateGradient")
    require(initialStateGradient, batch, shape.hiddenSize, "lstmBackward: initialStateGradient")
    guard tokens > 0 else { return try fill(gradients.matrix, with: 0) }

    let rowOrder = try rowOrder(layout)
    let cellGradients = try scratch(.cellGradients, count: batch * shape.hiddenSize)
    switch path(shape, layout) {
    case .steps:
      try backwardSteps(
        trace: trace, parameters: parameters, hiddenGradient: hiddenGradient,
        finalStateGradient: finalStateGradient, cellGradients: cellGradients, rowOrder: rowOrder)
    case .sequence(let sequence):
      try backwardSequence(
        sequence, trace: trace, parameters: parameters, hiddenGradient: hiddenGradient,
        finalStateGradient: finalStateGradient, cellGradients: cellGradients, rowOrder: rowOrder)
    }
    if let initialStateGradient {
      let kernel = try kernel("lstm_initial_gradient")
      try kernel.set(
        .input(parameters.recurrentKernel), .uint(shape.hiddenSize), .input(trace.gates), .buffer(cellGradients),
        .output(initialStateGradient.hidden), .output(initialStateGradient.cell), .buffer(rowOrder), .uint(batch))
      try queue.launch(kernel, groups: backwardGroups(rows: batch, shape))
    }
    let gateGradients = Matrix(tensor: trace.gates, stride: shape.gateCount)
    try multiply(  // gradients ← [x, 1, h]ᵀ·dz
      Matrix(tensor: trace.operands, stride: shape.operandStride), gateGradients,
      into: Matrix(tensor: gradients.matrix, stride: shape.gateCount),
      m: shape.operandSize, n: shape.gateCount, k: tokens, transposing: .left)
    if let inputGradient, shape.inputSize > 0 {
      try multiply(  // dx ← dz·kernelᵀ
        gateGradients, Matrix(tensor: parameters.matrix, stride: shape.gateCount),
        into: Matrix(tensor: inputGradient, stride: shape.inputSize),
        m: tokens, n: shape.inputSize, k: shape.gateCount, transposing: .right)
    }
    try queue.flush()
  }

  /// dz of every token over its gates, from the last step to the first.
  private func backwardSteps(
    trace: LSTMTrace, parameters: LSTMParameters, hiddenGradient: Tensor?, finalStateGradient: LSTMState?,
    cellGradients: OpenCLBuffer, rowOrder: OpenCLBuffer
  ) throws(ComputeError) {
    let (shape, layout) = (trace.shape, trace.layout)
    let kernel = try kernel("lstm_backward")
    let place = try kernel.set(
      .input(parameters.recurrentKernel), .uint(shape.hiddenSize), .output(trace.gates), .input(trace.cellStates),
      .input(hiddenGradient ?? absent), .flag(hiddenGradient != nil), .input(trace.initialState?.cell ?? absent),
      .input(finalStateGradient?.hidden ?? absent), .input(finalStateGradient?.cell ?? absent),
      .flag(finalStateGradient != nil), .buffer(cellGradients), .buffer(rowOrder))
    for step in (0..<layout.stepCount).reversed() {
      let alive = layout.activeCounts[step]
      try kernel.set(
        .uint(previousCell(step, trace.initialState)), .ulong(layout.stepOffsets[step]),
        .ulong(step > 0 ? layout.stepOffsets[step - 1] : 0), .ulong(layout.stepOffsets[step + 1]), .uint(alive),
        .uint(aliveCount(layout, step + 1)), from: place)
      try queue.launch(kernel, groups: backwardGroups(rows: alive, shape))
    }
  }

  /// Writes [x, 1] of every token and the hidden state before the first step.
  private func writeOperands(
    inputs: Tensor, initialHidden: Tensor?, rowOrder: OpenCLBuffer, trace: LSTMTrace
  ) throws(ComputeError) {
    let (shape, layout) = (trace.shape, trace.layout)
    let inputKernel = try kernel("lstm_inputs")
    try inputKernel.set(
      .input(inputs), .output(trace.operands), .uint(shape.operandStride), .uint(shape.inputSize),
      .uint(layout.tokenCount))
    try queue.launch(
      inputKernel, groups: (layout.tokenCount.divided(roundingUpBy: inputKernel.groupSize.1), 1, 1))
    let hiddenKernel = try kernel("lstm_initial_hidden")
    try hiddenKernel.set(
      .input(initialHidden ?? absent), .flag(initialHidden != nil), .output(trace.operands),
      .uint(shape.operandStride), .uint(shape.inputSize + 1), .uint(shape.hiddenSize), .buffer(rowOrder),
      .uint(layout.batchSize))
    try queue.launch(
      hiddenKernel, groups: (layout.batchSize.divided(roundingUpBy: hiddenKernel.groupSize.1), 1, 1))
  }

  /// Where the kernels find the cell state before `step`: 0 zeros, 1 the trace, 2 the initial state.
  private func previousCell(_ step: Int, _ initialState: LSTMState?) -> Int {
    step > 0 ? 1 : initialState == nil ? 0 : 2
  }

  private func aliveCount(_ layout: PackedLayout, _ step: Int) -> Int {
    step < layout.stepCount ? layout.activeCounts[step] : 0
  }

  private func backwardGroups(rows: Int, _ shape: LSTMShape) -> (Int, Int, Int) {
    let tile = parameters.backward
    return (shape.hiddenSize.divided(roundingUpBy: tile.units), rows.divided(roundingUpBy: tile.rows), 1)
  }

  private func require(_ state: LSTMState?, _ batch: Int, _ hiddenSize: Int, _ name: String) {
    guard let state else { return }
    precondition(
      state.hidden.count >= batch * hiddenSize && state.cell.count >= batch * hiddenSize,
      "\(name) needs \(batch) × \(hiddenSize), got \(state.hidden.count) and \(state.cell.count)")
  }
}
