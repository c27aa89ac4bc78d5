internal import Glibc
internal import Music
internal import Recommendation
internal import Sequences

/// The exact search for the nearest song, one query at a time on one thread.
package struct NearestBenchmark {
  package var songCount = 34_000
  package var queryCount = 1000
  /// Queries that are also answered by a scan in double precision.
  package var checkedCount = 100
  /// How long to measure each kind of query.
  package var seconds = 2.0
  package var seed: UInt64 = 1

  package init() {}

  /// What a model predicts, from sure to undecided.
  package enum QueryKind: String, CaseIterable, Encodable, Sendable {
    /// Numbers near a song's, blocks a softmax of normal logits × 3.
    case confident
    /// The same with logits × 1.
    case mild
    /// Uniform numbers, all categories equally likely: every cell is equally far, so only the ten numbers can tell.
    case uniform
  }

  package struct Row: Encodable, Sendable {
    package var queries: QueryKind
    /// Median over rounds of the mean over all queries.
    package var microseconds: Double
    /// The time that one query in a hundred exceeds.
    package var slowestHundredth: Double
    /// Share of the songs whose distance was computed.
    package var scanned: Double
    /// A scan of all songs in single precision, written plainly.
    package var scanMicroseconds: Double
    /// Answers compared with a scan in double precision, and those that differ.
    package var checked: Int
    package var differing: Int
  }

  package func run() -> [Row] {
    var random = Philox(seed: seed, purpose: .benchmark, index: 3)
    let vectors = RandomSongs.vectors(count: songCount, &random)
    let songs = NearestSongs(vectors)
    return QueryKind.allCases.map { kind in
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
      let scan = Measurement(seconds: 0.2, minimum: 3) { checksum += Double(self.scan(queries[0], over: vectors)) }
      let checked = min(checkedCount, queryCount)
      let differing = queries.prefix(checked).count {
        songs.nearest(to: $0)?.row != Int32(exactRow($0, over: vectors))
      }
      precondition(checksum.isFinite, "NearestBenchmark: a distance is not finite")  // keeps the searches alive
      return Row(
        queries: kind, microseconds: 1e6 * rounds.median / Double(queryCount),
        slowestHundredth: 1e6 * single.quantile(0.99),
        scanned: min(1, 16 * Double(effort.blocks) / Double(queryCount) / Double(max(1, songCount))),
        scanMicroseconds: 1e6 * scan.median, checked: checked, differing: differing)
    }
  }

  private func query(_ kind: QueryKind, near vectors: SongVectors, _ random: inout Philox) -> [Float] {
    var query = Array(vectors.vector(random.below(vectors.count)))
    for number in SongVector.regression {
      query[number] =
        kind == .uniform ? random.uniform() : min(max(query[number] + Float(random.normal()) * 0.05, 0), 1)
    }
    let scale: Double =
      switch kind {
      case .confident: 3
      case .mild: 1
      case .uniform: 0
      }
    for block in [SongVector.key, SongVector.mode, SongVector.timeSignature] {
      let powers = block.map { _ in exp(scale * random.normal()) }
      for (column, power) in zip(block, powers) { query[column] = Float(power / powers.reduce(0, +)) }
    }
    return query
  }

  /// The smallest squared distance, as a loop over all songs finds it.
  private func scan(_ query: [Float], over vectors: SongVectors) -> Float {
    let width = SongVector.width
    return query.withUnsafeBufferPointer { query in
      vectors.values.withUnsafeBufferPointer { values in
        var best = Float.infinity
        for song in 0..<vectors.count {
          var sum = SIMD8<Float>.zero
          for group in 0..<3 {
            var difference = SIMD8<Float>.zero
            for lane in 0..<8 {
              difference[lane] = query[group * 8 + lane] - values[song * width + group * 8 + lane]
            }
            sum += difference * difference
          }
          var rest: Float = 0
          for column in 24..<width {
            let difference = query[column] - values[song * width + column]
            rest += difference * difference
          }
          best = min(best, sum.sum() + rest)
        }
        return best
      }
    }
  }

  /// The definition: the lowest row of smallest Σ (query − song)² in double.
  private func exactRow(_ query: [Float], over vectors: SongVectors) -> Int {
    var (best, bestRow) = (Double.infinity, -1)
    for row in 0..<vectors.count {
      var sum = 0.0
      for (a, b) in zip(query, vectors.vector(row)) { sum += (Double(a) - Double(b)) * (Double(a) - Double(b)) }
      if sum < best { (best, bestRow) = (sum, row) }
    }
    return bestRow
  }
}
