internal import Glibc

/// Which song stands in which playlist: a sparse matrix of ones, by its rows (playlists) and by its columns (songs). A
/// song counts once in a playlist, and rows that the catalogue does not know are left out.
package struct PlaylistMatrix: Sendable {
  package let songCount: Int
  package let playlistCount: Int
  private let songsOfPlaylists: Runs
  private let playlistsOfSongs: Runs
  /// All songs, those of most playlists first, ties to the lower row. (songs)
  package let songsByPopularity: [Int32]

  /// Lists of numbers, one after another.
  private struct Runs {
    var starts: [Int] = [0]
    var values: [Int32] = []
    subscript(_ run: Int) -> ArraySlice<Int32> { values[starts[run]..<starts[run + 1]] }
    func count(_ run: Int) -> Int { starts[run + 1] - starts[run] }
  }

  /// - Parameters:
  ///   - playlists: rows of the catalogue; negative ones are unknown to it.
  ///   - songCount: rows of the catalogue.
  package init(_ playlists: [[Int32]], songCount: Int) {
    self.init(TrainingPlaylists(playlists, songCount: songCount))
  }

  package init(_ playlists: TrainingPlaylists) {
    songCount = playlists.songCount
    playlistCount = playlists.count
    var rows = Runs()
    var counts = [Int](repeating: 0, count: songCount)
    var lastPlaylist = [Int](repeating: -1, count: songCount)
    for number in 0..<playlists.count {
      for song in playlists[number] where song >= 0 && lastPlaylist[Int(song)] != number {
        lastPlaylist[Int(song)] = number
        counts[Int(song)] += 1
        rows.values.append(song)
      }
      rows.starts.append(rows.values.count)
    }
    songsOfPlaylists = rows

    var columns = Runs()
    for count in counts { columns.starts.append(columns.starts.last! + count) }
    columns.values = [Int32](repeating: 0, count: rows.values.count)
    var places = columns.starts
    for playlist in 0..<playlistCount {
      for song in rows[playlist] {
        columns.values[places[Int(song)]] = Int32(playlist)
        places[Int(song)] += 1
      }
    }
    playlistsOfSongs = columns
    songsByPopularity = (0..<Int32(songCount)).sorted { (counts[Int($1)], $0) < (counts[Int($0)], $1) }
  }

  /// Ones in the matrix.
  package var entryCount: Int { songsOfPlaylists.values.count }

  /// The different songs of a playlist, in the order of their first places.
  package func songs(of playlist: Int32) -> ArraySlice<Int32> { songsOfPlaylists[Int(playlist)] }
  /// The playlists that hold a song, in order.
  package func playlists(of song: Int32) -> ArraySlice<Int32> { playlistsOfSongs[Int(song)] }
  /// Whether a playlist holds a song: binary search among the song's playlists, mostly few.
  package func holds(_ playlist: Int32, _ song: Int32) -> Bool {
    var (low, high) = (playlistsOfSongs.starts[Int(song)], playlistsOfSongs.starts[Int(song) + 1])
    while low < high {
      let middle = (low + high) / 2
      if playlistsOfSongs.values[middle] < playlist { low = middle + 1 } else { high = middle }
    }
    return low < playlistsOfSongs.starts[Int(song) + 1] && playlistsOfSongs.values[low] == playlist
  }
  package func songCount(of playlist: Int32) -> Int { songsOfPlaylists.count(Int(playlist)) }
  /// A song's popularity.
  package func playlistCount(of song: Int32) -> Int { playlistsOfSongs.count(Int(song)) }

  /// The seeds that any playlist holds, once each, in order of rows.
  /// - Parameter seeds: rows of the catalogue; negative ones are unknown to it.
  package func heldSeeds(of seeds: [Int32]) -> [Int32] {
    Set(seeds).filter { $0 >= 0 && playlistCount(of: $0) > 0 }.sorted()
  }

  /// Inverse document frequency of a song: ln(playlists / playlists that hold it); 0 for a song in none.
  package func inverseFrequency(of song: Int32) -> Float {
    let count = playlistCount(of: song)
    return count == 0 ? 0 : log(Float(playlistCount) / Float(count))
  }
}
