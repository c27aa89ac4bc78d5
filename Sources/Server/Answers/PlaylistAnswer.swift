/// A playlist as the API gives it.
struct PlaylistAnswer: Encodable {
  struct Entry: Encodable {
    var entry: Int64
    var track: TrackAnswer
  }

  var id, name: String
  var version: Int
  var trackCount: Int
  var createdAt, updatedAt: String
  /// Nil in a list of playlists.
  var tracks: [Entry]?

  /// Without its songs.
  init(_ playlist: StoredPlaylist, count: Int) {
    (id, name, version, trackCount) = (playlist.id, playlist.name, playlist.version, count)
    createdAt = String(secondsSince1970: playlist.created)
    updatedAt = String(secondsSince1970: playlist.updated)
  }

  init(_ playlist: StoredPlaylist, in model: ServedModel, _ recordings: Recordings) {
    self.init(playlist, count: playlist.entries.count)
    tracks = playlist.entries.map { Entry(entry: $0.id, track: TrackAnswer(id: $0.track, in: model, recordings)) }
  }
}
