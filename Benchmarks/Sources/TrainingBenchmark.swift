package import Compute
package import Learning
package import Music
internal import Sequences

/// Whole training steps (forward, losses, backward, RMSprop) on random songs, run by the same `Trainer` that `segue train`
/// uses. Making the batches, copying them to the device and reading the losses back is part of it.
package struct TrainingBenchmark {
  package var model = ModelConfiguration()
  package var batchSize = 32
  package var padding = Padding.keras(length: 245)
  /// Songs of each playlist; consecutive runs of `batchSize` make the batches.
  package var lengths: [Int]
  /// How long to measure.
  package var seconds = 5.0
  package var seed: UInt64 = 1

  package init(lengths: [Int]) { self.lengths = lengths }

  package struct Result: Encodable, Sendable {
    package var sequencesPerSecond: Double
    /// The same for each second of one core's work: what other programs on the machine disturb least.
    package var sequencesPerCoreSecond: Double
    package var tokensPerSecond: Double
    /// Arithmetic of the layers' products only, in 10⁹ operations a second.
    package var gflops: Double
    package var millisecondsPerStep: Double
    /// Steps of the median round.
    package var steps: Int
    package var rounds: Int
    package var sequencesPerStep: Double
    package var tokensPerStep: Double
    /// The share of the measured time in which the trainer waited for the next batch.
    package var waitedForBatchesShare: Double
    /// Sequences a second of the slowest and of the fastest round.
    package var slowest: Double
    package var fastest: Double
  }

  /// - Returns: the medians over rounds of at least one pass through all batches.
  package func run(on backend: any Backend) throws -> Result {
    let playlists = makeBatches()
    let batches = (0..<playlists.batchCount).map { playlists.batch(epoch: 1, index: $0) }
    let layout = ParameterLayout(model)
    // A GPU is read back every eight steps, as a trainer does it; on the CPU nothing waits.
    var steps = batches.count
    if case .opencl(_, isGPU: true) = backend.device.kind, steps == 1 { steps = 8 }
    let network = try Seq2Seq(layout, values: Initialization.slab(layout, seed: seed), backend: backend)
    var settings = TrainingSettings()
    settings.epochs = .max - 1
    let trainer = try Trainer(
      model: network, settings: settings, training: RepeatedBatches(source: playlists, batchCount: steps),
      validation: nil)
    var rounds: [Double] = []  // an epoch each; the first one warms up
    var (start, coreSecondsAtStart, coreSeconds) = (ContinuousClock.now, 0.0, 0.0)
    var waitedAtStart = 0.0
    _ = try trainer.run(
      shouldStop: { rounds.count > 3 && ContinuousClock.now >= start + .seconds(seconds) },
      report: { event in
        guard case .epoch(let record) = event else { return }
        rounds.append(record.seconds)
        if rounds.count == 1 {
          (start, coreSecondsAtStart) = (.now, Machine.coreSeconds)
          waitedAtStart = trainer.secondsWaitedForBatches
        }
        coreSeconds = Machine.coreSeconds - coreSecondsAtStart
      })
    rounds.removeFirst()

    let measurement = Measurement(samples: rounds)
    let perRound = Double(steps) / Double(batches.count)
    let sequences = Double(lengths.count) * perRound
    let tokens = perRound * batches.reduce(0) { $0 + Double($1.encoderLayout.tokenCount + $1.decoderLayout.tokenCount) }
    let operations = perRound * Double(batches.reduce(0) { $0 + operationCount(of: $1) })
    return Result(
      sequencesPerSecond: sequences / measurement.median,
      sequencesPerCoreSecond: sequences * Double(rounds.count) / coreSeconds,
      tokensPerSecond: tokens / measurement.median,
      gflops: operations / measurement.median / 1e9,
      millisecondsPerStep: 1000 * measurement.median / Double(steps), steps: steps, rounds: rounds.count,
      sequencesPerStep: sequences / Double(steps), tokensPerStep: tokens / Double(steps),
      waitedForBatchesShare: (trainer.secondsWaitedForBatches - waitedAtStart) / rounds.reduce(0, +),
      slowest: sequences / measurement.samples.last!, fastest: sequences / measurement.samples[0])
  }

  private func makeBatches() -> SequenceBatches {
    var random = Philox(seed: seed, purpose: .benchmark)
    let vectors = RandomSongs.vectors(count: 4096, &random)
    return SequenceBatches(
      vectors: vectors, playlists: RandomSongs.playlists(lengths: lengths, songCount: vectors.count, &random),
      batchSize: batchSize, padding: padding, seed: seed, isShuffled: false)
  }

  /// Multiplications and additions of the products of one training step.
  private func operationCount(of batch: Batch) -> Int {
    let (encoder, decoder) = (batch.encoderLayout.tokenCount, batch.decoderLayout.tokenCount)
    let layers = model.lstmShapes.enumerated().flatMap { layer, shape in
      [
        OperationCost.lstmForward(shape, tokens: encoder + decoder, sequences: batchSize),
        OperationCost.lstmBackward(shape, tokens: encoder + decoder, inputGradient: layer > 0),
      ]
    }
    let (h, o) = (model.hiddenSize, model.outputSize)
    let heads = [
      OperationCost.headsLoss(tokens: decoder, hiddenSize: h, outputSize: o),
      OperationCost.headsBackward(tokens: decoder, hiddenSize: h, outputSize: o),
    ]
    return (layers + heads).reduce(0) { $0 + $1.operations }
  }
}

/// Another source's batches; an epoch walks through them as often as it needs.
private struct RepeatedBatches: BatchSource {
  let source: SequenceBatches
  let batchCount: Int

  var table: VectorTable { source.table }
  func batch(epoch: Int, index: Int) -> Batch { source.batch(epoch: epoch, index: index % source.batchCount) }
}
