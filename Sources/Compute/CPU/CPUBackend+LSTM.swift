internal import CMicroKernels
package import Sequences

extension CPUBackend {
  package func lstmForward(
    inputs: Tensor, layout: PackedLayout, initialState: LSTMState?, parameters: LSTMParameters, trace: LSTMTrace
  ) throws {
    let shape = parameters.shape
    checkForward(inputs: inputs, layout: layout, initialState: initialState, parameters: parameters, trace: trace)
    (trace.layout, trace.initialState) = (layout, initialState)
    let weights = try packedWeights.panels(.gates, of: parameters, kernels: kernels)
    let initialCells = try workspace(.initialCells, count: layout.batchSize * shape.hiddenSize)
    let pass = ForwardPass(
      kernels: kernels, shape: shape, layout: layout, weights: weights, inputs: inputs.host,
      operands: trace.operands.mutableHost, gates: trace.gates.mutableHost, cells: trace.cellStates.mutableHost,
      hidden: trace.hiddenStates.mutableHost, initialCells: initialCells, initialHidden: initialState?.hidden.host,
      initialCellsInBatchOrder: initialState?.cell.host, finalHidden: trace.finalState.hidden.mutableHost,
      finalCell: trace.finalState.cell.mutableHost)
    pool.run(min(shardCount, layout.batchSize)) { pass.run(shard: $0, of: min(shardCount, layout.batchSize)) }
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
    let transposed = try packedWeights.panels(.transposedRecurrentKernel, of: parameters, kernels: kernels)
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
    pool.run(min(shardCount, layout.batchSize)) { pass.run(shard: $0, of: min(shardCount, layout.batchSize)) }

    let dz = trace.gates.host
    try multiplyOverTokens(
      layout.tokenCount, left: trace.operands.host, leftStride: shape.operandStride, m: shape.operandSize,
      right: dz, n: shape.gateCount, into: gradients.matrix.mutableHost)
    if let inputGradient {
      let (kernel, out) = (parameters.kernel.host, inputGradient.mutableHost)
      pool.run(shardCount) { shard in
        let range = tokens(of: shard, count: layout.tokenCount)
        BLAS.multiply(
          range.count, shape.inputSize, shape.gateCount, dz + range.lowerBound * shape.gateCount, lda: shape.gateCount,
          kernel, ldb: shape.gateCount, transposeB: true, into: out + range.lowerBound * shape.inputSize,
          ldc: shape.inputSize)
      }
    }
  }
}

/// One layer's forward pass over all time steps; a shard owns every `of`-th row.
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

  func run(shard: Int, of shards: Int) {
    let (h, f, stride) = (shape.hiddenSize, shape.inputSize, shape.operandStride)
    for row in Swift.stride(from: shard, to: layout.batchSize, by: shards) {
      let source = layout.rowOrder[row] * h
      copy(initialHidden.map { $0 + source }, to: operands + row * stride + f + 1, count: h)
      copy(initialCellsInBatchOrder.map { $0 + source }, to: initialCells + row * h, count: h)
    }
    for step in 0..<layout.stepCount {
      let (first, active) = (layout.stepOffsets[step], layout.activeCounts[step])
      guard shard < active else { break }
      let survivors = step + 1 < layout.stepCount ? layout.activeCounts[step + 1] : 0
      for row in Swift.stride(from: shard, to: active, by: shards) {
        let operand = operands + (first + row) * stride
        operand.update(from: inputs + (first + row) * f, count: f)
        operand[f] = 1
      }
      var arguments = SegueForwardStep(
        packedWeights: weights, operands: operands + first * stride, operandStride: stride,
        operandSize: shape.operandSize, gates: gates + first * shape.gateCount,
        previousCells: step == 0
          ? UnsafePointer(initialCells) : UnsafePointer(cells + layout.stepOffsets[step - 1] * h),
        cells: cells + first * h, hidden: hidden + first * h,
        nextHidden: survivors > 0 ? operands + layout.stepOffsets[step + 1] * stride + f + 1 : nil,
        nextRowCount: survivors, hiddenSize: h, firstRow: shard, rowStep: shards, rowCount: active)
      kernels.pointee.lstmForward(&arguments)
      for row in firstOwned(atLeast: survivors, shard, shards, below: active) {
        let target = layout.rowOrder[row] * h
        (finalHidden + target).update(from: hidden + (first + row) * h, count: h)
        (finalCell + target).update(from: cells + (first + row) * h, count: h)
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

  func run(shard: Int, of shards: Int) {
    let h = shape.hiddenSize
    for row in Swift.stride(from: shard, to: layout.batchSize, by: shards) {
      let source = layout.rowOrder[row] * h
      copy(initialCellsInBatchOrder.map { $0 + source }, to: initialCells + row * h, count: h)
      copy(finalHidden.map { $0 + source }, to: carriedHidden + row * h, count: h)
      copy(finalCell.map { $0 + source }, to: carriedCell + row * h, count: h)
    }
    for step in (0..<layout.stepCount).reversed() {
      let (first, active) = (layout.stepOffsets[step], layout.activeCounts[step])
      guard shard < active else { continue }
      var elementwise = SegueBackwardStep(
        gates: gates + first * shape.gateCount, cells: cells + first * h,
        previousCells: step == 0 ? UnsafePointer(initialCells) : cells + layout.stepOffsets[step - 1] * h,
        hiddenGradient: hiddenGradient.map { $0 + first * h }, carriedHidden: carriedHidden, carriedCell: carriedCell,
        hiddenSize: h, firstRow: shard, rowStep: shards, rowCount: active)
      kernels.pointee.lstmBackward(&elementwise)
      if step == 0 && initialHiddenGradient == nil { break }
      var product = SegueRowProduct(
        packedMatrix: transposed, rows: gates + first * shape.gateCount, rowStride: shape.gateCount,
        inner: shape.gateCount, out: carriedHidden, outStride: h, columns: h, firstRow: shard, rowStep: shards,
        rowCount: active)
      kernels.pointee.rowProduct(&product)
    }
    guard let initialHiddenGradient, let initialCellGradient else { return }
    for row in Swift.stride(from: shard, to: layout.batchSize, by: shards) {
      let target = layout.rowOrder[row] * h
      (initialHiddenGradient + target).update(from: carriedHidden + row * h, count: h)
      (initialCellGradient + target).update(from: carriedCell + row * h, count: h)
    }
  }
}

private func copy(_ source: UnsafePointer<Float>?, to target: UnsafeMutablePointer<Float>, count: Int) {
  if let source { target.update(from: source, count: count) } else { target.update(repeating: 0, count: count) }
}

/// Rows of a shard from `minimum` on.
private func firstOwned(atLeast minimum: Int, _ shard: Int, _ shards: Int, below end: Int) -> StrideTo<Int> {
  let skipped = max(0, (minimum - shard + shards - 1) / shards)
  return Swift.stride(from: shard + skipped * shards, to: end, by: shards)
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
