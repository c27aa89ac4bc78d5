internal import Glibc
internal import Music

/// Songs that no training playlist holds, so that it says nothing of them that they stood with nothing: each counts as
/// its artist's other songs do.
///
/// The quadratic mean of theirs. One that was there and that nobody played has learned a low bias, too, which `raise` makes
/// good in part: with 10 % of 31,172 songs kept out of the training, ndcg@500 of these alone goes from 0.047 to 0.070 and
/// that of all songs from 0.388 to 0.386; twice as much would cost all songs 0.009. One that was added afterwards
/// (`ModelFolder.add`) has the mean bias of its artist's songs and is raised less: with one song more of each of 7,712
/// artists, which nobody ever chose, ap@10/min goes from 0.245 to 0.241; it went to 0.200 when an added song counted as the
/// best of its artist's and was raised as the others are.
struct UnplayedSongs {
  private struct Song {
    var row: Int
    var artist: Int32
    /// The artist's songs that were played.
    var relatives: [Int32]
    var isAdded: Bool
  }

  private static let lift: Float = 1
  private static let liftByArtist: Float = 2
  private static let liftOfAddedByArtist: Float = 1.5

  /// Those whose artist has songs that were played.
  private let songs: [Song]

  /// - Parameter trainedCount: songs that there were when the model was trained, the first rows.
  init(_ playlists: TrainingPlaylists, _ artists: ArtistSongs, trainedCount: Int) {
    var isPlayed = [Bool](repeating: false, count: artists.numbers.count)
    for playlist in 0..<playlists.count {
      for song in playlists[playlist] where song >= 0 { isPlayed[Int(song)] = true }
    }
    songs = artists.numbers.indices.compactMap { row in
      guard !isPlayed[row], artists.numbers[row] >= 0 else { return nil }
      let relatives = artists.songs(of: artists.numbers[row]).filter { isPlayed[Int($0)] }
      guard !relatives.isEmpty else { return nil }
      return Song(row: row, artist: artists.numbers[row], relatives: relatives, isAdded: row >= trainedCount)
    }
  }

  /// Fills in what they count.
  /// - Parameter counts: of one way to count co-occurrence. (songs)
  func fill(_ counts: UnsafeMutableBufferPointer<Float>) {
    for song in songs {
      let squares = song.relatives.reduce(0) { $0 + counts[Int($1)] * counts[Int($1)] }
      counts[song.row] = (squares / Float(song.relatives.count)).squareRoot()
    }
  }

  /// Raises their scores, by more the more of the songs given are by their artist.
  /// - Parameter artistCounts: songs given by each artist.
  func raise(_ scores: UnsafeMutableBufferPointer<Float>, artistCounts: [Int32: Int]) {
    for song in songs {
      let seeds = logf(1 + Float(artistCounts[song.artist] ?? 0))
      scores[song.row] += song.isAdded ? Self.liftOfAddedByArtist * seeds : Self.lift + Self.liftByArtist * seeds
    }
  }
}
