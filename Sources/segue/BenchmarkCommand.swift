import ArgumentParser
import Benchmarks
import Compute
import FoundationEssentials
import Learning
import Recommendation

struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark", abstract: "Times training, recommending, searching and every operation of a device.",
    discussion: """
      Random songs, warm-up, then medians. Compare only numbers of the same machine and the same run; \
      `make bench` runs the rivals beside it.
      """,
    subcommands: [
      BenchmarkTrain.self, BenchmarkRecommend.self, BenchmarkNearest.self, BenchmarkSearch.self, BenchmarkOpen.self,
      BenchmarkKernels.self, BenchmarkProbe.self, BenchmarkDraw.self,
    ])
}

/// What every benchmark is told.
struct BenchmarkOptions: ParsableArguments {
  @Option(help: "Seconds to measure for, after the warm-up.")
  var seconds = 5.0

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  static let hiddenSizes = 1...8192
  static let songCounts = 1...1 << 26

  func validate() throws {
    guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds must lie above 0 and up to 3600.") }
  }
}

/// - Throws: `ValidationError` with the limits.
func require(_ option: String, _ value: Int, in limits: ClosedRange<Int>) throws {
  guard limits.contains(value) else {
    throw ValidationError("\(option) must lie in \(limits.lowerBound)…\(limits.upperBound), got \(value).")
  }
}

/// - Throws: `ValidationError` with the words that there are.
func require(_ option: String, _ value: String, among words: [String]) throws {
  guard words.contains(value) else {
    throw ValidationError("\(option) \(value) is unknown. Use \(words.joined(separator: " or ")).")
  }
}

struct BenchmarkRecommend: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recommend", abstract: "Times recommending songs for one playlist, or for a batch of them.")

  @OptionGroup var device: DeviceOptions
  @OptionGroup var options: BenchmarkOptions
  @Option(help: "Songs of the catalogue.") var songs = 31_172
  @Option(help: "Songs of each playlist.") var playlistLength = 20
  @Option(help: "Songs to recommend.") var count = 30
  @Option(help: "Playlists recommended for in one call.") var batchSize = 1
  @Option(help: "Hidden units of each LSTM.") var hidden = 256
  @Option(
    help: ArgumentHelp(
      "default, or original: the dissertation's, with padded inputs and repeats skipped after the search.",
      valueName: "default|original"))
  var decode = "default"
  @Option(help: ArgumentHelp("What the model was trained for.", valueName: "dissertation|continuation"))
  var objective = "dissertation"

  func validate() throws {
    try require("--songs", songs, in: BenchmarkOptions.songCounts)
    try require("--objective", objective, among: ["dissertation", "continuation"])
    try require("--playlist-length", playlistLength, in: 1...1000)
    try require("--count", count, in: Recommender.countRange)
    try require("--batch-size", batchSize, in: 1...4096)
    guard count <= songs else {
      throw ValidationError("--count \(count) is more than the \(songs) songs of the catalogue (--songs).")
    }
    try require("--hidden", hidden, in: BenchmarkOptions.hiddenSizes)
    try require("--decode", decode, among: DecodeStyle.allCases.map(\.rawValue))
  }

  func run() throws {
    try reportingErrors {
      var benchmark = RecommendationBenchmark()
      (benchmark.songCount, benchmark.playlistLength, benchmark.count) = (songs, playlistLength, count)
      benchmark.batchSize = batchSize
      (benchmark.hiddenSize, benchmark.decode) = (hidden, DecodeStyle(rawValue: decode)!)
      (benchmark.objective, benchmark.seconds) = (Objective(rawValue: objective)!, options.seconds)
      let backend = try device.makeBackend(gradientShards: TrainingConfiguration().gradientShards)
      let result = try benchmark.run(on: backend)
      let report = BenchmarkReport(
        benchmark: "recommend", device: backend.device.name, driver: backend.device.driver,
        settings: [
          "songs": "\(songs)", "playlist_length": "\(playlistLength)", "count": "\(count)",
          "batch_size": "\(batchSize)", "hidden": "\(hidden)", "decode": decode,
          "objective": objective,
        ], result: result)
      try report.print(
        json: options.json,
        table: [
          [
            "songs", "playlist", "recommended", "batch", "µs", "slowest 1 %, µs", "playlists a second", "a core second",
          ],
          [
            "\(songs)", "\(playlistLength)", "\(count)", "\(batchSize)", decimal(result.microseconds, 0),
            decimal(result.slowestHundredth, 0), decimal(result.perSecond, 1), decimal(result.perCoreSecond, 1),
          ],
        ])
    }
  }
}

struct BenchmarkOpen: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open", abstract: "Times opening a model folder until it can recommend, its files in the page cache.")

  @OptionGroup var options: BenchmarkOptions
  @Option(help: "Songs of the catalogue.") var songs = 31_172

  func validate() throws {
    try require("--songs", songs, in: BenchmarkOptions.songCounts)
  }

  func run() throws {
    try reportingErrors {
      var benchmark = OpeningBenchmark()
      (benchmark.songCount, benchmark.seconds) = (songs, options.seconds)
      let backend = try CPUBackend(threads: 1)
      let result = try benchmark.run(on: backend)
      let report = BenchmarkReport(
        benchmark: "open", device: backend.device.name, driver: backend.device.driver,
        settings: ["songs": "\(songs)", "hidden": "\(benchmark.hiddenSize)"], result: result)
      try report.print(
        json: options.json,
        table: [
          ["songs", "opening, µs", "slowest 1 %, µs", "built and written in s"],
          [
            "\(songs)", decimal(result.microseconds, 0), decimal(result.slowestHundredth, 0),
            decimal(result.buildSeconds, 2),
          ],
        ])
    }
  }
}

struct BenchmarkNearest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nearest", abstract: "Times the exact search for the nearest song, and checks it against a scan.",
    discussion: "The exit status is 70 when an answer differs from the scan's.")

  @OptionGroup var options: BenchmarkOptions
  @Option(help: "Songs of the catalogue.") var songs = 34_000
  @Option(
    help: ArgumentHelp(
      "What the songs are like: uniform (random), one-cell (one key, mode and time signature), equal-numbers (only "
        + "those differ) or equal (all the same).", valueName: "kind"))
  var data = "uniform"

  func validate() throws {
    try require("--songs", songs, in: BenchmarkOptions.songCounts)
    try require("--data", data, among: NearestBenchmark.SongKind.allCases.map(\.rawValue))
  }

  func run() throws {
    try reportingErrors {
      var benchmark = NearestBenchmark()
      (benchmark.songCount, benchmark.songKind) = (songs, NearestBenchmark.SongKind(rawValue: data)!)
      benchmark.seconds = options.seconds / Double(NearestBenchmark.QueryKind.allCases.count)
      let measured = benchmark.run()
      let rows = measured.searches
      struct Searches: Encodable {
        /// Of the confident queries.
        let microseconds: Double
        let uniformMicroseconds: Double
        let centralMicroseconds: Double
        let buildSeconds: Double
        let searches: [NearestBenchmark.Row]
      }
      func microseconds(_ kind: NearestBenchmark.QueryKind) -> Double {
        rows.first { $0.queries == kind }!.microseconds
      }
      let result = Searches(
        microseconds: microseconds(.confident), uniformMicroseconds: microseconds(.uniform),
        centralMicroseconds: microseconds(.central), buildSeconds: measured.buildSeconds, searches: rows)
      let report = BenchmarkReport(
        benchmark: "nearest", device: try CPUBackend(threads: 1).device.name, driver: "own vector kernels",
        settings: ["songs": "\(songs)", "data": data, "queries": "\(benchmark.queryCount)"], result: result)
      let lines = rows.map { row in
        [
          row.queries.rawValue, decimal(row.microseconds, 2), decimal(row.slowestHundredth, 2),
          decimal(100 * row.scanned, 2) + " %", decimal(row.scanMicroseconds, 2),
          "\(row.checked - row.differing) of \(row.checked)",
        ]
      }
      try report.print(
        json: options.json,
        table: [["queries", "µs", "slowest 1 %, µs", "songs looked at", "scan, µs", "equal to a scan"]] + lines)
      if !options.json { print("\nindex built in \(decimal(measured.buildSeconds, 2)) s") }
      if let disagreement = measured.disagreement {
        Console.print("segue: \(disagreement)")
        throw ExitCode(ExitStatus.ownFault.rawValue)
      }
    }
  }
}
