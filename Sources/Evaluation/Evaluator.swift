package import Music

/// Runs methods over an evaluation set and sums up.
package struct Evaluator {
  package let set: EvaluationSet
  private let songCount: Int
  /// Number of each row's artist. (rows)
  private let artists: [Int32]
  private static let batchSize = 64

  package init(_ set: EvaluationSet, catalogue: Catalogue) {
    self.init(set, artists: catalogue.artistNumbers)
  }

  /// - Parameter artists: number of each row's artist.
  package init(_ set: EvaluationSet, artists: [Int32]) {
    self.set = set
    songCount = artists.count
    self.artists = artists
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
          outcome.add(judge(list, item), firstTen: list.prefix(10))
        }
        progress(method.name, start + cases.count)
      }
      return outcome
    }
    return EvaluationReport(set: set, outcomes: outcomes, songCount: songCount)
  }

  private func judge(_ list: [Int32], _ item: EvaluationCase) -> JudgedList {
    let rightArtists = Set(item.relevant.lazy.filter { $0 >= 0 }.map { artists[Int($0)] })
    return JudgedList(
      isHit: list.map { item.relevant.contains($0) },
      hasRightArtist: list.map { rightArtists.contains(artists[Int($0)]) }, relevantCount: item.relevantCount)
  }
}

/// One method's values on every playlist.
struct MethodOutcome {
  let name: String
  /// Values of `Metric.ofOnePlaylist`. (metrics; playlists each)
  private(set) var values = [[Double]](repeating: [], count: Metric.ofOnePlaylist.count)
  /// The first ten songs. (playlists; up to 10 each)
  private(set) var firstTens: [[Int32]] = []

  init(name: String) { self.name = name }

  mutating func add(_ list: JudgedList, firstTen: ArraySlice<Int32>) {
    for (index, metric) in Metric.ofOnePlaylist.enumerated() { values[index].append(list.value(of: metric)) }
    firstTens.append(Array(firstTen))
  }

  /// Mean of every metric of one playlist over a selection of the playlists, in the order of `Metric.ofOnePlaylist`.
  func means(on playlists: [Int32]) -> [Double] {
    values.map { values in playlists.reduce(0) { $0 + values[Int($1)] } / Double(playlists.count) }
  }

  /// Share of `songCount` songs that stand among any playlist's first ten.
  func coverage(songCount: Int) -> Double {
    Double(Set(firstTens.joined()).count) / Double(songCount)
  }
}
