package import Recommendation

/// A method's ranking with all but some songs struck out of it.
package struct RankingAmong: RankingMethod {
  package var name: String { method.name }
  private let method: any RankingMethod
  private let songs: SongSet

  package init(_ songs: SongSet, by method: any RankingMethod) {
    self.songs = songs
    self.method = method
  }

  package func rank(_ cases: [EvaluationCase], depth: Int) throws -> [[Int32]] {
    if let decoded = method as? DecodedRanking { return try decoded.rank(cases, depth: depth, among: songs) }
    return try method.rank(cases, depth: songs.capacity).map { list in
      Array(list.lazy.filter { songs.contains($0) }.prefix(depth))
    }
  }
}
