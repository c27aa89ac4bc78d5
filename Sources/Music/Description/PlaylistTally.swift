/// What one pass over all playlists counts.
struct PlaylistTally {
  private(set) var rowCount = 0
  private(set) var playlistsWithRepeats = 0
  private(set) var repeatedRows = 0
  /// Rows of each song. (songs)
  private(set) var rowCounts: [Int]
  /// Playlists that hold each song. (songs)
  private(set) var playlistCounts: [Int]
  /// Playlists that hold each artist. (artists)
  private(set) var artistPlaylistCounts: [Int]
  /// A hash of each playlist's set of songs, the same in any order and with any repeats. (playlists)
  private(set) var setHashes: [UInt64] = []

  /// - Parameter artistNumbers: of each song, below 0 for none.
  init(_ dataset: Dataset, artistNumbers: [Int32], artistCount: Int) {
    rowCounts = Array(repeating: 0, count: dataset.songs.count)
    playlistCounts = rowCounts
    artistPlaylistCounts = Array(repeating: 0, count: artistCount)
    setHashes.reserveCapacity(dataset.playlists.count)
    var lastPlaylistOfSong = [Int32](repeating: -1, count: dataset.songs.count)
    var lastPlaylistOfArtist = [Int32](repeating: -1, count: artistCount)
    for (index, playlist) in dataset.playlists.enumerated() {
      var (repeats, hash) = (0, UInt64(0))
      for song in playlist.songs.lazy.map(Int.init) {
        rowCounts[song] += 1
        guard lastPlaylistOfSong[song] != index else {
          repeats += 1
          continue
        }
        lastPlaylistOfSong[song] = Int32(index)
        playlistCounts[song] += 1
        hash &+= Self.scrambled(UInt64(song))
        let artist = Int(artistNumbers[song])
        if artist >= 0, lastPlaylistOfArtist[artist] != index {
          lastPlaylistOfArtist[artist] = Int32(index)
          artistPlaylistCounts[artist] += 1
        }
      }
      rowCount += playlist.songs.count
      repeatedRows += repeats
      playlistsWithRepeats += repeats > 0 ? 1 : 0
      setHashes.append(hash)
    }
  }

  /// SplitMix64's output function (Steele, Lea and Flood 2014): numbers next to each other become far apart.
  private static func scrambled(_ number: UInt64) -> UInt64 {
    var word = number &+ 0x9E37_79B9_7F4A_7C15
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }
}
