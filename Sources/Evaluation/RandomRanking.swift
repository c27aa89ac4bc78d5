internal import Sequences

/// Songs drawn at random, a stream of their own for each playlist: what chance gives.
package struct RandomRanking: RankingMethod {
  package let name = "random"
  private let songCount: Int
  private let seed: UInt64

  /// - Parameter songCount: rows of the catalogue.
  package init(songCount: Int, seed: UInt64 = 0) {
    self.songCount = songCount
    self.seed = seed
  }

  package func rank(_ cases: [EvaluationCase], depth: Int) -> [[Int32]] {
    cases.map { item in
      var random = Philox(seed: seed, purpose: .randomRanking, index: item.index)
      var taken = Set(item.knownSeeds)
      let wanted = min(depth, songCount - taken.count)
      if wanted > songCount / 4 {
        return Array(random.permutation(songCount).lazy.map { Int32($0) }.filter { !taken.contains($0) }.prefix(wanted))
      }
      var rows: [Int32] = []
      while rows.count < wanted {
        let row = Int32(random.below(songCount))
        if taken.insert(row).inserted { rows.append(row) }
      }
      return rows
    }
  }
}
