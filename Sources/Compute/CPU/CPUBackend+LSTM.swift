internal import CMicroKernels
package import Sequences

extension CPUBackend {
  package func lstmForward(
    inputs: Tensor, layout: PackedLayout, initialState: LSTMState?, parameters: LSTMParameters, trace: LSTMTrace
  ) throws {
    let shape = parameters.shape
    checkForward(inputs: inputs, layout: layout, initialState: initialState, parameters: parameters, trace: trace)
    (trace.layout, trace.initialState) = (layout, initialState)
    let weights = try panels(
      .gates(inner: shape.operandSize, hiddenSize: shape.hiddenSize), of: parameters.matrix)
    let initialCells = try workspace(.initialCells, count: layout.batchSize * shape.hiddenSize)
    let pass = ForwardPass(
      kernels: kernels, shape: shape, layout: layout, weights: weights, inputs: inputs.host,
      operands: trace.operands.mutableHost, gates: trace.gates.mutableHost, cells: trace.cellStates.mutableHost,
      hidden: trace.hiddenStates.mutableHost, initialCells: initialCells, initialHidden: initialState?.hidden.host,
      initialCellsInBatchOrder: initialState?.cell.host, finalHidden: trace.finalState.hidden.mutableHost,
      finalCell: trace.finalState.cell.mutableHost)
    forEachShare(of: layout) { pass.run(rows: $0) }
  }

  package func lstmBackward(
    trace: LSTMTrace, parameters: LSTMParameters, hiddenGradient: Tensor?, finalStateGradient: LSTMState?,
    gradients: LSTMParameters, initialStateGradient: LSTMState?, inputGradient: Tensor?
  ) throws {
    let (shape, layout) = (parameters.shape, trace.layout)
    let stateCount = layout.batchSize * shape.hiddenSize
    precondition(shape == trace.shape && shape == gradients.shape, "lstmBackward: shapes of trace and weights differ")
    precondition(
      (hiddenGradient?.count ?? .max) >= layout.tokenCount * shape.hiddenSize,
      "lstmBackward: hiddenGradient too small")
    let transposed = try panels(
      .transposed(rows: shape.gateCount, columns: shape.hiddenSize), of: parameters.recurrentKernel)
    let initialCells = try workspace(.initialCells, count: stateCount)
    let pass = BackwardPass(
      kernels: kernels, shape: shape, layout: layout, transposed: transposed, gates: trace.gates.mutableHost,
      cells: trace.cellStates.host, initialCells: initialCells,
      initialCellsInBatchOrder: trace.initialState?.cell.host, hiddenGradient: hiddenGradient?.host,
      finalHidden: finalStateGradient?.hidden.host, finalCell: finalStateGradient?.cell.host,
      carriedHidden: try workspace(.carriedHidden, count: stateCount),
      carriedCell: try workspace(.carriedCell, count: stateCount),
      initialHiddenGradient: initialStateGradient?.hidden.mutableHost,
      initialCellGradient: initialStateGradient?.cell.mutableHost)
    forEachShare(of: layout) { pass.run(rows: $0) }

    let dz = trace.gates.host
    try multiplyOverTokens(
      layout.tokenCount, left: trace.operands.host, leftStride: shape.operandStride, m: shape.operandSize,
      right: dz, n: shape.gateCount, into: gradients.matrix.mutableHost)
    if let inputGradient {
      try multiplyRows(
        layout.tokenCount, dz, inner: shape.gateCount, matrix: parameters.kernel, columns: shape.inputSize,
        transposed: true, into: inputGradient.mutableHost)
    }
  }

  /// Runs `body` for each worker's rows of a batch, ascending. Rows are dealt out forth and back, so that of sequences
  /// sorted by length every worker gets the same share of tokens.
  private func forEachShare(of layout: PackedLayout, _ body: (UnsafeBufferPointer<UInt32>) -> Void) {
    let workers = min(workers(forTokens: layout.tokenCount), layout.batchSize)
    pool.run(workers) { worker in
      let rows = (0..<layout.batchSize).lazy.filter { row in
        let (round, place) = row.quotientAndRemainder(dividingBy: workers)
        return worker == (round % 2 == 0 ? place : workers - 1 - place)
      }
      rows.map(UInt32.init).withUnsafeBufferPointer(body)
    }
  }
}

/// One layer's forward pass over all time steps.
private struct ForwardPass {
  let kernels: UnsafePointer<SegueKernels>
  let shape: LSTMShape
  let layout: PackedLayout
  let weights: UnsafePointer<Float>
  let inputs: UnsafePointer<Float>
  let operands, gates, cells, hidden: UnsafeMutablePointer<Float>
  let initialCells: UnsafeMutablePointer<Float>  // (B, H) in packed order
  let initialHidden, initialCellsInBatchOrder: UnsafePointer<Float>?
  let finalHidden, finalCell: UnsafeMutablePointer<Float>

  /// 4 MiB of gates: below that the backward pass still finds them in the caches.
  private static let streamedGateCount = 1 << 20

  /// - Parameter rows: a worker's rows of the packed order, ascending.
  func run(rows: UnsafeBufferPointer<UInt32>) {
    let (h, f, stride) = (shape.hiddenSize, shape.inputSize, shape.operandStride)
    for row in rows.lazy.map(Int.init) {
      let source = layout.rowOrder[row] * h
      copy(initialHidden.map { $0 + source }, to: operands + row * stride + f + 1, count: h)
      copy(initialCellsInBatchOrder.map { $0 + source }, to: initialCells + row * h, count: h)
    }
    let lanes = kernels.pointee.lanes
    let streamsGates =
      layout.tokenCount * shape.gateCount >= Self.streamedGateCount && h % lanes == 0
      && Int(bitPattern: gates) % (lanes * MemoryLayout<Float>.stride) == 0
    var active = rows
    for step in 0..<layout.stepCount {
      let first = layout.stepOffsets[step]
      let survivors = step + 1 < layout.stepCount ? layout.activeCounts[step + 1] : 0
      for row in active.lazy.map(Int.init) {
        let operand = operands + (first + row) * stride
        operand.update(from: inputs + (first + row) * f, count: f)
        operand[f] = 1
      }
      guard let start = active.baseAddress, !active.isEmpty else { break }
      var arguments = SegueForwardStep(
        packedWeights: weights, operands: operands + first * stride, operandStride: stride,
        operandSize: shape.operandSize, gates: gates + first * shape.gateCount, streamsGates: streamsGates,
        previousCells: step == 0
          ? UnsafePointer(initialCells) : UnsafePointer(cells + layout.stepOffsets[step - 1] * h),
        cells: cells + first * h, hidden: hidden + first * h,
        nextHidden: survivors > 0 ? operands + layout.stepOffsets[step + 1] * stride + f + 1 : nil,
        nextRowCount: survivors, hiddenSize: h, rows: start, rowCount: active.count)
      kernels.pointee.lstmForward(&arguments)
      while let row = active.last.map(Int.init), row >= survivors {
        let target = layout.rowOrder[row] * h
        (finalHidden + target).update(from: hidden + (first + row) * h, count: h)
        (finalCell + target).update(from: cells + (first + row) * h, count: h)
        active = UnsafeBufferPointer(rebasing: active.dropLast())
      }
    }
  }
}

/// One layer's backward pass through time, leaving ∂L/∂z in the gates.
private struct BackwardPass {
  let kernels: UnsafePointer<SegueKernels>
  let shape: LSTMShape
  let layout: PackedLayout
  let transposed: UnsafePointer<Float>
  let gates: UnsafeMutablePointer<Float>
  let cells: UnsafePointer<Float>
  let initialCells: UnsafeMutablePointer<Float>
  let initialCellsInBatchOrder, hiddenGradient, finalHidden, finalCell: UnsafePointer<Float>?
  let carriedHidden, carriedCell: UnsafeMutablePointer<Float>  // (B, H) in packed order
  let initialHiddenGradient, initialCellGradient: UnsafeMutablePointer<Float>?

  /// - Parameter rows: a worker's rows of the packed order, ascending.
  func run(rows: UnsafeBufferPointer<UInt32>) {
    let h = shape.hiddenSize
    for row in rows.lazy.map(Int.init) {
      let source = layout.rowOrder[row] * h
      copy(initialCellsInBatchOrder.map { $0 + source }, to: initialCells + row * h, count: h)
      copy(finalHidden.map { $0 + source }, to: carriedHidden + row * h, count: h)
      copy(finalCell.map { $0 + source }, to: carriedCell + row * h, count: h)
    }
    var activeCount = 0  // of this worker's rows
    for step in (0..<layout.stepCount).reversed() {
      let first = layout.stepOffsets[step]
      while activeCount < rows.count, rows[activeCount] < layout.activeCounts[step] { activeCount += 1 }
      guard activeCount > 0, let start = rows.baseAddress else { continue }
      var elementwise = SegueBackwardStep(
        gates: gates + first * shape.gateCount, cells: cells + first * h,
        previousCells: step == 0 ? UnsafePointer(initialCells) : cells + layout.stepOffsets[step - 1] * h,
        hiddenGradient: hiddenGradient.map { $0 + first * h }, carriedHidden: carriedHidden, carriedCell: carriedCell,
        hiddenSize: h, rows: start, rowCount: activeCount)
      kernels.pointee.lstmBackward(&elementwise)
      if step == 0 && initialHiddenGradient == nil { break }
      var product = SegueRowProduct(
        packedMatrix: transposed, left: gates + first * shape.gateCount, leftStride: shape.gateCount,
        inner: shape.gateCount, out: carriedHidden, columns: h, rows: start, rowCount: activeCount)
      kernels.pointee.rowProduct(&product)
    }
    guard let initialHiddenGradient, let initialCellGradient else { return }
    for row in rows.lazy.map(Int.init) {
      let target = layout.rowOrder[row] * h
      (initialHiddenGradient + target).update(from: carriedHidden + row * h, count: h)
      (initialCellGradient + target).update(from: carriedCell + row * h, count: h)
    }
  }
}

private func copy(_ source: UnsafePointer<Float>?, to target: UnsafeMutablePointer<Float>, count: Int) {
  if let source { target.update(from: source, count: count) } else { target.update(repeating: 0, count: count) }
}

/// What every backend asks of the arguments of `lstmForward`.
func checkForward(
  inputs: Tensor, layout: PackedLayout, initialState: LSTMState?, parameters: LSTMParameters, trace: LSTMTrace
) {
  let shape = parameters.shape
  precondition(shape == trace.shape, "lstmForward: trace of \(trace.shape), weights of \(shape)")
  precondition(
    inputs.count >= layout.tokenCount * shape.inputSize,
    "lstmForward: \(inputs.count) inputs, needs \(layout.tokenCount) × \(shape.inputSize)")
  precondition(
    layout.tokenCount <= trace.tokenCapacity && layout.batchSize <= trace.batchCapacity,
    "lstmForward: \(layout.tokenCount) tokens of \(layout.batchSize) sequences, trace holds \(trace.tokenCapacity) of \(trace.batchCapacity)"
  )
  if let initialState {
    precondition(
      min(initialState.hidden.count, initialState.cell.count) >= layout.batchSize * shape.hiddenSize,
      "lstmForward: initial state smaller than (\(layout.batchSize), \(shape.hiddenSize))")
  }
}
