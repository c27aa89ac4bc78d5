/// A way to continue playlists, already fitted.
package protocol RankingMethod {
  /// The name in reports.
  var name: String { get }
  /// Ranks the catalogue without the seeds, best first, equal scores in order of rows.
  /// - Parameter depth: songs wanted; a shorter list counts as misses.
  /// - Returns: rows for each case.
  func rank(_ cases: [EvaluationCase], depth: Int) throws -> [[Int32]]
}

/// The songs of most training playlists.
package struct Popularity: RankingMethod {
  package let name = "popularity"
  private let order: [Int32]

  /// - Parameters:
  ///   - playlists: training playlists in rows of the catalogue; a song counts once for each.
  ///   - songCount: rows of the catalogue.
  package init(playlists: [[Int32]], songCount: Int) {
    var counts = [Int](repeating: 0, count: songCount)
    for playlist in playlists { for row in Set(playlist) where row >= 0 { counts[Int(row)] += 1 } }
    order = (0..<Int32(songCount)).sorted { (counts[Int($1)], $0) < (counts[Int($0)], $1) }
  }

  package func rank(_ cases: [EvaluationCase], depth: Int) -> [[Int32]] {
    cases.map { item in
      let seeds = Set(item.seeds)
      return Array(order.lazy.filter { !seeds.contains($0) }.prefix(depth))
    }
  }
}
