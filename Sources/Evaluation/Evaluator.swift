/// Runs methods over an evaluation set and sums up.
package struct Evaluator {
  package let set: EvaluationSet
  let facts: SongFacts
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
    EvaluationReport(set: set, outcomes: try methods.map { try outcome(of: $0, progress: progress) })
  }

  /// One method's values.
  /// - Parameter progress: told the method and how many playlists are done.
  package func outcome(
    of method: any RankingMethod, progress: (String, Int) -> Void = { _, _ in }
  ) throws -> MethodOutcome {
    let depth = max(Metric.depth, set.cases.map(\.relevantCount).max() ?? 0)
    var outcome = MethodOutcome(name: method.name)
    for start in stride(from: 0, to: set.cases.count, by: Self.batchSize) {
      let cases = Array(set.cases[start..<min(start + Self.batchSize, set.cases.count)])
      for (item, list) in zip(cases, try method.rank(cases, depth: depth)) {
        outcome.add(judge(list, item), list: list, of: item, songCount: facts.songCount)
      }
      progress(method.name, start + cases.count)
    }
    return outcome
  }

  func judge(_ list: [Int32], _ item: EvaluationCase) -> JudgedList {
    let rightArtists = Set(item.relevant.lazy.filter { $0 >= 0 }.map(facts.artist))
    return JudgedList(
      isHit: list.map { item.relevant.contains($0) },
      hasRightArtist: list.map { rightArtists.contains(facts.artist(of: $0)) }, relevantCount: item.relevantCount,
      traits: facts.traits(of: list.prefix(10)))
  }
}
