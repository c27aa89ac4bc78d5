internal import Music
package import Recommendation

/// The trained model: songs in the order in which its decoder chooses them, at most 500.
package struct DecodedRanking: RankingMethod {
  package let name: String
  private let recommender: Recommender
  private let style: DecodeStyle

  package init(_ recommender: Recommender, style: DecodeStyle = .default, name: String = "segue") {
    self.recommender = recommender
    self.style = style
    self.name = name
  }

  package func rank(_ cases: [EvaluationCase], depth: Int) throws -> [[Int32]] {
    try rank(cases, depth: depth, among: nil)
  }

  /// - Parameter songs: what the decoder may choose; nil for the whole catalogue.
  func rank(_ cases: [EvaluationCase], depth: Int, among songs: SongSet?) throws -> [[Int32]] {
    var wishes = Wishes()
    if let songs { wishes.excludedSongs = Set((0..<Int32(recommender.catalogue.count)).filter { !songs.contains($0) }) }
    let count = min(depth, Recommender.countRange.upperBound)
    let seeds = cases.map(\.knownSeeds)
    let audible = cases.indices.filter { seeds[$0].contains(where: recommender.catalogue.hasNumbers) }
    var lists = [[Int32]](repeating: [], count: cases.count)
    let chosen = try recommender.recommend(
      audible.map { PlaylistRequest(songs: seeds[$0], wishes: wishes) }, count: count, decode: style)
    for (index, songs) in zip(audible, chosen) { lists[index] = songs.map(\.row) }
    return lists
  }
}

/// A trained model that ranks its catalogue.
package struct CatalogueRanking: RankingMethod {
  package let name: String
  private let ranker: CatalogueRanker

  package init(_ ranker: CatalogueRanker, name: String = "segue") {
    self.ranker = ranker
    self.name = name
  }

  package func rank(_ cases: [EvaluationCase], depth: Int) throws -> [[Int32]] {
    try ranker.rank(cases.map { PlaylistRequest(songs: $0.seeds, context: $0.context) }, depth: depth)
  }
}
