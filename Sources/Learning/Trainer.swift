internal import Compute
package import Sequences

/// Settings of a training run that change its result.
package struct TrainingSettings: Sendable {
  package var epochs = 20
  package var optimizer = OptimizerKind.rmsprop
  package var learningRate: Float = 0.001
  /// AdamW's λ for embeddings.
  package var weightDecay: Float = 0
  package var schedule = LearningRateSchedule.constant
  /// Stop after so many epochs without a lower validation loss; nil for never.
  package var earlyStopping: Int?
  /// Largest global norm of the gradients; nil for no clipping.
  package var clipNorm: Float?
  /// Steps between checkpoints, besides the one after each epoch; nil for none.
  package var checkpointEvery: Int?

  package init() {}
}

/// Trains a model from a source of batches: one loop, from the first step to the last epoch's validation.
package final class Trainer {
  package enum Outcome: Equatable, Sendable {
    case finished
    /// No lower validation loss for as long as `earlyStopping` allows.
    case stoppedEarly
    /// `shouldStop` asked for it; a checkpoint was written.
    case interrupted
  }

  /// What a run tells its caller while it runs.
  package enum Event {
    /// A step is done.
    /// - loss: mean loss of the epoch up to the last reading of the device.
    case step(progress: TrainingProgress, batchCount: Int, loss: Double?)
    /// An epoch is done and not yet in a checkpoint.
    case epoch(EpochRecord)
  }

  private let model: Seq2Seq
  private let settings: TrainingSettings
  private let training: any BatchSource
  private let trainingTable: DeviceTable
  private let validation: (source: any BatchSource, table: DeviceTable)?
  private let trainingBatches: BatchPrefetcher
  private let pass: any TrainingPass
  private let optimizer: Optimizer
  private let lossSums: Tensor  // (batches of an epoch, losses)
  private var pending: [PendingStep] = []
  private var sinceCheckpoint = 0
  package private(set) var progress: TrainingProgress
  package private(set) var bestParameters: [Float]?

  /// A step whose losses are still on the device.
  private struct PendingStep {
    let sequences: Int
    let lossDenominators: [Float]
  }

  /// Losses are read back after so many steps: the only time the host waits for a device. The CPU never makes it wait.
  private var stepsBetweenReadings: Int { model.backend.device.kind == .cpu ? 1 : 8 }

  /// Batches that are prepared while the device computes. On the CPU none: a batch takes about a thousandth of its
  /// step there, and the thread that prepares it would take a core from the step.
  private static func prefetchDepth(on backend: any Backend) -> Int { backend.device.kind == .cpu ? 0 : 2 }

  /// - Parameters:
  ///   - pass: forward and backward of this kind of model; nil for the objective `dissertation`.
  ///   - checkpoint: where to go on; the model must hold its parameters.
  package init(
    model: Seq2Seq, pass: (any TrainingPass)? = nil, settings: TrainingSettings, training: any BatchSource,
    validation: (any BatchSource)?, checkpoint: Checkpoint? = nil
  ) throws {
    self.model = model
    self.settings = settings
    self.training = training
    let table = try DeviceTable(training.table, on: model.backend)
    trainingTable = table
    self.validation = try validation.map { source in
      (source, source.table == training.table ? table : try DeviceTable(source.table, on: model.backend))
    }
    trainingBatches = BatchPrefetcher(
      training, lastEpoch: settings.epochs, depth: Self.prefetchDepth(on: model.backend))
    self.pass = try pass ?? Seq2SeqPass(model)
    let losses = model.configuration.lossNames.count
    optimizer = try Optimizer(
      settings.optimizer, weightDecay: settings.weightDecay, layout: model.layout, state: checkpoint?.optimizerState,
      backend: model.backend)
    lossSums = try model.backend.makeTensor(count: max(training.batchCount, validation?.batchCount ?? 0, 1) * losses)
    progress = checkpoint?.progress ?? TrainingProgress(heads: losses)
    bestParameters = checkpoint?.bestParameters
  }

  /// Runs until all epochs are done, early stopping ends it, or `shouldStop` answers true after a step.
  /// - Parameters:
  ///   - save: writes a checkpoint with the current slabs.
  ///   - report: is told after every step and every epoch.
  /// - Throws: `TrainingError` when the loss is no longer finite; what the backend and `save` throw.
  package func run(
    shouldStop: () -> Bool = { false }, save: (Trainer) throws -> Void = { _ in }, report: (Event) throws -> Void
  ) throws -> Outcome {
    while progress.epoch <= settings.epochs {
      if isPatienceExhausted { return .stoppedEarly }
      var watch = ContinuousClock.now
      while progress.batchesDone < training.batchCount {
        try step(trainingBatches.batch(epoch: progress.epoch, index: progress.batchesDone))
        let isLast = progress.batchesDone == training.batchCount
        let stopping = shouldStop()
        let saving = stopping || settings.checkpointEvery.map { sinceCheckpoint >= $0 } == true
        if isLast || saving || pending.count == stepsBetweenReadings {
          try readLosses()
          progress.trainingSeconds += watch.secondsSinceReset()
        }
        let loss = progress.sequences > 0 ? progress.headLosses.reduce(0, +) : nil
        try report(.step(progress: progress, batchCount: training.batchCount, loss: loss))
        if saving && !isLast {
          try save(self)
          sinceCheckpoint = 0
          watch = .now
        }
        if stopping && !isLast { return .interrupted }
      }
      try finishEpoch(report)
      try save(self)
      sinceCheckpoint = 0
      if shouldStop() && progress.epoch <= settings.epochs { return .interrupted }
    }
    return isPatienceExhausted && settings.epochs > progress.epochsLogged ? .stoppedEarly : .finished
  }

  /// One optimiser step: forward, losses and logit gradients, backward, clipping, update.
  private func step(_ batch: Batch) throws {
    let losses = progress.lossSums.count
    let number = (progress.epoch - 1) * training.batchCount + progress.batchesDone + 1
    try pass.forward(
      batch, of: trainingTable, lossSums: lossSums[pending.count * losses..<(pending.count + 1) * losses],
      step: number)
    try pass.backward()
    if let clipNorm = settings.clipNorm {
      try model.backend.clipByGlobalNorm(gradients: pass.gradients, maximum: clipNorm)
    }
    let factor = settings.schedule.factor(
      epoch: progress.epoch, progress: Double(progress.batchesDone) / Double(training.batchCount),
      epochs: settings.epochs)
    try optimizer.update(
      model.parameters, gradients: pass.gradients, learningRate: settings.learningRate * Float(factor), step: number)
    pending.append(PendingStep(sequences: batch.sequenceCount, lossDenominators: batch.lossDenominators))
    sinceCheckpoint += 1
    progress.batchesDone += 1
  }

  /// Adds the losses of the steps since the last reading to the epoch's, in the order of the steps. Steps that the device
  /// refused are taken back, so that the loop does them again.
  private func readLosses() throws {
    let heads = progress.lossSums.count
    func read() throws -> [Float] { try model.backend.read(lossSums[0..<pending.count * heads]) }
    let values: [Float]
    do {
      values = try read()
    } catch let fault as WaitingFault {
      pending.removeLast(fault.refusedUpdates)
      progress.batchesDone -= fault.refusedUpdates
      sinceCheckpoint -= fault.refusedUpdates
      values = try read()
    }
    for (index, value) in values.enumerated() { progress.lossSums[index % heads] += Double(value) }
    for step in pending {
      progress.sequences += step.sequences
      for head in 0..<heads { progress.lossDenominators[head] += Double(step.lossDenominators[head]) }
    }
    pending = []
    try requireFinite(progress.lossSums, "by batch \(progress.batchesDone) of \(training.batchCount)")
  }

  private func requireFinite(_ losses: [Double], _ place: String) throws {
    guard !losses.allSatisfy(\.isFinite) else { return }
    throw TrainingError(
      description: """
        the loss is no longer finite (epoch \(progress.epoch), \(place)). The last checkpoint is intact; use a lower \
        --learning-rate or --clip-norm 1.
        """)
  }

  /// Validation, the best weights, the epoch's record.
  private func finishEpoch(_ report: (Event) throws -> Void) throws {
    var watch = ContinuousClock.now
    let validationLosses = try validation.map { source, table in
      try model.backend.retryingAfterFault { try validate(source, of: table) }
    }
    let loss = validationLosses?.reduce(0, +)
    let isBest = loss.map { $0 < progress.bestValidationLoss ?? .infinity } ?? false
    if isBest {
      progress.bestValidationLoss = loss
      progress.bestEpoch = progress.epoch
      bestParameters = try model.backend.read(model.parameters)
    }
    let record = EpochRecord(
      epoch: progress.epoch, headLosses: progress.headLosses, validationHeadLosses: validationLosses,
      seconds: progress.trainingSeconds + watch.secondsSinceReset(),
      sequencesPerSecond: Double(progress.sequences) / max(progress.trainingSeconds, 1e-9), isBest: isBest)
    progress.lastRecord = record
    progress.startNextEpoch()
    try report(.epoch(record))
  }

  /// Mean loss of each head over all of `source`, without touching the parameters.
  private func validate(_ source: any BatchSource, of table: DeviceTable) throws -> [Double] {
    let batches = BatchPrefetcher(source, lastEpoch: 1, depth: Self.prefetchDepth(on: model.backend))
    let heads = progress.lossSums.count
    var denominators = [Double](repeating: 0, count: heads)
    for index in 0..<source.batchCount {
      let batch = batches.batch(epoch: 1, index: index)
      try pass.forward(batch, of: table, lossSums: lossSums[index * heads..<(index + 1) * heads], step: nil)
      for head in 0..<heads { denominators[head] += Double(batch.lossDenominators[head]) }
    }
    var sums = [Double](repeating: 0, count: heads)
    for (index, value) in try model.backend.read(lossSums[0..<source.batchCount * heads]).enumerated() {
      sums[index % heads] += Double(value)
    }
    try requireFinite(sums, "in validation")
    return zip(sums, denominators).map { $1 > 0 ? $0 / $1 : 0 }
  }

  private var isPatienceExhausted: Bool {
    guard let patience = settings.earlyStopping, let best = progress.bestEpoch else { return false }
    return progress.epochsLogged - best >= patience
  }

  /// How long training steps waited for their batches, in seconds.
  package var secondsWaitedForBatches: Double { trainingBatches.secondsWaited }

  /// The run as it stands.
  package func checkpoint(configuration: String) throws -> Checkpoint {
    Checkpoint(
      parameters: try model.backend.read(model.parameters), optimizerState: try optimizer.state(),
      bestParameters: bestParameters, progress: progress, configuration: configuration)
  }
}

/// Training cannot go on.
package struct TrainingError: Error, CustomStringConvertible {
  package let description: String
}

extension ContinuousClock.Instant {
  /// Seconds since this instant, which becomes now.
  fileprivate mutating func secondsSinceReset() -> Double {
    let now = ContinuousClock.now
    defer { self = now }
    return (now - self) / .seconds(1)
  }
}
