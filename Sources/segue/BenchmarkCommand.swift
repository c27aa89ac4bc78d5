import ArgumentParser
import Benchmarks
import Compute
import FoundationEssentials
import Learning
import Music
import Sequences

struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark", abstract: "Times training, recommending, searching and every operation of a device.",
    discussion: """
      Random songs, warm-up, then medians. Compare only numbers of the same machine and the same run; \
      `make bench` runs the rivals beside it.
      """,
    subcommands: [BenchmarkTrain.self, BenchmarkKernels.self])
}

/// What every benchmark is told.
struct BenchmarkOptions: ParsableArguments {
  @Option(help: "Seconds to measure for, after the warm-up.")
  var seconds = 5.0

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  func validate() throws {
    guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds must lie above 0 and up to 3600.") }
  }
}

/// The result of a benchmark with what it was measured on, as `--json` prints it.
struct BenchmarkReport<Result: Encodable>: Encodable {
  let benchmark: String
  /// What was computed on, and the driver or library with its version.
  let device: String
  let driver: String
  let machine = Machine.current
  /// GFLOP/s of OpenBLAS on the same processor in the same run.
  var openblasGflops: Double?
  let peakMemoryBytes = Machine.peakMemoryBytes
  let settings: [String: String]
  let result: Result

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// The result's own names stand beside the others, not below them.
  func encode(to encoder: any Encoder) throws {
    try result.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(benchmark, forKey: Key(stringValue: "benchmark"))
    try container.encode(device, forKey: Key(stringValue: "device"))
    try container.encode(driver, forKey: Key(stringValue: "driver"))
    try container.encode(machine, forKey: Key(stringValue: "machine"))
    try container.encodeIfPresent(openblasGflops, forKey: Key(stringValue: "openblasGflops"))
    try container.encodeIfPresent(peakMemoryBytes, forKey: Key(stringValue: "peakMemoryBytes"))
    try container.encode(settings, forKey: Key(stringValue: "settings"))
  }

  /// Prints the report: JSON, or the conditions and then `table`.
  func print(json: Bool, table: [[String]]) throws {
    if json {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      Swift.print(String(decoding: try encoder.encode(self), as: UTF8.self))
      return
    }
    Swift.print("device     \(device)")
    Swift.print("driver     \(driver)")
    Swift.print("processor  \(machine.processor), \(machine.cores) cores, \(machine.system)")
    if let openblasGflops { Swift.print("OpenBLAS   \(decimal(openblasGflops, 0)) GFLOP/s at 2048 × 2048 × 2048") }
    if let peakMemoryBytes { Swift.print("memory     \(decimal(Double(peakMemoryBytes) / 0x1p20, 0)) MiB at most") }
    Swift.print("")
    for line in aligned(table) { Swift.print(line) }
  }
}

/// The rows of a table as lines, columns aligned: words on the left, numbers on the right.
private func aligned(_ rows: [[String]]) -> [String] {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
  return rows.map { row in
    let cells = row.enumerated().map { column, cell in
      padded(cell, widths[column], left: cell.first?.isNumber == true)
    }
    let line = cells.joined(separator: "  ")
    return String(line.reversed().drop { $0 == " " }.reversed())
  }
}

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
      let report = BenchmarkReport(
        benchmark: "train", device: backend.device.name, driver: backend.device.driver,
        openblasGflops: ProductRate.openBLAS(threads: device.threads ?? Machine.current.cores),
        settings: [
          "batch_size": "\(batchSize)", "sequence_length": "\(sequenceLength)", "hidden": "\(hidden)",
          "layers": "\(layers)", "padding": padding, "objective": objective,
          "lengths": lengths == nil ? ragged ? "ragged" : "equal" : "file",
        ], result: result)
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

struct BenchmarkKernels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels", abstract: "Times every operation of a device at the size of a training step.")

  @OptionGroup var device: DeviceOptions
  @OptionGroup var options: BenchmarkOptions
  @Option(help: "Playlists in a batch.") var batchSize = 32
  @Option(help: ArgumentHelp("Time steps of the batch.", valueName: "steps")) var sequenceLength = 245
  @Option(help: "Hidden units of each LSTM.") var hidden = 256

  func validate() throws {
    guard batchSize > 0, sequenceLength > 0, (1...8192).contains(hidden) else {
      throw ValidationError("--batch-size, --sequence-length and --hidden must be at least 1.")
    }
  }

  func run() throws {
    try reportingErrors {
      var benchmark = KernelsBenchmark()
      benchmark.model = ModelConfiguration(hiddenSize: hidden)
      (benchmark.batchSize, benchmark.sequenceLength) = (batchSize, sequenceLength)
      benchmark.seconds = options.seconds / 12  // operations timed
      let backend = try device.makeBackend(gradientShards: TrainingConfiguration().gradientShards)
      struct Operations: Encodable { let operations: [KernelsBenchmark.Row] }
      let rows = try benchmark.run(on: backend)
      let rate = ProductRate.openBLAS(threads: device.threads ?? Machine.current.cores)
      let report = BenchmarkReport(
        benchmark: "kernels", device: backend.device.name, driver: backend.device.driver, openblasGflops: rate,
        settings: ["batch_size": "\(batchSize)", "sequence_length": "\(sequenceLength)", "hidden": "\(hidden)"],
        result: Operations(operations: rows))
      let lines = rows.map { row in
        [
          row.operation, row.size, decimal(row.milliseconds, 3), row.gflops.map { decimal($0, 1) } ?? "",
          row.gflops.map { decimal(100 * $0 / rate, 0) + " %" } ?? "",
          row.gigabytesPerSecond.map { decimal($0, 1) } ?? "",
        ]
      }
      try report.print(
        json: options.json,
        table: [["operation", "size", "ms", "GFLOP/s", "of OpenBLAS", "GB/s"]] + lines)
    }
  }
}
