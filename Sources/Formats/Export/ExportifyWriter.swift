internal import Files
internal import Music

/// A CSV file under the column names of Exportify, which saves playlists of Spotify's as spreadsheets.
enum ExportifyWriter {
  static let columns = ["Track URI", "Track Name", "Album Name", "Artist Name(s)", "Duration (ms)"]

  static func write(_ playlist: ExportedPlaylist, to sink: inout some ByteSink) throws {
    var writer = CSVWriter(header: columns)
    for track in playlist.tracks {
      writer.append(track.location ?? "")
      writer.append(track.title ?? "")
      writer.append(track.album ?? "")
      writer.append(track.artist ?? "")
      writer.append(track.durationMilliseconds)
      try writer.endRow(to: &sink)
    }
    try writer.flush(to: &sink)
  }
}
