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
  private let coldSongCount: Int
  private let scaling: FeatureScaling
  private let vectors: SongVectors
  private let training: SequenceBatches
  private let validation: SequenceBatches?
  private let backend: any Backend
  private let log: TrainingLog
  private let checkpointEvery: Int?
  private let resumes: Bool

  static func checkpointPath(in folder: String) -> String { "\(folder)/checkpoint/state.safetensors" }

  /// The settings of the run whose checkpoint the folder holds; nil when a run was stopped before its first one.
  /// - Throws: `InputError` when there is a finished model without a checkpoint, or a damaged checkpoint.
  static func storedDescription(in folder: String) throws -> ModelDescription? {
    let path = checkpointPath(in: folder)
    guard FileManager.default.fileExists(atPath: path) else {
      guard !FileManager.default.fileExists(atPath: "\(folder)/\(ModelFolder.weightsName)") else {
        throw InputError(
          path: path, reason: "there is no checkpoint to go on from, but a model",
          remedy: "Train without --resume to replace the model, or give another --out.")
      }
      Console.print("\(path): no checkpoint yet; starting from the beginning")
      return nil
    }
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
    let cold =
      settings.coldSongs.map { ColdSongs.draw(share: $0, of: dataset.songs.count, seed: settings.seed) } ?? []
    coldSongCount = cold.count
    let trainingPlaylists = split.training.map { dataset.playlists[$0].without(cold) }
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
    description.training.fingerprint = String(dataset.fingerprint(vectors), radix: 16)
    if let stored, !description.training.isSameDataset(as: stored.training) {
      throw InputError(
        path: dataset.folder, reason: "not the dataset that the checkpoint was trained on",
        remedy: "Give that dataset, or train without --resume.")
    }
    func batches(_ playlists: [Int], shuffled: Bool) -> SequenceBatches {
      SequenceBatches(
        vectors: vectors, playlists: playlists.map { dataset.playlists[$0].without(cold) },
        batchSize: settings.batchSize,
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
    backend = try device.makeBackend(
      gradientShards: settings.gradientShards, precision: Precision(rawValue: settings.precision)!)  // checked before
    if let stored, stored.training.device != backend.device.name {
      Console.print(
        "note: the run was begun on \(stored.training.device); on \(backend.device.name) it goes on, but not to the same bits"
      )
    }
    description.training.device = backend.device.name
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
    let layout = ParameterLayout(description.model)
    let checkpointPath = Self.checkpointPath(in: out)
    let checkpoint = resumes ? try Checkpoint(path: checkpointPath, layout: layout) : nil
    try checkpoint.map(checkEpochs)
    let initial =
      try checkpoint?.parameters
      ?? description.training.initialWeights.map { try Weights.read(path: $0, layout: layout) }
      ?? Initialization.slab(layout, seed: description.training.seed)
    let model = try Seq2Seq(layout, values: initial, backend: backend)
    let trainer = try Trainer(
      model: model, settings: settings, training: training, validation: validation, checkpoint: checkpoint)

    try checkFolder()
    try Folder.make("\(out)/checkpoint")
    let lock = try FolderLock(folder: "\(out)/checkpoint")
    defer { withExtendedLifetime(lock) {} }
    try log.check()
    if let progress = checkpoint?.progress {
      Console.print(
        "resuming in epoch \(progress.epoch) after \(progress.batchesDone) of \(training.batchCount) batches")
    } else {
      // Takes the place of an older run's, so that --resume never goes on with that one.
      try trainer.checkpoint(configuration: description.json).write(to: checkpointPath)
    }
    try log.start(keeping: checkpoint?.progress.epochsLogged ?? 0)
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
      description: description, parameterCount: layout.count, device: backend.device, progress: trainer.progress,
      isSynthetic: dataset.songs.isSynthetic)
    try AtomicFile.write(card.metrics, to: "\(out)/metrics.json")
    try AtomicFile.write(card.text, to: "\(out)/README.md")
  }

  /// Refuses a folder whose files would be lost: one that is no model folder and has files of the same names.
  private func checkFolder() throws {
    let isModelFolder = [Self.checkpointPath(in: out), "\(out)/\(Catalogue.fileName)"].contains {
      FileManager.default.fileExists(atPath: $0)
    }
    if isModelFolder {
      if !resumes { Console.print("replacing the model in \(out)") }
      return
    }
    let names = [
      "README.md", "metrics.json", "log.jsonl", ModelFolder.descriptionName, ModelFolder.weightsName,
      ModelFolder.trainingPidsName,
    ]
    if let name = names.first(where: { FileManager.default.fileExists(atPath: "\(out)/\($0)") }) {
      throw OutputError("\(out): is no model folder and has a \(name) that would be lost. Choose another --out.")
    }
  }

  private func checkEpochs(of checkpoint: Checkpoint) throws {
    let progress = checkpoint.progress
    guard progress.epoch >= 1, progress.batchesDone >= 0, progress.batchesDone <= training.batchCount,
      progress.lossSums.count == description.model.heads.count
    else {
      throw InputError(
        path: Self.checkpointPath(in: out), reason: "damaged: impossible progress",
        remedy: "Train anew without --resume.")
    }
    let begun = progress.batchesDone > 0 ? progress.epoch : progress.epochsLogged
    guard description.training.epochs >= begun else {
      throw UsageError("--epochs \(description.training.epochs): the checkpoint is already in epoch \(begun).")
    }
  }

  /// What was read and what was left out.
  private func reportData() {
    Console.print("device: \(backend.device.name)")
    if dataset.songs.isSynthetic {
      Console.print("this set is synthetic: its numbers say nothing about real music")
    }
    Console.print(
      "\(dataset.folder): \(dataset.playlists.count) playlists, \(dataset.rowCount) rows, \(dataset.songs.count) songs; "
        + "\(split.training.count) for training, \(split.validation.count) validation, \(split.test.count) test")
    let left: [(Int, String)] = [
      (dataset.skippedPlaylists, "playlists with fewer than two songs skipped"),
      (dataset.omittedPlaylists, "playlists beyond --max-playlists not read"),
      (coldSongCount, "songs kept out of training and validation (--cold-songs)"),
      (training.skippedPlaylists, "training playlists with fewer than three songs with features skipped"),
      (training.skippedSongs, "rows of training playlists whose song has no features passed over"),
      (training.truncatedPlaylists, "training playlists cut to the padded length"),
      (split.unused.count, "playlists beyond the counts of --split not used"),
      (split.straddlingPairs.count, "pairs of near-identical playlists (Jaccard ≥ 0.5) fall on two sides of the split"),
    ]
    for (count, text) in left where count > 0 { Console.print("  \(count) \(text)") }
    if split.validation.isEmpty {
      let stopping = description.training.earlyStopping == nil ? "" : " and --early-stopping does nothing"
      Console.print("  no validation playlists: the last weights are kept\(stopping)")
    }
  }
}

extension TrainingConfiguration {
  fileprivate func isSameDataset(as other: Self) -> Bool {
    (playlists, rows, songs, fingerprint) == (other.playlists, other.rows, other.songs, other.fingerprint)
  }
}
