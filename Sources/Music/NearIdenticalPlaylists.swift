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
/// Set-similarity join with prefix, length and positional filters (Chaudhuri et al. 2006; Bayardo et al., "Scaling up all
/// pairs similarity search", WWW 2007; Xiao et al., "Efficient similarity joins for near duplicate detection", WWW 2008).
/// With sets sorted rarest song first, J ≥ 1/2 needs an overlap of (|x| + |y|) / 3, so two sets can only reach it when
/// their prefixes, which hold the rarest songs, share one, and when enough songs follow the first one that they share; an
/// inverted index over the prefixes finds those, and a merge decides.
package enum NearIdenticalPlaylists {
  /// A playlist that has a song in its prefix.
  private struct Posting {
    var playlist: Int32
    /// Songs of the playlist, repeats counted once.
    var size: Int32
    /// Where the song stands, the rarest first.
    var position: Int32
  }

  /// All pairs, ordered by first and second index. Songs below 0 are sets' members like any other.
  package static func pairs(of playlists: [Playlist]) -> [NearIdenticalPair] {
    let sets = RankedSongs(playlists)
    let order = playlists.indices.filter { !sets[$0].isEmpty }.sorted { (sets[$0].count, $0) < (sets[$1].count, $1) }
    // Playlists by song of their prefix, smallest first.
    var index = [[Posting]](repeating: [], count: sets.songCount)
    var firstAlive = [Int32](repeating: 0, count: sets.songCount)
    var lastCandidateOf = [Int32](repeating: -1, count: playlists.count)
    var found: [NearIdenticalPair] = []
    for probe in order {
      let set = sets[probe]
      let (size, smallest) = (set.count, (set.count + 1) / 2)
      for (position, song) in set.prefix(size - smallest + 1).lazy.map(Int.init).enumerated() {
        var alive = Int(firstAlive[song])
        while alive < index[song].count, index[song][alive].size < smallest {
          alive += 1  // sets only grow, so what is too small now stays too small
        }
        firstAlive[song] = Int32(alive)
        let largest = 2 * size - 3 * position  // otherwise too few songs follow in this set
        for posting in index[song][alive...] {
          if posting.size > largest { break }
          // Too few songs follow in the other set, or it was looked at.
          if 2 * Int(posting.size) - 3 * Int(posting.position) < size { continue }
          let candidate = Int(posting.playlist)
          guard lastCandidateOf[candidate] != probe else { continue }
          lastCandidateOf[candidate] = Int32(probe)
          let other = sets[candidate]
          guard let shared = overlap(set, other, atLeast: (size + other.count + 2) / 3) else { continue }
          found.append(
            NearIdenticalPair(
              first: min(probe, candidate), second: max(probe, candidate),
              jaccard: Double(shared) / Double(size + other.count - shared)))
        }
      }
      for (position, song) in set.prefix(size - (2 * size + 2) / 3 + 1).enumerated() {
        index[Int(song)].append(Posting(playlist: Int32(probe), size: Int32(size), position: Int32(position)))
      }
    }
    return found.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
  }

  /// Size of the intersection of two sorted sets; nil as soon as it cannot reach `minimum`.
  private static func overlap(_ first: ArraySlice<Int32>, _ second: ArraySlice<Int32>, atLeast minimum: Int) -> Int? {
    var (i, j, shared) = (first.startIndex, second.startIndex, 0)
    while i < first.endIndex && j < second.endIndex {
      if shared + min(first.endIndex - i, second.endIndex - j) < minimum { return nil }
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

/// Each playlist's songs once, numbered by how rare they are and sorted, rarest first.
private struct RankedSongs {
  private var songs: [Int32] = []
  /// End of each playlist's songs.
  private var ends: [Int] = []
  /// Numbers that songs can have.
  let songCount: Int

  init(_ playlists: [Playlist]) {
    var (lowest, highest) = (Int32.max, Int32.min)
    for playlist in playlists {
      for song in playlist.songs { (lowest, highest) = (min(lowest, song), max(highest, song)) }
    }
    songCount = lowest > highest ? 0 : Int(highest) - Int(lowest) + 1
    var counts = [Int32](repeating: 0, count: songCount)
    var lastPlaylist = [Int32](repeating: -1, count: songCount)
    for (number, playlist) in playlists.enumerated() {
      for song in playlist.songs.lazy.map({ Int($0) - Int(lowest) }) where lastPlaylist[song] != number {
        lastPlaylist[song] = Int32(number)
        counts[song] += 1
      }
    }
    var ranks = [Int32](repeating: 0, count: songCount)
    let byRarity = (0..<Int32(songCount)).sorted { (counts[Int($0)], $0) < (counts[Int($1)], $1) }
    for (rank, song) in byRarity.enumerated() { ranks[Int(song)] = Int32(rank) }

    songs.reserveCapacity(playlists.reduce(0) { $0 + $1.songs.count })
    ends.reserveCapacity(playlists.count)
    for playlist in playlists {
      let sorted = playlist.songs.map { ranks[Int($0) - Int(lowest)] }.sorted()
      for (place, song) in sorted.enumerated() where place == 0 || song != sorted[place - 1] { songs.append(song) }
      ends.append(songs.count)
    }
  }

  subscript(playlist: Int) -> ArraySlice<Int32> { songs[(playlist == 0 ? 0 : ends[playlist - 1])..<ends[playlist]] }
}
