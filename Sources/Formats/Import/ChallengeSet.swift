internal import Files
internal import Music

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
  /// In the file's order, each once, its songs in the order of their positions. Plain or gzip.
  /// - Throws: `InputError` for a file that cannot be read, a playlist twice or without pid, and none at all.
  package static func load(_ path: String) throws -> [ChallengePlaylist] {
    var playlists: [ChallengePlaylist] = []
    var pids: Set<Int> = []
    // A submission answers every playlist: nothing may be passed over.
    let faults = ImportFaults(isStrict: true) { _ in }
    try JSONParser().forEachObject(
      of: ByteReader(path: path), path: ["playlists"], what: "the challenge's {\"playlists\": [{\"pid\": …}, …]}",
      faults
    ) { playlist, line in
      guard let pid = playlist["pid"]?.integer else {
        throw InputError(path: path, line: line, reason: "a playlist has no pid", remedy: remedy)
      }
      guard pids.insert(pid).inserted else {
        throw InputError(path: path, line: line, reason: "playlist \(pid) was there before", remedy: remedy)
      }
      var seeds: [(position: Int, id: String)] = []
      try playlist["tracks"]?.forEachElement { track in
        guard let uri = track["track_uri"]?.bytes else {
          throw InputError(
            path: path, line: line, reason: "playlist \(pid) has a track without track_uri", remedy: remedy)
        }
        seeds.append((track["pos"]?.integer ?? seeds.count, String(decoding: SongIdentity.id(uri), as: UTF8.self)))
      }
      playlists.append(
        ChallengePlaylist(
          pid: pid, title: playlist["name"]?.text,
          seeds: seeds.enumerated().sorted { ($0.1.position, $0.0) < ($1.1.position, $1.0) }.map(\.1.id)))
    }
    guard !playlists.isEmpty else {
      throw InputError(path: path, reason: "there are no playlists", remedy: "Name the challenge's challenge_set.json.")
    }
    return playlists
  }

  private static let remedy = "Copy or download the file again."
}
