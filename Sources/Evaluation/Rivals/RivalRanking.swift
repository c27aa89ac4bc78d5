package import Compute
internal import Recommendation

/// A fitted rival's lists: songs by score, equal scores in order of rows. Where too few songs have a score, the most
/// popular of the others follow, as public libraries fill their lists, so that no depth is lost to a short list. Without
/// any seed that the catalogue knows that is the whole list.
package struct RivalRanking: RankingMethod {
  package let name: String
  private let rival: any Rival
  private let songsByPopularity: [Int32]
  private let backend: any Backend

  /// - Parameter backend: lends its threads.
  package init<R: Rival>(_ rival: R, input: RivalInput, backend: any Backend) {
    name = R.name
    self.rival = rival
    songsByPopularity = input.matrix.songsByPopularity
    self.backend = backend
  }

  package func rank(_ cases: [EvaluationCase], depth: Int) -> [[Int32]] {
    var lists = [[Int32]](repeating: [], count: cases.count)
    lists.withUnsafeMutableBufferPointer { lists in
      nonisolated(unsafe) let lists = lists  // each part writes one element
      backend.forEachOnHost(cases.count) { [rival, songsByPopularity] index in
        lists[index] = Self.list(cases[index], rival, songsByPopularity, depth: depth)
      }
    }
    return lists
  }

  private static func list(
    _ item: EvaluationCase, _ rival: any Rival, _ songsByPopularity: [Int32], depth: Int
  ) -> [Int32] {
    var scores = [Float](repeating: 0, count: songsByPopularity.count)
    scores.withUnsafeMutableBufferPointer { scores in
      rival.score(item, into: scores)
      for seed in item.knownSeeds { scores[Int(seed)] = -.infinity }
    }
    var list = Best.indices(depth, of: scores, above: rival.floor)
    if list.count < depth {
      let taken = Set(list).union(item.knownSeeds)
      list += songsByPopularity.lazy.filter { !taken.contains($0) }.prefix(depth - list.count)
    }
    return list
  }
}
