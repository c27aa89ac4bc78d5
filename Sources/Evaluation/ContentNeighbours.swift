package import Music
package import Recommendation

/// The songs nearest to the mean of the seeds' 29 numbers, exactly. Seeds without numbers are passed over.
package struct ContentNeighbours: RankingMethod {
  package let name = "content-knn"
  private let catalogue: Catalogue
  private let songs: NearestSongs

  package init(catalogue: Catalogue, songs: NearestSongs) {
    self.catalogue = catalogue
    self.songs = songs
  }

  package func rank(_ cases: [EvaluationCase], depth: Int) -> [[Int32]] {
    cases.map { item in
      let seeds = item.knownSeeds.filter(catalogue.hasNumbers)
      guard !seeds.isEmpty else { return [] }
      var sums = [Double](repeating: 0, count: SongVector.width)
      for seed in seeds { for (column, value) in catalogue.vector(seed).enumerated() { sums[column] += Double(value) } }
      return songs.nearest(
        to: sums.map { Float($0 / Double(seeds.count)) }, count: depth,
        excluding: SongSet(capacity: catalogue.count, rows: item.knownSeeds)
      ).map(\.row)
    }
  }
}
