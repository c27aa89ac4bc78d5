import ArgumentParser
import Benchmarks
import Compute
import Learning
import Music
import Sequences

struct BenchmarkTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Times whole training steps on random songs.")

  @OptionGroup var device: DeviceOptions
  @OptionGroup var options: BenchmarkOptions

  @Option(help: "Playlists in a batch.") var batchSize = 32
  @Option(help: ArgumentHelp("Songs of a playlist, and the padded length.", valueName: "songs"))
  var sequenceLength = 245
  @Option(help: "Hidden units of each LSTM.") var hidden = 256
  @Option(help: "LSTM layers of encoder and decoder.") var layers = 1
  @Option(help: "What encoder and decoder are given; dissertation is the only objective.") var objective =
    "dissertation"
  @Option(help: ArgumentHelp("A file with the number of songs of one playlist on each line.", valueName: "file"))
  var lengths: String?
  @Flag(help: "Playlists as uneven as real ones (20 to 238 songs, mean 87), eight batches.")
  var ragged = false
  @Option(help: "packed or keras (default: keras; packed with --lengths and --ragged).") var padding: String?

  func validate() throws {
    func require(_ condition: Bool, _ text: String) throws { if !condition { throw ValidationError(text) } }
    try require((1...1 << 20).contains(batchSize), "--batch-size must be at least 1.")
    try require((3...1 << 20).contains(sequenceLength), "--sequence-length must be at least 3.")
    try require((1...8192).contains(hidden), "--hidden must lie in 1…8192, got \(hidden).")
    try require((1...8).contains(layers), "--layers must lie in 1…8, got \(layers).")
    try require(objective == "dissertation", "--objective \(objective) is unknown. Use dissertation.")
    try require(lengths == nil || !ragged, "--lengths and --ragged exclude each other.")
    try require(
      ["packed", "keras", nil].contains(padding), "--padding \(padding ?? "") is unknown. Use packed or keras.")
  }

  func run() throws {
    try reportingErrors {
      var random = Philox(seed: 1, purpose: .benchmark, index: 2)
      let songs =
        try lengths.map(PlaylistLengths.read)
        ?? (ragged
          ? PlaylistLengths.ragged(count: 8 * batchSize, &random)
          : [Int](repeating: sequenceLength, count: batchSize))
      let padding = padding ?? (lengths == nil && !ragged ? "keras" : "packed")
      var benchmark = TrainingBenchmark(lengths: songs)
      benchmark.model = ModelConfiguration(hiddenSize: hidden, layers: layers)
      benchmark.batchSize = batchSize
      benchmark.padding = padding == "packed" ? .packed : .keras(length: sequenceLength)
      benchmark.seconds = options.seconds
      let backend = try device.makeBackend(gradientShards: TrainingConfiguration().gradientShards)
      let result = try benchmark.run(on: backend)
      var report = BenchmarkReport(
        benchmark: "train", device: backend.device.name, driver: backend.device.driver,
        settings: [
          "batch_size": "\(batchSize)", "sequence_length": "\(sequenceLength)", "hidden": "\(hidden)",
          "layers": "\(layers)", "padding": padding, "objective": objective,
          "lengths": lengths == nil ? ragged ? "ragged" : "equal" : "file",
        ], result: result)
      let rate = ProductRate.openBLAS(threads: device.threads ?? Machine.current.cores)
      (report.openblasGflops, report.openblasShare) = (rate, result.gflops / rate)
      try report.print(
        json: options.json,
        table: [
          ["padding", "batch", "tokens a step", "ms a step", "sequences/s", "tokens/s", "GFLOP/s", "rounds"],
          [
            padding, "\(batchSize)", decimal(result.tokensPerStep, 0), decimal(result.millisecondsPerStep, 1),
            decimal(result.sequencesPerSecond, 1), decimal(result.tokensPerSecond, 0), decimal(result.gflops, 1),
            "\(result.rounds)",
          ],
        ])
    }
  }
}
