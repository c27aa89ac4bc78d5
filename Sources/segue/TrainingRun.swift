import ArgumentParser
import Compute
import Files
import FoundationEssentials
import Learning
import Music
import Recommendation
import Sequences

/// From a dataset to a model folder: split, vectors, batches, training, saving. What `train` and `demo` share.
struct TrainingRun {
  let dataset: Dataset
  let out: String
  let description: ModelDescription
  private let split: Split
  private let scaling: FeatureScaling
  private let vectors: SongVectors
  private let training: SequenceBatches
  private let validation: SequenceBatches?
  private let backend: any Backend
  private let log: TrainingLog
  private let checkpointEvery: Int?
  private let resumes: Bool

  static func checkpointPath(in folder: String) -> String { "\(folder)/checkpoint/state.safetensors" }

  /// The settings of the run whose checkpoint this is; nil when there is none yet.
  static func storedDescription(_ path: String) throws -> ModelDescription? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let json = try Checkpoint.configuration(path: path) else {
      throw InputError(path: path, reason: "not a checkpoint", remedy: "Train anew without --resume.")
    }
    return try ModelDescription(json: json, path: path)
  }

  /// - Parameters:
  ///   - description: resolved settings; completed by what the dataset decides.
  ///   - stored: the checkpoint's settings on --resume.
  init(
    dataset: Dataset, out: String, description: inout ModelDescription, stored: ModelDescription?,
    device: DeviceOptions, log: String?, checkpointEvery: Int?
  ) throws {
    let settings = description.training
    let split = try SplitSpecification(parsing: settings.split).split(dataset.playlists, seed: settings.seed)
    guard !split.training.isEmpty else {
      throw InputError(
        path: dataset.folder, reason: "\(dataset.playlists.count) playlists leave none to train on",
        remedy: "Give more playlists or another --split.")
    }
    let trainingPlaylists = split.training.map { dataset.playlists[$0] }
    scaling = .fit(songs: dataset.songs, playlists: trainingPlaylists)
    let vectors = SongVectors(songs: dataset.songs, scaling: scaling)
    self.vectors = vectors

    let padding: Padding
    if settings.padding == "keras" {
      description.training.paddedLength = settings.paddedLength ?? max(3, dataset.longestPlaylist)
      padding = .keras(length: description.training.paddedLength!)
    } else {
      padding = .packed
    }
    description.training.playlists = dataset.playlists.count
    description.training.rows = dataset.rowCount
    description.training.songs = dataset.songs.count
    description.training.fingerprint = String(vectors.fingerprint, radix: 16)
    if let stored, !description.training.isSameDataset(as: stored.training) {
      throw InputError(
        path: dataset.folder, reason: "not the dataset that the checkpoint was trained on",
        remedy: "Give that dataset, or train without --resume.")
    }
    func batches(_ playlists: [Int], shuffled: Bool) -> SequenceBatches {
      SequenceBatches(
        vectors: vectors, playlists: playlists.map { dataset.playlists[$0] }, batchSize: settings.batchSize,
        padding: padding, seed: settings.seed, isShuffled: shuffled)
    }
    let training = batches(split.training, shuffled: settings.shuffle)
    let held = batches(split.validation, shuffled: false)
    self.training = training
    validation = held.sequenceCount > 0 ? held : nil
    guard training.sequenceCount > 0 else {
      throw InputError(
        path: dataset.folder, reason: "no training playlist has three songs with audio features",
        remedy: "Add features to tracks.csv, or longer playlists.")
    }
    backend = try device.makeBackend(gradientShards: settings.gradientShards)
    self.dataset = dataset
    self.out = out
    self.split = split
    self.description = description
    self.checkpointEvery = checkpointEvery
    resumes = stored != nil
    self.log = TrainingLog(
      path: log ?? "\(out)/log.jsonl", device: backend.device.name,
      headNames: description.model.headColumns.map(\.name))
  }

  /// Trains, saves and prints; ends the program with status 130 after an interruption.
  func run(resumeCommand: String) throws {
    reportData()
    try makeFolder("\(out)/checkpoint")
    let layout = ParameterLayout(description.model)
    let checkpointPath = Self.checkpointPath(in: out)
    let checkpoint = resumes ? try Checkpoint(path: checkpointPath, layout: layout) : nil
    let initial =
      try checkpoint?.parameters
      ?? description.training.initialWeights.map { try Weights.read(path: $0, layout: layout) }
      ?? Initialization.slab(layout, seed: description.training.seed)
    let model = try Seq2Seq(layout, values: initial, backend: backend)
    let trainer = try Trainer(
      model: model, settings: settings, training: training, validation: validation, checkpoint: checkpoint)
    try log.start(keeping: checkpoint?.progress.epochsLogged ?? 0)
    if let progress = checkpoint?.progress {
      Console.print(
        "resuming in epoch \(progress.epoch) after \(progress.batchesDone) of \(training.batchCount) batches")
    }
    Interruption.watch()
    var display = TrainingDisplay(epochs: settings.epochs, headNames: log.headNames)
    let outcome = try trainer.run(
      shouldStop: { Interruption.isRequested },
      save: { try $0.checkpoint(configuration: description.json).write(to: checkpointPath) },
      report: { event in
        switch event {
        case .step(let progress, let batchCount, let loss): display.step(progress, batchCount: batchCount, loss: loss)
        case .epoch(let record):
          try log.append(record)
          display.epoch(record)
        }
      })
    switch outcome {
    case .interrupted:
      Console.print("\ninterrupted; saved in \(checkpointPath)\ngo on with: \(resumeCommand)")
      throw ExitCode(ExitStatus.interrupted.rawValue)
    case .stoppedEarly:
      Console.print("stopped early: no lower validation loss for \(settings.earlyStopping ?? 0) epochs")
    case .finished: break
    }
    try save(trainer, layout: layout, parameters: try trainer.bestParameters ?? model.backend.read(model.parameters))
    Console.print("model saved in \(out)")
  }

  private var settings: TrainingSettings {
    var settings = TrainingSettings()
    let training = description.training
    settings.epochs = training.epochs
    settings.optimizer.learningRate = training.learningRate
    settings.schedule = LearningRateSchedule(training.schedule)!  // checked when the flags were resolved
    settings.clipNorm = training.clipNorm
    settings.earlyStopping = training.earlyStopping
    settings.checkpointEvery = checkpointEvery
    return settings
  }

  /// Writes the model folder: weights and catalogue first, the card and metrics that describe them last.
  private func save(_ trainer: Trainer, layout: ParameterLayout, parameters: [Float]) throws {
    try ModelFolder.writeCatalogue(songs: dataset.songs, vectors: vectors, scaling: scaling, to: out)
    try Safetensors.write(
      Weights.contents(parameters, layout: layout), metadata: ["format": "segue"],
      to: "\(out)/\(ModelFolder.weightsName)")
    try AtomicFile.write(
      split.training.map { dataset.playlists[$0].pid + "\n" }.joined(), to: "\(out)/\(ModelFolder.trainingPidsName)")
    try AtomicFile.write(description.json, to: "\(out)/\(ModelFolder.descriptionName)")
    let card = ModelCard(
      description: description, parameterCount: layout.count, device: backend.device, progress: trainer.progress)
    try AtomicFile.write(card.metrics, to: "\(out)/metrics.json")
    try AtomicFile.write(card.text, to: "\(out)/README.md")
  }

  /// What was read and what was left out.
  private func reportData() {
    Console.print("device: \(backend.device.name)")
    Console.print(
      "\(dataset.folder): \(dataset.playlists.count) playlists, \(dataset.rowCount) rows, \(dataset.songs.count) songs; "
        + "\(split.training.count) for training, \(split.validation.count) validation, \(split.test.count) test")
    let left: [(Int, String)] = [
      (dataset.skippedPlaylists, "playlists with fewer than two songs skipped"),
      (dataset.omittedPlaylists, "playlists beyond --max-playlists not read"),
      (training.skippedPlaylists, "training playlists with fewer than three songs with features skipped"),
      (training.skippedSongs, "rows of training playlists whose song has no features passed over"),
      (training.truncatedPlaylists, "training playlists cut to the padded length"),
      (split.straddlingPairs.count, "pairs of near-identical playlists (Jaccard ≥ 0.5) fall on two sides of the split"),
    ]
    for (count, text) in left where count > 0 { Console.print("  \(count) \(text)") }
  }
}

extension TrainingConfiguration {
  fileprivate func isSameDataset(as other: Self) -> Bool {
    (playlists, rows, songs, fingerprint) == (other.playlists, other.rows, other.songs, other.fingerprint)
  }
}
