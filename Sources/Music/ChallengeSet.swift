internal import Files

/// A playlist of the Million Playlist Dataset's challenge that is to be gone on with.
package struct ChallengePlaylist: Sendable, Equatable {
  package var pid: Int
  package var title: String?
  /// Track ids of the songs that are given, in order; none where there is a title only.
  package var seeds: [String]

  package init(pid: Int, title: String? = nil, seeds: [String]) {
    self.pid = pid
    self.title = title
    self.seeds = seeds
  }
}

/// The challenge's playlists, a `challenge_set.json`.
package enum ChallengeSet {
  /// In the file's order, each once. Plain or gzip.
  /// - Throws: `InputError` for a file that cannot be read, a playlist twice, and none at all.
  package static func load(_ path: String) throws -> [ChallengePlaylist] {
    let slice = try MillionPlaylistSlice(path: path)
    var playlists: [ChallengePlaylist] = []
    var pids: Set<Int> = []
    while let playlist = try slice.next() {
      guard pids.insert(playlist.pid).inserted else {
        throw slice.error("playlist \(playlist.pid) was there before", remedy: "Copy or download the file again.")
      }
      playlists.append(
        ChallengePlaylist(
          pid: playlist.pid, title: playlist.name, seeds: playlist.tracks.map { TrackList.id($0.track_uri) }))
    }
    guard !playlists.isEmpty else {
      throw InputError(path: path, reason: "there are no playlists", remedy: "Name the challenge's challenge_set.json.")
    }
    return playlists
  }
}
