internal import Files
internal import FoundationEssentials
internal import Music
internal import Sequences

/// Searching songs by title and artist, one query at a time on one thread.
package struct SearchBenchmark {
  package var songCount = 31_172
  /// Queries of each kind.
  package var queryCount = 200
  /// How long to measure all kinds.
  package var seconds = 5.0
  package var seed: UInt64 = 1

  package init() {}

  package enum QueryKind: String, CaseIterable, Encodable, Sendable {
    case title
    /// Title and artist, or artist and title.
    case both
    /// The beginning of both, somewhere between one letter and all.
    case typing
    /// Title and artist with a typo in each word of four letters or more.
    case typos
    /// One or two letters, or one of the most frequent words.
    case short
    /// One-letter beginnings, the most frequent words together, 50 words, 200 letters.
    case worst
  }

  package struct Row: Encodable, Sendable {
    package var queries: QueryKind
    package var microseconds: Double
    package var p95Microseconds: Double
    package var p99Microseconds: Double
    package var slowestMicroseconds: Double
    package var slowestQuery: String
    /// Songs found, mean over the queries.
    package var found: Double
  }

  package struct Result: Encodable, Sendable {
    /// Over all kinds but the worst, which are few.
    package var microseconds: Double
    package var p95Microseconds: Double
    package var p99Microseconds: Double
    package var buildSeconds: Double
    package var indexBytes: Int
    package var words: Int
    package var searches: [Row]
  }

  /// - Throws: `OutputError` when the index cannot be written to the temporary folder.
  package func run() throws -> Result {
    var random = Philox(seed: seed, purpose: .benchmark, index: 7)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("segue-benchmark-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let titles = RandomTitles(count: songCount, &random)
    let catalogue = try catalogue(titles, in: folder)
    let path = "\(folder)/\(SongSearch.fileName)"
    let weights = (0..<songCount).map { _ in random.uniform() }
    let start = ContinuousClock.now
    try SongSearch.write(catalogue: catalogue, weights: weights, to: path)
    let buildSeconds = (ContinuousClock.now - start) / .seconds(1)
    let search = try SongSearch(path: path, catalogue: catalogue)

    var all: [Double] = []
    let rows = QueryKind.allCases.map { kind in
      let queries =
        kind == .worst ? Self.worstQueries(titles) : (0..<queryCount).map { _ in query(kind, titles, &random) }
      var (times, found) = ([Double](repeating: .infinity, count: queries.count), 0)
      let end = ContinuousClock.now + .seconds(seconds / Double(QueryKind.allCases.count))
      var round = 0
      while round < 2 || ContinuousClock.now < end {
        for (number, query) in queries.enumerated() {
          let start = ContinuousClock.now
          let result = search.songs(matching: query, limit: 20)
          let time = 1e6 * ((ContinuousClock.now - start) / .seconds(1))
          if kind != .worst && round > 0 { all.append(time) }
          if round > 0 { times[number] = min(times[number], time) }
          if round == 0 { found += result.total }
        }
        round += 1
      }
      let measurement = Measurement(samples: times)
      let slowest = times.indices.max { times[$0] < times[$1] }!
      return Row(
        queries: kind, microseconds: measurement.median, p95Microseconds: measurement.quantile(0.95),
        p99Microseconds: measurement.quantile(0.99), slowestMicroseconds: times[slowest],
        slowestQuery: String(queries[slowest].prefix(40)), found: Double(found) / Double(queries.count))
    }
    let measurement = Measurement(samples: all)
    let indexBytes = try MappedFile(path: path).bytes.count
    return Result(
      microseconds: measurement.median, p95Microseconds: measurement.quantile(0.95),
      p99Microseconds: measurement.quantile(0.99), buildSeconds: buildSeconds, indexBytes: indexBytes,
      words: search.wordCount,
      searches: rows)
  }

  /// A catalogue of these titles; its songs have no numbers.
  private func catalogue(_ titles: RandomTitles, in folder: String) throws -> Catalogue {
    let songs = SongTable(
      ids: (0..<songCount).map { "song \($0)" }, names: titles.names, artists: titles.artists,
      features: .init(repeating: .nan, count: songCount * AudioFeature.count))
    let path = "\(folder)/\(Catalogue.fileName)"
    try Catalogue.write(
      songs: songs, vectors: SongVectors(songs: songs, scaling: RandomSongs.scaling), scaling: RandomSongs.scaling,
      to: path)
    return try Catalogue(path: path)
  }

  private func query(_ kind: QueryKind, _ titles: RandomTitles, _ random: inout Philox) -> String {
    let song = random.below(songCount)
    let (name, artist) = (titles.names[song].lowercased(), titles.artists[song].lowercased())
    let both = random.below(2) == 0 ? "\(name) \(artist)" : "\(artist) \(name)"
    switch kind {
    case .title: return name
    case .both: return both
    case .typing: return String(both.prefix(1 + random.below(both.count)))
    case .typos:
      return both.split(separator: " ").map { $0.count < 4 ? String($0) : mistyped(String($0), &random) }
        .joined(separator: " ")
    case .short:
      return random.below(2) == 0
        ? String(name.prefix(1 + random.below(2))) : RandomTitles.frequentWords[random.below(40)]
    case .worst: preconditionFailure("these are listed")
    }
  }

  private func mistyped(_ word: String, _ random: inout Philox) -> String {
    var letters = Array(word)
    let place = random.below(letters.count - 1)
    switch random.below(4) {
    case 0: letters.remove(at: place)
    case 1: letters.insert("x", at: place)
    case 2: letters[place] = "x"
    default: letters.swapAt(place, place + 1)
    }
    return String(letters)
  }

  private static func worstQueries(_ titles: RandomTitles) -> [String] {
    let frequent = RandomTitles.frequentWords
    func first(_ count: Int, of words: [String]) -> String { words.prefix(count).joined(separator: " ") }
    var queries = "abcdefghijklmnopqrstuvwxyz".map(String.init)
    queries += ["the", "the a", "the you i love of me a", "lvoe", "yuor tmie", "the xlove", "love live lave", "zzzz"]
    queries += [first(15, of: frequent), first(50, of: frequent), first(15, of: frequent.filter { $0.count >= 4 })]
    queries += [first(20, of: titles.names), String(repeating: "qwertyuiop", count: 20)]
    queries += [String(repeating: "e", count: 200), String(repeating: "a b ", count: 50)]
    return queries
  }
}
