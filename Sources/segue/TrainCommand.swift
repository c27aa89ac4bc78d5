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
  }

  func run() throws {
    try reportingErrors {
      let checkpointPath = TrainingRun.checkpointPath(in: out)
      let stored = resume ? try TrainingRun.storedDescription(checkpointPath) : nil
      if resume && stored == nil { Console.print("\(checkpointPath): no checkpoint yet; starting from the beginning") }
      var description = try settings.resolved(over: stored)
      let data = try Dataset.load(folder: dataset, maxPlaylists: description.training.maxPlaylists)
      let run = try TrainingRun(
        dataset: data, out: out, description: &description, stored: stored, device: device, log: log,
        checkpointEvery: checkpointEvery)
      let resumeCommand =
        "segue train \(dataset) --out \(out) --resume" + (log.map { " --log \($0)" } ?? "")
      try run.run(resumeCommand: resumeCommand)
    }
  }
}

/// The settings that decide a run's result. None has a default here: what is not given comes from the checkpoint on
/// --resume, else from `TrainingConfiguration`.
struct SettingOptions: ParsableArguments {
  @Option(help: "Epochs (default: 20).") var epochs: Int?
  @Option(help: "Playlists in a batch (default: 32).") var batchSize: Int?
  @Option(help: "Hidden units of each LSTM (default: 256).") var hidden: Int?
  @Option(help: "LSTM layers of encoder and decoder (default: 1).") var layers: Int?
  @Option(help: "RMSprop's learning rate (default: 0.001).") var learningRate: Float?
  @Option(
    help: ArgumentHelp(
      "constant, cosine, exponential:FACTOR or step:EPOCHS:FACTOR (default: constant).", valueName: "schedule"))
  var schedule: String?
  @Option(help: ArgumentHelp("Largest global gradient norm (default: no clipping).", valueName: "norm"))
  var clipNorm: Float?
  @Option(help: ArgumentHelp("Stop after so many epochs without a lower validation loss.", valueName: "epochs"))
  var earlyStopping: Int?
  @Option(help: "Seed of initial weights, shuffles and splits (default: 1).") var seed: UInt64?
  @Option(
    help: ArgumentHelp(
      "Training, validation and test playlists: counts in order, or shares shuffled by seed (default: 0.8,0.1,0.1).",
      valueName: "a,b,c"))
  var split: String?
  @Option(help: ArgumentHelp("Read only the first playlists.", valueName: "count")) var maxPlaylists: Int?
  @Option(help: "What is learned: dissertation (default).") var objective: String?
  @Option(help: "packed (default; true lengths) or keras (zero rows up to the padded length).") var padding: String?
  @Option(help: ArgumentHelp("Steps of a padded playlist (default: the longest).", valueName: "steps"))
  var paddedLength: Int?
  @Flag(help: "Keep the playlists' order in every epoch.") var noShuffle = false
  @Option(help: ArgumentHelp("Start from these weights (safetensors).", valueName: "file")) var initialWeights: String?
  @Option(help: "float32 (default).") var precision: String?

  /// The settings given, over those of the checkpoint, over the defaults.
  /// - Throws: `UsageError` when a value makes no sense or contradicts the checkpoint.
  func resolved(over stored: ModelDescription?) throws -> ModelDescription {
    var training = stored?.training ?? TrainingConfiguration()
    var model = stored?.model ?? ModelConfiguration()
    func take<Value: Equatable>(_ given: Value?, _ flag: String, into place: inout Value) throws {
      guard let given, given != place else { return }
      guard stored == nil || flag == "--epochs" else {
        throw UsageError(
          "\(flag) \(given) contradicts the checkpoint (\(place)). Leave it out, or train without --resume.")
      }
      place = given
    }
    func takeOptional<Value: Equatable>(_ given: Value?, _ flag: String, into place: inout Value?) throws {
      if given != nil { try take(.some(given), flag, into: &place) }
    }
    try take(epochs, "--epochs", into: &training.epochs)
    try take(batchSize, "--batch-size", into: &training.batchSize)
    try take(hidden, "--hidden", into: &model.hiddenSize)
    try take(layers, "--layers", into: &model.layers)
    try take(learningRate, "--learning-rate", into: &training.learningRate)
    try take(schedule, "--schedule", into: &training.schedule)
    try takeOptional(clipNorm, "--clip-norm", into: &training.clipNorm)
    try takeOptional(earlyStopping, "--early-stopping", into: &training.earlyStopping)
    try take(seed, "--seed", into: &training.seed)
    try take(split, "--split", into: &training.split)
    try takeOptional(maxPlaylists, "--max-playlists", into: &training.maxPlaylists)
    try take(objective, "--objective", into: &training.objective)
    try take(padding, "--padding", into: &training.padding)
    try takeOptional(paddedLength, "--padded-length", into: &training.paddedLength)
    try take(noShuffle ? false : nil, "--no-shuffle", into: &training.shuffle)
    try takeOptional(initialWeights, "--initial-weights", into: &training.initialWeights)
    try take(precision, "--precision", into: &training.precision)
    let resolved = ModelDescription(model: model, training: training)
    try check(resolved)
    return resolved
  }

  private func check(_ description: ModelDescription) throws {
    let (model, training) = (description.model, description.training)
    func require(_ condition: Bool, _ text: String) throws { if !condition { throw UsageError(text) } }
    try require(training.epochs > 0, "--epochs must be at least 1, got \(training.epochs).")
    try require(training.batchSize > 0, "--batch-size must be at least 1, got \(training.batchSize).")
    try require((1...8192).contains(model.hiddenSize), "--hidden must lie in 1…8192, got \(model.hiddenSize).")
    try require((1...8).contains(model.layers), "--layers must lie in 1…8, got \(model.layers).")
    try require(
      training.learningRate > 0 && training.learningRate.isFinite,
      "--learning-rate must be above 0, got \(training.learningRate).")
    try require(
      LearningRateSchedule(training.schedule) != nil,
      "--schedule \(training.schedule) is unknown. Use constant, cosine, exponential:FACTOR or step:EPOCHS:FACTOR.")
    try require((training.clipNorm ?? 1) > 0, "--clip-norm must be above 0.")
    try require((training.earlyStopping ?? 1) > 0, "--early-stopping must be at least 1.")
    try require((training.maxPlaylists ?? 1) > 0, "--max-playlists must be at least 1.")
    try require(
      training.objective == "dissertation", "--objective \(training.objective) is unknown. Use dissertation.")
    try require(
      ["packed", "keras"].contains(training.padding), "--padding \(training.padding) is unknown. Use packed or keras.")
    try require((training.paddedLength ?? 3) >= 3, "--padded-length must be at least 3.")
    try require(
      training.paddedLength == nil || training.padding == "keras", "--padded-length needs --padding keras.")
    try require(
      training.precision == "float32", "--precision \(training.precision) is not available. Use float32.")
    _ = try SplitSpecification(parsing: training.split)
  }
}
