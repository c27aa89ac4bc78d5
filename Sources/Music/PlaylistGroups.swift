internal import Sequences

/// Playlists in groups of near-identical ones, which stay together when playlists are divided.
struct PlaylistGroups {
  /// Indices of each group's playlists, the groups in random order.
  let groups: [[Int]]

  /// - Parameters:
  ///   - count: playlists.
  ///   - pairs: the near-identical ones among them.
  init(count: Int, pairs: [NearIdenticalPair], seed: UInt64) {
    var root = Array(0..<count)
    func find(_ index: Int) -> Int {
      var index = index
      while root[index] != index {
        root[index] = root[root[index]]
        index = root[index]
      }
      return index
    }
    for pair in pairs { root[find(pair.second)] = find(pair.first) }
    let members = Dictionary(grouping: 0..<count, by: find)
    var random = Philox(seed: seed, purpose: .split)
    groups = random.permutation(count).filter { root[$0] == $0 }.map { members[$0]! }
  }

  /// Takes groups in their order; each goes to the first part that has room for it, else to the one with most room.
  /// - Returns: the indices of each part's playlists, ascending.
  static func dealt(_ groups: [[Int]], into sizes: [Int]) -> [[Int]] {
    var parts = [[Int]](repeating: [], count: sizes.count)
    for group in groups {
      let room = parts.indices.map { sizes[$0] - parts[$0].count }
      let part = room.firstIndex { $0 >= group.count } ?? room.indices.max { room[$0] < room[$1] }!
      parts[part] += group
    }
    return parts.map { $0.sorted() }
  }
}
