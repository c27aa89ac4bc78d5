internal import Kernels
internal import Sequences

/// `lstm_sequence_forward` and `lstm_sequence_backward`: all time steps in one launch.
extension OpenCLBackend {
  func forwardSequence(
    _ sequence: SequenceParameters, layout: PackedLayout, initialState: LSTMState?, parameters: LSTMParameters,
    trace: LSTMTrace, rowOrder: OpenCLBuffer
  ) throws(ComputeError) {
    let shape = parameters.shape
    let kernel = try kernel("lstm_sequence_forward", sequence)
    let launch = try sequenceLaunch(sequence, layout)
    let place = try kernel.set(
      .input(parameters.recurrentKernel), .output(trace.operands), .uint(shape.operandStride),
      .uint(shape.inputSize + 1), .output(trace.gates), .output(trace.cellStates), .output(trace.hiddenStates),
      .input(initialState?.hidden ?? absent), .input(initialState?.cell ?? absent), .flag(initialState != nil),
      .output(trace.finalState.hidden), .output(trace.finalState.cell), .buffer(rowOrder), .buffer(launch.steps),
      .buffer(launch.tiles), .uint(launch.rounds))
    try run(kernel, launch, sequence, from: place)
  }

  func backwardSequence(
    _ sequence: SequenceParameters, trace: LSTMTrace, parameters: LSTMParameters, hiddenGradient: Tensor?,
    finalStateGradient: LSTMState?, cellGradients: OpenCLBuffer, rowOrder: OpenCLBuffer
  ) throws(ComputeError) {
    let (layout, h) = (trace.layout, trace.shape.hiddenSize)
    let transposed = try scratch(.transposedWeights, count: 4 * h * h)
    let transpose = try self.kernel("transpose", sequence)
    try transpose.set(.input(parameters.recurrentKernel), .uint(h), .uint(4 * h), .buffer(transposed))
    try queue.launch(transpose, columns: 4 * h, rows: h)

    let kernel = try kernel("lstm_sequence_backward", sequence)
    let launch = try sequenceLaunch(sequence, layout)
    let partials = try scratch(
      .hiddenGradients, count: 2 * launch.groupCount * sequence.members * launch.tileRows * h)
    let place = try kernel.set(
      .buffer(transposed), .output(trace.gates), .input(trace.cellStates), .input(hiddenGradient ?? absent),
      .flag(hiddenGradient != nil), .input(trace.initialState?.cell ?? absent), .flag(trace.initialState != nil),
      .input(finalStateGradient?.hidden ?? absent), .input(finalStateGradient?.cell ?? absent),
      .flag(finalStateGradient != nil), .buffer(cellGradients), .buffer(rowOrder), .buffer(launch.steps),
      .uint(layout.stepCount), .buffer(launch.tiles), .uint(launch.rounds), .uint(launch.tileRows),
      .buffer(partials))
    try run(kernel, launch, sequence, from: place)
  }

  private func run(
    _ kernel: OpenCLKernel, _ launch: SequenceLaunch, _ sequence: SequenceParameters, from place: Int
  ) throws(ComputeError) {
    if sequence.members > 1 { try waiting.makeRoom(phases: launch.rounds * launch.stepCount, in: queue) }
    try kernel.set(
      .buffer(waiting.flags), .uint(Int(waiting.phase)), .buffer(waiting.fault), .uint(waiting.patience), from: place)
    let workGroups = launch.groupCount * sequence.members
    if sequence.members > 1 {
      waiting.phase += UInt32(launch.rounds * launch.stepCount)
      waiting.isUnderWay = true
    }
    try queue.launch(kernel, groups: (workGroups - (sequence.members > 1 ? waiting.withheldWorkGroups : 0), 1, 1))
  }

  /// A batch as the sequence kernels take it, on the device.
  struct SequenceLaunch {
    let steps, tiles: OpenCLBuffer
    let groupCount, rounds, tileRows, stepCount: Int
  }

  /// The last few are kept: encoder and decoder take turns, forward and backward.
  private func sequenceLaunch(
    _ sequence: SequenceParameters, _ layout: PackedLayout
  ) throws(ComputeError) -> SequenceLaunch {
    let groupLimit =
      sequence.members > 1
      ? waiting.workGroupLimit / sequence.members
      : layout.batchSize.divided(roundingUpBy: sequence.forward.rows)
    let key = SequenceLaunchKey(layout: layout, groupLimit: groupLimit, chunkRows: sequence.forward.rows)
    if let known = sequenceLaunches.first(where: { $0.key == key }) { return known.launch }
    let schedule = SequenceSchedule(layout: layout, groupLimit: groupLimit, chunkRows: sequence.forward.rows)
    var steps: [UInt32] = []
    for step in 0..<layout.stepCount {
      steps += [UInt32(layout.stepOffsets[step]), UInt32(layout.activeCounts[step])]
    }
    steps += [UInt32(layout.tokenCount), 0]
    let oldest = sequenceLaunches.count == 4 ? sequenceLaunches.removeFirst().launch : nil
    let launch = SequenceLaunch(
      steps: try buffer(holding: steps, reusing: oldest?.steps),
      tiles: try buffer(holding: schedule.table, reusing: oldest?.tiles), groupCount: schedule.groupCount,
      rounds: schedule.rounds, tileRows: schedule.tileRows, stepCount: layout.stepCount)
    sequenceLaunches.append((key, launch))
    return launch
  }

  struct SequenceLaunchKey: Equatable {
    let layout: PackedLayout
    let groupLimit, chunkRows: Int
  }

  /// A kernel of `lstm_sequence.cl`, compiled for `sequence`.
  private func kernel(_ name: String, _ sequence: SequenceParameters) throws(ComputeError) -> OpenCLKernel {
    let key = SequenceKernelKey(name: name, parameters: sequence)
    if let kernel = sequenceKernels[key] { return kernel }
    let program = try OpenCLRuntime.program(
      for: description, source: KernelSource.sequence,
      options: "\(parameters.options) \(sequence.options(for: description))")
    let kernel = try program.makeKernel(name)
    sequenceKernels[key] = kernel
    return kernel
  }

  struct SequenceKernelKey: Hashable {
    let name: String
    let parameters: SequenceParameters
  }
}
