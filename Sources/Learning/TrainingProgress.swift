/// Where a run stands: what a checkpoint holds beside the slabs.
package struct TrainingProgress: Codable, Sendable, Equatable {
  /// The epoch in progress, from 1.
  package var epoch = 1
  /// Batches of that epoch that are done.
  package var batchesDone = 0
  /// Loss sums and denominators of the epoch so far. (heads)
  package var lossSums: [Double]
  package var lossDenominators: [Double]
  /// Seconds spent in training steps of the epoch so far.
  package var trainingSeconds = 0.0
  package var sequences = 0
  /// The last epoch that was finished; its number says how many lines the log holds.
  package var lastRecord: EpochRecord?
  package var bestEpoch: Int?
  package var bestValidationLoss: Double?

  package init(heads: Int) {
    lossSums = [Double](repeating: 0, count: heads)
    lossDenominators = [Double](repeating: 0, count: heads)
  }

  /// Epochs that the log holds.
  package var epochsLogged: Int { lastRecord?.epoch ?? 0 }

  /// Each head's mean loss of the epoch so far; 0 for a head that met no target.
  package var headLosses: [Double] { zip(lossSums, lossDenominators).map { $1 > 0 ? $0 / $1 : 0 } }

  mutating func startNextEpoch() {
    let heads = lossSums.count
    epoch += 1
    (batchesDone, trainingSeconds, sequences) = (0, 0, 0)
    lossSums = [Double](repeating: 0, count: heads)
    lossDenominators = [Double](repeating: 0, count: heads)
  }
}

/// What one epoch came to: a line of the log.
package struct EpochRecord: Codable, Sendable, Equatable {
  package var epoch: Int
  /// Mean training loss of each head, before each update. (heads)
  package var headLosses: [Double]
  /// Mean validation loss of each head after the epoch; nil without validation.
  package var validationHeadLosses: [Double]?
  /// Seconds of the whole epoch, validation included.
  package var seconds: Double
  /// Training sequences per second of training, validation excluded.
  package var sequencesPerSecond: Double
  /// Whether the validation loss is the lowest so far.
  package var isBest: Bool

  package var loss: Double { headLosses.reduce(0, +) }
  package var validationLoss: Double? { validationHeadLosses?.reduce(0, +) }
}
