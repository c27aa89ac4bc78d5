internal import Files

/// The songs of one playlist in a file of its own.
package enum TrackList {
  /// Track ids in the file's order, repeats kept: the column `track_id` of a CSV file, or one id a line without any
  /// header. Of a Spotify URI or address only the last part counts. Plain or gzip.
  /// - Throws: `InputError` when the file has other columns only, or more than one playlist.
  package static func load(_ path: String) throws -> [String] {
    let reader = try CSVReader(path: path)
    let pidColumn = try reader.column(ifPresent: "pid")
    var tracks: [String] = []
    let trackColumn: Int
    if reader.header.count == 1 && reader.header[0] != "track_id" {
      trackColumn = 0
      tracks.append(id(reader.header[0]))
    } else {
      trackColumn = try reader.column("track_id")
    }
    var pid: String?
    while try reader.next() {
      if let pidColumn {
        let name = reader.string(pidColumn)
        guard pid == nil || pid == name else {
          throw reader.error("a second playlist begins", remedy: "Leave the rows of one playlist in the file.")
        }
        pid = name
      }
      let track = id(reader.string(trackColumn))
      guard !track.isEmpty else {
        throw reader.error("the row has no track_id", remedy: "Fill it in or remove the row.")
      }
      tracks.append(track)
    }
    return tracks
  }

  /// `ID` of `spotify:track:ID` and `https://open.spotify.com/track/ID?…`; any other text as it is, without spaces.
  package static func id(_ text: String) -> String {
    let text = text.filter { $0 != " " }
    if text.hasPrefix(SpotifyID.uriPrefix) { return String(text.dropFirst(SpotifyID.uriPrefix.count)) }
    guard text.hasPrefix("https://") || text.hasPrefix("http://") else { return text }
    let address = text.prefix { $0 != "?" }
    return address.split(separator: "/").last.map(String.init) ?? text
  }
}
