import ArgumentParser
import Compute
import Files
import FoundationEssentials
import Learning
import Music
import Recommendation
import Sequences

/// From a dataset to a model folder: data, training, saving. What `train` and `demo` share.
struct TrainingRun {
  let out: String
  let description: ModelDescription
  private let data: TrainingData
  private let backend: any Backend
  private let log: TrainingLog
  private let checkpointEvery: Int?
  private let resumes: Bool
  /// Whether it is a part of another run, says nothing and keeps nothing but the model.
  private let isOutOfFold: Bool

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
    data = try TrainingData(
      dataset, split: split, denseVectors: settings.vectors.map { try DenseVectors(csv: $0) },
      description: &description)
    if let stored, !description.training.isSameDataset(as: stored.training) || description.model != stored.model {
      throw InputError(
        path: dataset.folder, reason: "not the dataset that the checkpoint was trained on",
        remedy: "Give that dataset, or train without --resume.")
    }
    backend = try device.makeBackend(
      gradientShards: settings.gradientShards, precision: Precision(rawValue: settings.precision)!)  // checked before
    if let stored, stored.training.device != backend.device.name {
      Console.print(
        "note: the run was begun on \(stored.training.device); on \(backend.device.name) it goes on, but not to the same bits"
      )
    }
    description.training.device = backend.device.name
    self.out = out
    self.description = description
    self.checkpointEvery = checkpointEvery
    resumes = stored != nil
    isOutOfFold = false
    self.log = TrainingLog(
      path: log ?? "\(out)/log.jsonl", device: backend.device.name,
      lossNames: description.model.lossNames)
  }

  /// A run on a part of another run's training playlists.
  init(outOfFold data: TrainingData, out: String, description: ModelDescription, backend: any Backend) {
    (self.data, self.out, self.description, self.backend) = (data, out, description, backend)
    (checkpointEvery, resumes, isOutOfFold) = (nil, false, true)
    log = TrainingLog(path: "\(out)/log.jsonl", device: backend.device.name, lossNames: description.model.lossNames)
  }

  /// Trains, saves and prints; ends the program with status 130 after an interruption.
  /// - Parameter resumeCommand: goes on with this run; nil where the caller says how to.
  func run(resumeCommand: String?) throws {
    if !isOutOfFold { reportData() }
    let layout = ParameterLayout(description.model)
    let checkpointPath = Self.checkpointPath(in: out)
    let checkpoint =
      resumes ? try Checkpoint(path: checkpointPath, layout: layout, optimizer: description.training.optimizer) : nil
    try checkpoint.map(checkEpochs)
    let initial =
      try checkpoint?.parameters
      ?? description.training.initialWeights.map { try Weights.read(path: $0, layout: layout) }
      ?? data.initialValues(layout, description.training)
    let model = try Seq2Seq(layout, values: initial, backend: backend)
    let pass = try data.makePass(model, description.training)
    let trainer = try Trainer(
      model: model, pass: pass, settings: settings, training: data.training,
      validation: data.validation, checkpoint: checkpoint)

    try checkFolder()
    try Folder.make("\(out)/checkpoint")
    let lock = try FolderLock(folder: "\(out)/checkpoint")
    defer { withExtendedLifetime(lock) {} }
    try log.check()
    if let progress = checkpoint?.progress {
      Console.print(
        "resuming in epoch \(progress.epoch) after \(progress.batchesDone) of \(data.training.batchCount) batches")
    } else {
      // Takes the place of an older run's, so that --resume never goes on with that one.
      try trainer.checkpoint(configuration: description.json).write(to: checkpointPath)
    }
    try log.start(keeping: checkpoint?.progress.epochsLogged ?? 0)
    Interruption.watch()
    var display = TrainingDisplay(epochs: settings.epochs, lossNames: log.lossNames)
    var waitedBefore = 0.0
    let outcome = try trainer.run(
      shouldStop: { Interruption.isRequested },
      save: { try $0.checkpoint(configuration: description.json).write(to: checkpointPath) },
      report: { event in
        switch event {
        case .step(let progress, let batchCount, let loss) where !isOutOfFold:
          display.step(progress, batchCount: batchCount, loss: loss)
        case .step: break
        case .epoch(let record):
          try log.append(record, waited: trainer.secondsWaitedForBatches - waitedBefore)
          waitedBefore = trainer.secondsWaitedForBatches
          if !isOutOfFold { display.epoch(record) }
        }
      })
    switch outcome {
    case .interrupted:
      if let resumeCommand {
        Console.print("\ninterrupted; saved in \(checkpointPath)\ngo on with: \(resumeCommand)")
      }
      throw ExitCode(ExitStatus.interrupted.rawValue)
    case .stoppedEarly:
      Console.print("stopped early: no lower validation loss for \(settings.earlyStopping ?? 0) epochs")
    case .finished: break
    }
    let trained = try trainer.bestParameters ?? backend.read(model.parameters)
    try backend.write(data.finished(trained, layout), to: model.parameters)
    if !isOutOfFold { try teachReranker() }
    try save(trainer, model, pass)
    if !isOutOfFold { Console.print("model saved in \(out)") }
  }

  /// Writes the re-ranker of a model that ranks its catalogue.
  private func teachReranker() throws {
    let path = "\(out)/\(Reranker.fileName)"
    if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
    guard data.catalogue != nil, description.ranking.reranks else { return }
    Console.print("re-ranking: \(OutOfFoldRun.foldCount) more models, each without a part of the playlists")
    let run = OutOfFoldRun(data, description: description, backend: backend, scratch: "\(out)/checkpoint/folds")
    guard let reranker = try run.run() else {
      Console.print("re-ranking: too few playlists to learn from, left out")
      return
    }
    try reranker.write(to: path)
  }

  private var settings: TrainingSettings {
    var settings = TrainingSettings()
    let training = description.training
    settings.epochs = training.epochs
    (settings.optimizer, settings.learningRate) = (training.optimizer, training.learningRate)
    settings.weightDecay = training.weightDecay
    settings.schedule = LearningRateSchedule(training.schedule)!  // checked when the flags were resolved
    settings.clipNorm = training.clipNorm
    settings.earlyStopping = training.earlyStopping
    settings.checkpointEvery = checkpointEvery
    return settings
  }

  /// Writes the model folder: weights and catalogue first, the card and metrics that describe them last.
  private func save(_ trainer: Trainer, _ model: Seq2Seq, _ pass: any TrainingPass) throws {
    let parameters = try backend.read(model.parameters)
    let songs = data.dataset.songs
    let playlists = data.split.training.map { data.dataset.playlists[$0].without(data.coldSongs) }
    try ModelFolder.writeCatalogue(
      songs: songs, vectors: data.vectors, scaling: data.scaling,
      appearances: ModelFolder.appearances(in: playlists.lazy.map(\.songs), songCount: songs.count), to: out)
    if let catalogue = data.catalogue, let pass = pass as? ContinuationPass {
      let (vectors, bias) = try pass.songVectors()
      let artists = model.layout.values(of: model.layout.entry("artists/embeddings")!, in: parameters)
      try CatalogueVectors.write(
        .init(
          vectors: vectors, bias: bias, artists: catalogue.artists, artistVectors: artists, words: catalogue.words,
          moments: catalogue.features.moments), dimension: description.model.inputSize,
        fingerprint: data.vectors.fingerprint, to: "\(out)/\(CatalogueVectors.fileName)")
    }
    try Safetensors.write(
      Weights.contents(parameters, layout: model.layout), metadata: ["format": "segue"],
      to: "\(out)/\(ModelFolder.weightsName)")
    try ModelFolder.writeTrainingPlaylists(playlists, vectors: data.vectors, to: out)
    try AtomicFile.write(description.json, to: "\(out)/\(ModelFolder.descriptionName)")
    let card = ModelCard(
      description: description, parameterCount: model.layout.count, device: backend.device, progress: trainer.progress,
      isSynthetic: songs.isSynthetic)
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
      ModelFolder.trainingPidsName, TrainingPlaylists.fileName,
    ]
    if let name = names.first(where: { FileManager.default.fileExists(atPath: "\(out)/\($0)") }) {
      throw OutputError("\(out): is no model folder and has a \(name) that would be lost. Choose another --out.")
    }
  }

  private func checkEpochs(of checkpoint: Checkpoint) throws {
    let progress = checkpoint.progress
    guard progress.epoch >= 1, progress.batchesDone >= 0, progress.batchesDone <= data.training.batchCount,
      progress.lossSums.count == description.model.lossNames.count
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
    let (dataset, split) = (data.dataset, data.split)
    Console.print("device: \(backend.device.name)")
    if dataset.songs.isSynthetic {
      Console.print("this set is synthetic: its numbers say nothing about real music")
    }
    Console.print(
      "\(dataset.folder): \(dataset.playlists.count) playlists, \(dataset.rowCount) rows, \(dataset.songs.count) songs; "
        + "\(split.training.count) for training, \(split.validation.count) validation, \(split.test.count) test")
    let left: [(Int, String)] =
      [
        (dataset.skippedPlaylists, "playlists with fewer than two songs skipped"),
        (dataset.omittedPlaylists, "playlists beyond --max-playlists not read"),
        (data.coldSongs.count, "songs kept out of training and validation (--cold-songs)"),
      ] + data.omissions.map { ($0.count, $0.reason) } + [
        (split.unused.count, "playlists beyond the counts of --split not used"),
        (
          split.straddlingPairs.count,
          "pairs of near-identical playlists (Jaccard ≥ 0.5) fall on two sides of the split"
        ),
      ]
    for (count, text) in left where count > 0 { Console.print("  \(count) \(text)") }
    let trained = split.training.lazy.map { dataset.playlists[$0] }
    if data.catalogue != nil, case let share = sharedRowShare(trained, songCount: dataset.songs.count), share < 0.25 {
      Console.print(
        "  only \(decimal(100 * share, 1)) % of the training rows have a song that another playlist has, too: there is "
          + "little to learn of what is played together")
    }
    if split.validation.isEmpty {
      let stopping = description.training.earlyStopping == nil ? "" : " and --early-stopping does nothing"
      Console.print("  no validation playlists: the last weights are kept\(stopping)")
    }
  }
}

/// Share of the rows whose song stands in two or more of the playlists.
private func sharedRowShare(_ playlists: some Sequence<Playlist>, songCount: Int) -> Double {
  var (rows, counts) = ([Int](repeating: 0, count: songCount), [Int](repeating: 0, count: songCount))
  var lastPlaylist = [Int](repeating: -1, count: songCount)
  for (number, playlist) in playlists.enumerated() {
    for song in playlist.songs.lazy.map(Int.init) {
      rows[song] += 1
      if lastPlaylist[song] != number { counts[song] += 1 }
      lastPlaylist[song] = number
    }
  }
  let shared = zip(rows, counts).reduce(0) { $0 + ($1.1 > 1 ? $1.0 : 0) }
  return Double(shared) / Double(max(1, rows.reduce(0, +)))
}

extension TrainingConfiguration {
  fileprivate func isSameDataset(as other: Self) -> Bool {
    (playlists, rows, songs, fingerprint) == (other.playlists, other.rows, other.songs, other.fingerprint)
      && vectorsFingerprint == other.vectorsFingerprint
  }
}
