import ArgumentParser
import Benchmarks
import Compute

struct BenchmarkSearch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Times searching songs by title and artist.",
    discussion: """
      Invented titles with words as frequent as words are (Zipf), queries as people type them: whole, unfinished, \
      mistyped, short, and the worst that are known.
      """)

  @OptionGroup var options: BenchmarkOptions
  @Option(help: "Songs of the catalogue.") var songs = 31_172

  func validate() throws {
    try require("--songs", songs, in: BenchmarkOptions.songCounts)
  }

  func run() throws {
    try reportingErrors {
      var benchmark = SearchBenchmark()
      (benchmark.songCount, benchmark.seconds) = (songs, options.seconds)
      let result = try benchmark.run()
      let report = BenchmarkReport(
        benchmark: "search", device: try CPUBackend(threads: 1).device.name, driver: "own text index",
        settings: ["songs": "\(songs)", "queries": "\(benchmark.queryCount)"], result: result)
      let lines = result.searches.map { row in
        [
          row.queries.rawValue, decimal(row.microseconds, 0), decimal(row.p95Microseconds, 0),
          decimal(row.p99Microseconds, 0), decimal(row.slowestMicroseconds, 0), decimal(row.found, 0),
          "“\(row.slowestQuery)”",
        ]
      }
      try report.print(
        json: options.json,
        table: [["queries", "µs", "95 % below", "99 % below", "slowest", "songs found", "slowest query"]] + lines)
      if !options.json {
        print(
          "\nall but the worst: \(decimal(result.microseconds, 0)) µs, 95 % below \(decimal(result.p95Microseconds, 0)), "
            + "99 % below \(decimal(result.p99Microseconds, 0))")
        print(
          "index of \(result.words) words, \(decimal(Double(result.indexBytes) / 0x1p20, 1)) MiB, built in "
            + "\(decimal(result.buildSeconds, 2)) s")
      }
    }
  }
}
