import ArgumentParser
import Benchmarks
import Compute
import Learning
import Music

struct BenchmarkTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Times whole training steps on random songs.")

  @OptionGroup var device: DeviceOptions
  @OptionGroup var options: BenchmarkOptions
  @OptionGroup var recurrence: RecurrenceOptions

  @Option(help: "Playlists in a batch.") var batchSize = 32
  @Option(help: ArgumentHelp("Songs of a playlist, and the padded length.", valueName: "songs"))
  var sequenceLength = 245
  @Option(help: "Hidden units of each LSTM.") var hidden = 256
  @Option(help: "LSTM layers of encoder and decoder.") var layers = 1
  @Option(help: "What encoder and decoder are given; dissertation is the only objective.") var objective =
    "dissertation"
  @Option(
    help: ArgumentHelp("Digits of the large products' operands.", valueName: "float32|tf32|bf16"))
  var precision = "float32"
  @Option(
    help: ArgumentHelp(
      "A file with the number of songs of one playlist on each line; instead of --sequence-length songs for all.",
      valueName: "file"))
  var lengths: String?
  @Option(
    help: ArgumentHelp(
      "keras pads every playlist to --sequence-length, packed leaves true lengths (default: packed with --lengths, "
        + "else keras).", valueName: "keras|packed"))
  var padding: String?

  func validate() throws {
    try require("--batch-size", batchSize, in: 1...1 << 20)
    try require("--sequence-length", sequenceLength, in: 3...1 << 20)
    try require("--hidden", hidden, in: BenchmarkOptions.hiddenSizes)
    try require("--layers", layers, in: 1...8)
    try require("--objective", objective, among: ["dissertation"])
    try require("--precision", precision, among: Precision.allCases.map(\.rawValue))
    if let padding { try require("--padding", padding, among: ["keras", "packed"]) }
  }

  func run() throws {
    try reportingErrors {
      let songs =
        try lengths.map(PlaylistLengths.read) ?? [Int](repeating: sequenceLength, count: batchSize)
      let padding = padding ?? (lengths == nil ? "keras" : "packed")
      var benchmark = TrainingBenchmark(lengths: songs)
      benchmark.model = ModelConfiguration(hiddenSize: hidden, layers: layers)
      benchmark.batchSize = batchSize
      benchmark.padding = padding == "packed" ? .packed : .keras(length: sequenceLength)
      benchmark.seconds = options.seconds
      let backend = try recurrence.makeBackend(
        on: device, gradientShards: TrainingConfiguration().gradientShards, precision: Precision(rawValue: precision)!)
      // Before and after: a machine that gives fewer cores for a while shows one of the two too low.
      let threads = device.threads ?? Machine.current.cores
      let isOnGPU = if case .opencl(_, isGPU: true) = backend.device.kind { true } else { false }
      let rateBefore = isOnGPU ? nil : ProductRate.openBLAS(threads: threads)
      Machine.forgetPeakMemory()  // OpenBLAS's own matrices
      let result = try benchmark.run(on: backend)
      var report = BenchmarkReport(
        benchmark: "train", device: backend.device.name, driver: backend.device.driver,
        settings: [
          "batch_size": "\(batchSize)", "sequence_length": "\(sequenceLength)", "hidden": "\(hidden)",
          "layers": "\(layers)", "padding": padding, "objective": objective,
          "lengths": lengths == nil ? "equal" : "file", "recurrence": recurrence.label(backend),
          "precision": precision,
        ], result: result)
      if let rateBefore {
        let rate = max(rateBefore, ProductRate.openBLAS(threads: threads))
        (report.openblasGflops, report.openblasShare) = (rate, result.gflops / rate)
      }
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
