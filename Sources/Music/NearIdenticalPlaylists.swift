/// Two playlists whose sets of songs have a Jaccard similarity of at least one half.
package struct NearIdenticalPair: Sendable, Equatable {
  /// Indices of the playlists, the smaller first.
  package var first: Int
  package var second: Int
  /// Shared songs / all songs of both, repeats counted once.
  package var jaccard: Double

  package init(first: Int, second: Int, jaccard: Double) {
    self.first = first
    self.second = second
    self.jaccard = jaccard
  }
}

/// Finds all near-identical pairs exactly, without comparing every playlist with every other.
///
/// Set-similarity join with prefix and length filters (Chaudhuri et al. 2006; Bayardo et al., "Scaling up all pairs
/// similarity search", WWW 2007). With sets sorted rarest song first, J ≥ 1/2 needs an overlap of (|x| + |y|) / 3, so two
/// sets can only reach it when their prefixes, which hold the rarest songs, share one; an inverted index over the
/// prefixes finds those, and a merge decides.
package enum NearIdenticalPlaylists {
  /// All pairs, ordered by first and second index. Songs below 0 are sets' members like any other.
  package static func pairs(of playlists: [Playlist]) -> [NearIdenticalPair] {
    let sets = rarestFirst(playlists)
    let order = sets.indices.filter { !sets[$0].isEmpty }.sorted { (sets[$0].count, $0) < (sets[$1].count, $1) }
    let songCount = (sets.lazy.compactMap { $0.max() }.max() ?? -1) + 1
    var index = [[Int32]](repeating: [], count: Int(songCount))  // playlists by song of their prefix, smallest first
    var firstAlive = [Int](repeating: 0, count: Int(songCount))
    var lastCandidateOf = [Int32](repeating: -1, count: sets.count)
    var found: [NearIdenticalPair] = []
    for probe in order {
      let set = sets[probe]
      let smallest = (set.count + 1) / 2
      for song in set.prefix(set.count - smallest + 1).lazy.map(Int.init) {
        while firstAlive[song] < index[song].count, sets[Int(index[song][firstAlive[song]])].count < smallest {
          firstAlive[song] += 1  // sets only grow, so what is too small now stays too small
        }
        for candidate in index[song][firstAlive[song]...] where lastCandidateOf[Int(candidate)] != probe {
          lastCandidateOf[Int(candidate)] = Int32(probe)
          let other = sets[Int(candidate)]
          guard let shared = overlap(set, other, atLeast: (set.count + other.count + 2) / 3) else { continue }
          found.append(
            NearIdenticalPair(
              first: min(probe, Int(candidate)), second: max(probe, Int(candidate)),
              jaccard: Double(shared) / Double(set.count + other.count - shared)))
        }
      }
      for song in set.prefix(set.count - (2 * set.count + 2) / 3 + 1) { index[Int(song)].append(Int32(probe)) }
    }
    return found.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }

  /// Each playlist's songs once, numbered by how rare they are and sorted, rarest first.
  private static func rarestFirst(_ playlists: [Playlist]) -> [[Int32]] {
    var counts: [Int32: Int] = [:]
    let sets = playlists.map { Set($0.songs) }
    for set in sets { for song in set { counts[song, default: 0] += 1 } }
    let byRarity = counts.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
    let rank = Dictionary(uniqueKeysWithValues: zip(byRarity.lazy.map(\.key), Int32(0)...))
    return sets.map { $0.map { rank[$0]! }.sorted() }
  }

  /// Size of the intersection of two sorted sets; nil as soon as it cannot reach `minimum`.
  private static func overlap(_ first: [Int32], _ second: [Int32], atLeast minimum: Int) -> Int? {
    var (i, j, shared) = (0, 0, 0)
    while i < first.count && j < second.count {
      if shared + min(first.count - i, second.count - j) < minimum { return nil }
      if first[i] == second[j] {
        shared += 1
        i += 1
        j += 1
      } else if first[i] < second[j] {
        i += 1
      } else {
        j += 1
      }
    }
    return shared >= minimum ? shared : nil
  }
}
