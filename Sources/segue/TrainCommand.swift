import ArgumentParser
import Files
import Learning
import Music

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a model on a dataset folder.",
    discussion: """
      Reads DATASET/playlists.csv and DATASET/tracks.csv (or .csv.gz) and writes a model folder with weights, \
      catalogue and search index. A checkpoint after every epoch lets a stopped run go on with --resume; its settings \
      are taken from the checkpoint, so they need not be repeated.
      """)

  @Argument(help: "The dataset folder.")
  var dataset: String

  @Option(help: ArgumentHelp("The model folder to write.", valueName: "model"))
  var out: String

  @OptionGroup var device: DeviceOptions
  @OptionGroup var settings: SettingOptions

  @Flag(help: "Go on from the checkpoint in the model folder.")
  var resume = false

  @Option(help: ArgumentHelp("The JSONL log (default: MODEL/log.jsonl).", valueName: "file"))
  var log: String?

  @Option(help: ArgumentHelp("Also save a checkpoint every so many steps.", valueName: "steps"))
  var checkpointEvery: Int?

  func validate() throws {
    if let checkpointEvery, checkpointEvery < 1 { throw ValidationError("--checkpoint-every must be at least 1.") }
    if out.isEmpty { throw ValidationError("--out needs the name of a folder.") }
  }

  func run() throws {
    try reportingErrors {
      let stored = resume ? try TrainingRun.storedDescription(in: out) : nil
      var description = try settings.resolved(over: stored)
      let data = try Dataset.load(
        folder: dataset, maxPlaylists: description.training.maxPlaylists,
        contextColumns: description.training.context)
      let run = try TrainingRun(
        dataset: data, out: out, description: &description, stored: stored, device: device, log: log,
        checkpointEvery: checkpointEvery)
      try run.run(resumeCommand: resumeCommand)
    }
  }

  /// The command line that goes on with this run.
  private var resumeCommand: String {
    var words = ["segue", "train", dataset, "--out", out, "--resume"]
    if let selector = device.device { words += ["--device", selector] }
    if let threads = device.threads { words += ["--threads", "\(threads)"] }
    if let log { words += ["--log", log] }
    if let checkpointEvery { words += ["--checkpoint-every", "\(checkpointEvery)"] }
    return words.map(shellQuoted).joined(separator: " ")
  }
}

/// The settings that decide a run's result. None has a default here: what is not given comes from the checkpoint on
/// --resume, else from `TrainingConfiguration`.
struct SettingOptions: ParsableArguments {
  @Option(help: "Epochs (default: 12; dissertation 20).") var epochs: Int?
  @Option(help: "Playlists in a batch (default: 128; dissertation 32).") var batchSize: Int?
  @Option(help: "Hidden units of each LSTM (default: 256).") var hidden: Int?
  @Option(help: "LSTM layers of encoder and decoder (default: 1).") var layers: Int?
  @Option(help: "Learning rate (default: 0.002 of AdamW; dissertation 0.001 of RMSprop).") var learningRate: Float?
  @Option(
    help: ArgumentHelp(
      "constant (default of dissertation), cosine, warmup-cosine:SHARE:FLOOR (default: shares 0.15 and 0.05), "
        + "exponential:FACTOR or step:EPOCHS:FACTOR.", valueName: "schedule"))
  var schedule: String?
  @Option(help: ArgumentHelp("Largest global gradient norm (default: no clipping).", valueName: "norm"))
  var clipNorm: Float?
  @Option(help: ArgumentHelp("Stop after so many epochs without a lower validation loss.", valueName: "epochs"))
  var earlyStopping: Int?
  @Option(help: "Seed of initial weights, shuffles and splits (default: 1).") var seed: UInt64?
  @Option(
    help: ArgumentHelp(
      "Training, validation and test playlists: counts in order, shares shuffled by seed (default: 0.8,0.1,0.1), or "
        + "fold:2/5, the second of five folds of `segue cross-validate`.",
      valueName: "a,b,c"))
  var split: String?
  @Option(help: ArgumentHelp("Read only the first playlists.", valueName: "count")) var maxPlaylists: Int?
  @Option(
    help: ArgumentHelp(
      "Keep this share of the songs, drawn by seed, out of the training; `segue evaluate` then also judges them alone.",
      valueName: "share"))
  var coldSongs: Double?
  @Option(
    help: ArgumentHelp(
      "continuation (default): which songs of the catalogue go on, and how the next ones sound; next-song: after each "
        + "song the next one, by a plain LSTM; dissertation (default with --padding keras): the next song's 29 numbers.",
      valueName: "objective"))
  var objective: String?
  @Option(
    help: ArgumentHelp(
      "What sums up a playlist (default: mean,lstm): any of \(CatalogueConfiguration.StatePart.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "parts"))
  var state: String?
  @Option(help: "Numbers of a learned song vector (default: 128).") var dimension: Int?
  @Option(
    help: ArgumentHelp(
      "A song's score gains this times log(1 + n) when n of the given songs are by its artist (default: 0).",
      valueName: "weight"))
  var artistCount: Float?
  @Option(
    help: ArgumentHelp(
      "Leave out parts of the model: any of \(ModelPart.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "parts"))
  var without: String?
  @Option(
    help: ArgumentHelp(
      "Vectors of songs in place of their audio features: a CSV file with track_id and 8 to 512 columns of numbers.",
      valueName: "file"))
  var vectors: String?
  @Option(
    help: ArgumentHelp(
      "Columns of playlist_meta.csv to be told besides the title, such as an age group, a place or a mood; each value is a "
        + "word.", valueName: "columns"))
  var context: String?
  @Option(help: "packed (default; true lengths) or keras (zero rows up to the padded length).") var padding: String?
  @Option(help: ArgumentHelp("Steps of a padded playlist (default: the longest).", valueName: "steps"))
  var paddedLength: Int?
  @Flag(help: "Keep the playlists' order in every epoch.") var noShuffle = false
  @Option(help: ArgumentHelp("Start from these weights (safetensors).", valueName: "file")) var initialWeights: String?
  @Option(
    help: ArgumentHelp(
      "Digits of the large products' operands: float32 (default), or tf32 or bf16 on NVIDIA GPUs of compute capability "
        + "8.0 and above.", valueName: "float32|tf32|bf16"))
  var precision: String?

  /// The values of a list with commas.
  /// - Throws: `UsageError` for a word that is none.
  private func list<Value: RawRepresentable & CaseIterable & Equatable>(
    _ text: String?, _ flag: String
  ) throws -> [Value]? where Value.RawValue == String {
    try text.map { text in
      try text.split(separator: ",").map { word in
        guard let value = Value(rawValue: String(word)) else {
          let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
          throw UsageError("\(flag) \(word) is unknown; there is \(known).")
        }
        return value
      }
    }
  }

  /// The settings given, over those of the checkpoint, over the defaults.
  /// - Throws: `UsageError` when a value makes no sense or contradicts the checkpoint.
  func resolved(over stored: ModelDescription?) throws -> ModelDescription {
    let chosen = try objective.map { name in
      guard let objective = Objective(rawValue: name) else {
        throw UsageError(
          "--objective \(name) is unknown; there is \(Objective.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      return objective
    }
    let isPadded = padding == "keras" || paddedLength != nil
    var training = stored?.training ?? TrainingConfiguration(chosen ?? (isPadded ? .dissertation : .continuation))
    var model = stored?.model ?? ModelConfiguration()
    if stored == nil { model.catalogue = CatalogueConfiguration(training.objective) }
    func contradiction(_ flag: String, _ stored: String) -> UsageError {
      UsageError("\(flag) contradicts the checkpoint, which has \(stored). Leave it out, or train without --resume.")
    }
    func take<Value: Equatable>(_ given: Value?, _ flag: String, into place: inout Value) throws {
      guard let given, given != place else { return }
      guard stored == nil || flag == "--epochs" else { throw contradiction(flag, "\(place)") }
      place = given
    }
    func takeOptional<Value: Equatable>(_ given: Value?, _ flag: String, into place: inout Value?) throws {
      guard let given, given != place else { return }
      guard stored == nil else { throw contradiction(flag, place.map { "\($0)" } ?? "none") }
      place = given
    }
    try take(epochs, "--epochs", into: &training.epochs)
    try take(batchSize, "--batch-size", into: &training.batchSize)
    try take(hidden, "--hidden", into: &model.hiddenSize)
    try take(layers, "--layers", into: &model.layers)
    try take(learningRate, "--learning-rate", into: &training.learningRate)
    try take(schedule, "--schedule", into: &training.schedule)
    func take<Value: Equatable>(
      _ given: Value?, _ flag: String, into catalogue: inout CatalogueConfiguration?,
      _ place: WritableKeyPath<CatalogueConfiguration, Value>
    ) throws {
      guard given != nil else { return }
      guard catalogue != nil else { throw UsageError("\(flag) is not for --objective dissertation.") }
      try take(given, flag, into: &catalogue![keyPath: place])
    }
    try takeOptional(clipNorm, "--clip-norm", into: &training.clipNorm)
    try takeOptional(earlyStopping, "--early-stopping", into: &training.earlyStopping)
    try take(seed, "--seed", into: &training.seed)
    try take(split, "--split", into: &training.split)
    try takeOptional(maxPlaylists, "--max-playlists", into: &training.maxPlaylists)
    try takeOptional(coldSongs, "--cold-songs", into: &training.coldSongs)
    try take(chosen, "--objective", into: &training.objective)
    try take(padding, "--padding", into: &training.padding)
    try takeOptional(paddedLength, "--padded-length", into: &training.paddedLength)
    try take(list(state, "--state"), "--state", into: &model.catalogue, \.state)
    try take(dimension, "--dimension", into: &model.catalogue, \.dimension)
    try take(artistCount, "--artist-count", into: &model.catalogue, \.artistCountWeight)
    try take(list(without, "--without"), "--without", into: &training.without)
    try takeOptional(vectors, "--vectors", into: &training.vectors)
    try take(context?.split(separator: ",").map(String.init), "--context", into: &training.context)
    try take(noShuffle ? false : nil, "--no-shuffle", into: &training.shuffle)
    try takeOptional(initialWeights, "--initial-weights", into: &training.initialWeights)
    try take(precision, "--precision", into: &training.precision)
    let resolved = ModelDescription(model: model, training: training)
    if let problem = resolved.problem { throw UsageError(problem + ".") }
    _ = try SplitSpecification(parsing: resolved.training.split)
    return resolved
  }
}
