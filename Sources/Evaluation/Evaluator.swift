/// Runs methods over an evaluation set and sums up.
package struct Evaluator {
  package let set: EvaluationSet
  private let facts: SongFacts
  static let batchSize = 64

  package init(_ set: EvaluationSet, facts: SongFacts) {
    self.set = set
    self.facts = facts
  }

  /// The report on all methods, in their order.
  /// - Parameter progress: told the method and how many playlists are done.
  package func report(
    _ methods: [any RankingMethod], progress: (String, Int) -> Void = { _, _ in }
  ) throws -> EvaluationReport {
    let depth = max(Metric.depth, set.cases.map(\.relevantCount).max() ?? 0)
    let outcomes = try methods.map { method in
      var outcome = MethodOutcome(name: method.name)
      for start in stride(from: 0, to: set.cases.count, by: Self.batchSize) {
        let cases = Array(set.cases[start..<min(start + Self.batchSize, set.cases.count)])
        for (item, list) in zip(cases, try method.rank(cases, depth: depth)) {
          outcome.add(judge(list, item), list: list, of: item)
        }
        progress(method.name, start + cases.count)
      }
      return outcome
    }
    return EvaluationReport(set: set, outcomes: outcomes, songCount: facts.songCount)
  }

  func judge(_ list: [Int32], _ item: EvaluationCase) -> JudgedList {
    let rightArtists = Set(item.relevant.lazy.filter { $0 >= 0 }.map(facts.artist))
    return JudgedList(
      isHit: list.map { item.relevant.contains($0) },
      hasRightArtist: list.map { rightArtists.contains(facts.artist(of: $0)) }, relevantCount: item.relevantCount,
      traits: facts.traits(of: list.prefix(10)))
  }
}

/// One method's values on every playlist.
struct MethodOutcome {
  let name: String
  /// Values of `Metric.ofOnePlaylist`. (metrics; playlists each)
  private(set) var values = [[Double]](repeating: [], count: Metric.ofOnePlaylist.count)
  /// The first ten songs. (playlists; up to 10 each)
  private(set) var firstTens: [[Int32]] = []
  /// Lists with one of the seeds, and lists with a song twice: faults of the method.
  private(set) var (seedFaults, repeatFaults) = (0, 0)

  init(name: String) { self.name = name }

  mutating func add(_ judged: JudgedList, list: [Int32], of item: EvaluationCase) {
    for (index, metric) in Metric.ofOnePlaylist.enumerated() { values[index].append(judged.value(of: metric)) }
    firstTens.append(Array(list.prefix(10)))
    if !Set(item.seeds).isDisjoint(with: list) { seedFaults += 1 }
    if Set(list).count < list.count { repeatFaults += 1 }
  }

  /// Mean of every metric of one playlist over a selection of the playlists, in the order of `Metric.ofOnePlaylist`.
  func means(on playlists: [Int32]) -> [Double] { values.map { Self.mean(of: $0, on: playlists) } }

  func mean(of metric: Metric, on playlists: [Int32]) -> Double {
    Self.mean(of: values[Metric.ofOnePlaylist.firstIndex(of: metric)!], on: playlists)
  }

  /// Playlists without a value are left out; without any the mean is NaN.
  private static func mean(of values: [Double], on playlists: [Int32]) -> Double {
    var (sum, count) = (0.0, 0)
    for playlist in playlists where !values[Int(playlist)].isNaN {
      sum += values[Int(playlist)]
      count += 1
    }
    return sum / Double(count)
  }

  /// Share of `songCount` songs that stand among any playlist's first ten.
  func coverage(songCount: Int) -> Double {
    Double(Set(firstTens.joined()).count) / Double(songCount)
  }
}
