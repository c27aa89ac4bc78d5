package import Recommendation

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

  /// - Parameter matrix: the training playlists; a song counts once for each.
  package init(_ matrix: PlaylistMatrix) { order = matrix.songsByPopularity }

  package func rank(_ cases: [EvaluationCase], depth: Int) -> [[Int32]] {
    cases.map { item in
      let seeds = Set(item.seeds)
      return Array(order.lazy.filter { !seeds.contains($0) }.prefix(depth))
    }
  }
}
