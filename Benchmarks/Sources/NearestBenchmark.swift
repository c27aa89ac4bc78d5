internal import CBaselines
internal import Glibc
internal import Music
internal import Recommendation
internal import Sequences

/// The exact search for the nearest song, one query at a time on one thread.
package struct NearestBenchmark {
  package var songCount = 34_000
  package var songKind = SongKind.uniform
  package var queryCount = 1000
  /// Queries of each kind that are also answered by a scan in double precision: at most so many, as many as fit into
  /// the seconds, but at least so many.
  package var checkedCount = 100
  package var checkingSeconds = 1.0
  package static let leastCheckedCount = 10
  /// How long to measure each kind of query.
  package var seconds = 2.0
  package var seed: UInt64 = 1

  package init() {}

  /// What the songs are like, from ordinary to adversarial.
  package enum SongKind: String, CaseIterable, Sendable {
    /// Uniform numbers and categories.
    case uniform
    /// Uniform numbers, one key, mode and time signature.
    case oneCell = "one-cell"
    /// All with the same numbers and uniform categories.
    case equalNumbers = "equal-numbers"
    /// All the same.
    case equal
  }

  /// What a model predicts, from sure to undecided.
  package enum QueryKind: String, CaseIterable, Encodable, Sendable {
    /// Numbers near a song's, blocks a softmax of normal logits × 3.
    case confident
    /// The same with logits × 1.
    case mild
    /// Uniform numbers, all categories equally likely: every cell is equally far, so only the ten numbers can tell.
    case uniform
    /// Numbers near the middle, probabilities nearly equal: what a model predicts that has learned nothing.
    case central
    /// Uniform numbers in [−5, 5], all categories equally likely.
    case outside
  }

  package struct Row: Encodable, Sendable {
    package var queries: QueryKind
    /// Median over rounds of the mean over all queries.
    package var microseconds: Double
    /// The time that one query in a hundred exceeds.
    package var slowestHundredth: Double
    /// Share of the songs whose distance was computed.
    package var scanned: Double
    /// A scan of all songs in single precision with vector instructions.
    package var scanMicroseconds: Double
    /// Answers compared with a scan in double precision, and those that differ.
    package var checked: Int
    package var differing: Int
  }

  package struct Result: Encodable, Sendable {
    /// Building the index in memory.
    package var buildSeconds: Double
    package var searches: [Row]

    /// Which queries got answers that differ from the exact scan's, in words; nil when all are equal.
    package var disagreement: String? {
      let rows = searches.filter { $0.differing > 0 }
      guard !rows.isEmpty else { return nil }
      let kinds = rows.map { "\($0.queries.rawValue) (\($0.differing) of \($0.checked))" }
      return "answers differ from the exact scan for these queries: \(kinds.joined(separator: ", "))"
    }
  }

  package func run() -> Result {
    var random = Philox(seed: seed, purpose: .benchmark, index: 3)
    let vectors = songs(&random)
    let start = ContinuousClock.now
    let songs = NearestSongs(vectors)
    let buildSeconds = (ContinuousClock.now - start) / .seconds(1)
    let scan = SongScan(vectors)
    let rows = QueryKind.allCases.map { kind in
      let queries = (0..<queryCount).map { _ in query(kind, near: vectors, &random) }
      var checksum = 0.0
      func search(_ query: [Float]) { checksum += songs.nearest(to: query)?.squaredDistance ?? 0 }
      let rounds = Measurement(seconds: seconds / 2) { for query in queries { search(query) } }
      var next = 0
      let single = Measurement(warmUp: 0, seconds: seconds / 2, minimum: queryCount) {
        search(queries[next % queryCount])
        next += 1
      }
      var effort = NearestSongs.Effort()
      for query in queries { _ = songs.nearest(to: query, count: 1, effort: &effort) }
      let scans = Measurement(seconds: seconds / 4, minimum: 3) {
        for query in queries.prefix(scannedCount) { checksum += scan.nearest(to: query).squaredDistance }
      }
      var (checked, differing) = (0, 0)
      let end = ContinuousClock.now + .seconds(checkingSeconds)
      for query in queries.prefix(checkedCount) where checked < Self.leastCheckedCount || ContinuousClock.now < end {
        checked += 1
        if songs.nearest(to: query)?.row != Int32(exactRow(query, over: vectors)) { differing += 1 }
      }
      precondition(checksum.isFinite, "NearestBenchmark: a distance is not finite")  // keeps the searches alive
      return Row(
        queries: kind, microseconds: 1e6 * rounds.median / Double(queryCount),
        slowestHundredth: 1e6 * single.quantile(0.99),
        scanned: min(1, 16 * Double(effort.blocks) / Double(queryCount) / Double(max(1, songCount))),
        scanMicroseconds: 1e6 * scans.median / Double(scannedCount), checked: checked, differing: differing)
    }
    return Result(buildSeconds: buildSeconds, searches: rows)
  }

  /// Queries of one round of scans, so that a round is long enough for the clock.
  private var scannedCount: Int { max(1, min(queryCount, 100_000 / songCount)) }

  private func songs(_ random: inout Philox) -> SongVectors {
    var vectors = RandomSongs.vectors(count: songCount, &random)
    let common =
      switch songKind {
      case .uniform: 0..<0
      case .oneCell: SongVector.key.lowerBound..<SongVector.width
      case .equalNumbers: SongVector.regression
      case .equal: 0..<SongVector.width
      }
    for row in 1..<max(1, songCount) {
      for column in common { vectors.values[row * SongVector.width + column] = vectors.values[column] }
    }
    return vectors
  }

  private func query(_ kind: QueryKind, near vectors: SongVectors, _ random: inout Philox) -> [Float] {
    var query = Array(vectors.vector(random.below(vectors.count)))
    for number in SongVector.regression {
      query[number] =
        switch kind {
        case .confident, .mild: min(max(query[number] + Float(random.normal()) * 0.05, 0), 1)
        case .uniform: random.uniform()
        case .central: 0.5 + Float(random.normal()) * 0.05
        case .outside: 10 * random.uniform() - 5
        }
    }
    let scale: Double =
      switch kind {
      case .confident: 3
      case .mild: 1
      case .central: 0.1
      case .uniform, .outside: 0
      }
    for block in [SongVector.key, SongVector.mode, SongVector.timeSignature] {
      let powers = block.map { _ in exp(scale * random.normal()) }
      for (column, power) in zip(block, powers) { query[column] = Float(power / powers.reduce(0, +)) }
    }
    return query
  }

  /// The definition: the lowest row of smallest Σ (query − song)² in double.
  private func exactRow(_ query: [Float], over vectors: SongVectors) -> Int {
    var (best, bestRow) = (Double.infinity, -1)
    query.withUnsafeBufferPointer { query in
      vectors.values.withUnsafeBufferPointer { values in
        for row in 0..<vectors.count {
          var sum = 0.0
          for column in 0..<SongVector.width where sum < best {  // a sum only grows
            let difference = Double(query[column]) - Double(values[row * SongVector.width + column])
            sum += difference * difference
          }
          if sum < best { (best, bestRow) = (sum, row) }
        }
      }
    }
    return bestRow
  }
}

/// The songs as a scan with vector instructions likes them best: what the search must never be slower than.
private final class SongScan {
  private static let lanes = 16
  private let values: UnsafeMutableBufferPointer<Float>  // (blocks, 29, 16), at a multiple of 64 bytes

  init(_ vectors: SongVectors) {
    let (width, lanes) = (SongVector.width, Self.lanes)
    let count = (vectors.count + lanes - 1) / lanes * lanes * width
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count * MemoryLayout<Float>.stride, alignment: 64)
    values = bytes.bindMemory(to: Float.self)
    values.initialize(repeating: .infinity)
    for row in 0..<vectors.count {
      for column in 0..<width {
        values[(row / lanes * width + column) * lanes + row % lanes] = vectors.values[row * width + column]
      }
    }
  }

  deinit { values.deallocate() }

  func nearest(to query: [Float]) -> Neighbour {
    var row = 0
    let blocks = values.count / (SongVector.width * Self.lanes)
    let distance = segueScan(values.baseAddress!, blocks, query, &row)
    return Neighbour(row: Int32(row), squaredDistance: Double(distance))
  }
}
