extension DatasetDescription.Duplicates {
  init(of dataset: Dataset, tally: PlaylistTally, nearIdenticalLimit: Int) {
    playlistsWithRepeats = tally.playlistsWithRepeats
    repeatedRows = tally.repeatedRows
    songsInNoPlaylist = tally.playlistCounts.count { $0 == 0 }
    (identicalSets, identicalPlaylists) = Self.identical(dataset.playlists, hashes: tally.setHashes)
    (sameTitles, sameTitleIds) = Self.sameTitles(dataset.songs)
    guard dataset.playlists.count <= nearIdenticalLimit else { return }
    let pairs = NearIdenticalPlaylists.pairs(of: dataset.playlists)
    nearIdenticalPairs = pairs.count
    nearIdenticalPlaylists = Set(pairs.flatMap { [$0.first, $0.second] }).count
  }

  /// - Parameter hashes: of the playlists' sets; equal sets have equal ones.
  /// - Returns: the sets that several playlists have, and those playlists.
  private static func identical(_ playlists: [Playlist], hashes: [UInt64]) -> (sets: Int, playlists: Int) {
    var (sets, members) = (0, 0)
    let order = hashes.indices.sorted { hashes[$0] < hashes[$1] }
    for group in order.chunked(by: { hashes[$0] == hashes[$1] }) where group.count > 1 {
      for same in Dictionary(grouping: group, by: { Set(playlists[$0].songs) }).values where same.count > 1 {
        sets += 1
        members += same.count
      }
    }
    return (sets, members)
  }

  /// - Returns: the titles by an artist that several ids have, and those ids; songs without either are left out.
  private static func sameTitles(_ songs: SongTable) -> (titles: Int, ids: Int) {
    struct Title: Hashable {
      var title: String
      var artist: String
    }
    var counts: [Title: Int] = [:]
    counts.reserveCapacity(songs.count)
    for row in 0..<songs.count where !songs.names[row].isEmpty && !songs.artists[row].isEmpty {
      counts[Title(title: songs.names[row].lowercased(), artist: songs.artists[row].lowercased()), default: 0] += 1
    }
    let several = counts.values.filter { $0 > 1 }
    return (several.count, several.reduce(0, +))
  }
}

extension Array {
  /// Runs of neighbours that belong together.
  fileprivate func chunked(by belongTogether: (Element, Element) -> Bool) -> [ArraySlice<Element>] {
    var (chunks, start) = ([ArraySlice<Element>](), 0)
    for index in indices where index + 1 == count || !belongTogether(self[index], self[index + 1]) {
      chunks.append(self[start...index])
      start = index + 1
    }
    return chunks
  }
}
