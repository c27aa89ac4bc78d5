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
      BenchmarkTrain.self, BenchmarkRecommend.self, BenchmarkNearest.self, BenchmarkOpen.self, BenchmarkKernels.self,
      BenchmarkDraw.self,
    ])
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

private func checkSongs(_ count: Int) throws {
  guard (1...1 << 26).contains(count) else {
    throw ValidationError("--songs must lie in 1…\(1 << 26), got \(count).")
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
  @Option(help: "default or original.") var decode = "default"

  func validate() throws {
    try checkSongs(songs)
    guard (1...1000).contains(playlistLength), Recommender.countRange.contains(count) else {
      throw ValidationError("--playlist-length must lie in 1…1000 and --count in 1…500.")
    }
    guard (1...4096).contains(batchSize) else {
      throw ValidationError("--batch-size must lie in 1…4096, got \(batchSize).")
    }
    guard count <= songs else {
      throw ValidationError("--count \(count) is more than the \(songs) songs of the catalogue (--songs).")
    }
    guard (1...8192).contains(hidden) else { throw ValidationError("--hidden must lie in 1…8192, got \(hidden).") }
    guard DecodeStyle(rawValue: decode) != nil else {
      throw ValidationError("--decode \(decode) is unknown. Use default or original.")
    }
  }

  func run() throws {
    try reportingErrors {
      var benchmark = RecommendationBenchmark()
      (benchmark.songCount, benchmark.playlistLength, benchmark.count) = (songs, playlistLength, count)
      benchmark.batchSize = batchSize
      (benchmark.hiddenSize, benchmark.decode) = (hidden, DecodeStyle(rawValue: decode)!)
      benchmark.seconds = options.seconds
      let backend = try device.makeBackend(gradientShards: TrainingConfiguration().gradientShards)
      let result = try benchmark.run(on: backend)
      let report = BenchmarkReport(
        benchmark: "recommend", device: backend.device.name, driver: backend.device.driver,
        settings: [
          "songs": "\(songs)", "playlist_length": "\(playlistLength)", "count": "\(count)",
          "batch_size": "\(batchSize)", "hidden": "\(hidden)", "decode": decode,
        ], result: result)
      try report.print(
        json: options.json,
        table: [
          [
            "songs", "playlist", "recommended", "batch", "µs", "slowest 1 %, µs", "playlists a second", "a core second",
            "opening, µs",
          ],
          [
            "\(songs)", "\(playlistLength)", "\(count)", "\(batchSize)", decimal(result.microseconds, 0),
            decimal(result.slowestHundredth, 0), decimal(result.perSecond, 1), decimal(result.perCoreSecond, 1),
            decimal(result.openMicroseconds, 0),
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
    try checkSongs(songs)
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
    commandName: "nearest", abstract: "Times the exact search for the nearest song, and checks it against a scan.")

  @OptionGroup var options: BenchmarkOptions
  @Option(help: "Songs of the catalogue.") var songs = 34_000
  @Option(help: "uniform, or adversarial: one-cell, equal-numbers or equal.") var data = "uniform"

  func validate() throws {
    try checkSongs(songs)
    guard NearestBenchmark.SongKind(rawValue: data) != nil else {
      throw ValidationError("--data \(data) is unknown. Use uniform, one-cell, equal-numbers or equal.")
    }
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
        let buildSeconds: Double
        let searches: [NearestBenchmark.Row]
      }
      let result = Searches(
        microseconds: rows.first { $0.queries == .confident }!.microseconds,
        uniformMicroseconds: rows.first { $0.queries == .uniform }!.microseconds,
        buildSeconds: measured.buildSeconds, searches: rows)
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
    }
  }
}
