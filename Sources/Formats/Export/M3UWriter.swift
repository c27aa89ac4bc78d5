/// Extended M3U in UTF-8, as VLC, mpv and foobar2000 read it: `#EXTM3U`, `#PLAYLIST:title`, and for each song
/// `#EXTINF:seconds,Artist - Title` (−1 where the duration is not known) above its location. The format is lines, so line
/// breaks inside texts become spaces. A song without an id has its artist and title for a location, because a player
/// passes over one without any.
enum M3UWriter {
  static func text(_ playlist: ExportedPlaylist) -> String {
    var lines = ["#EXTM3U"]
    if let title = playlist.title { lines.append("#PLAYLIST:\(oneLine(title))") }
    for track in playlist.tracks {
      let seconds = track.durationMilliseconds.map { Int((Double($0) / 1000).rounded()) } ?? -1
      lines.append("#EXTINF:\(seconds),\(oneLine(track.label ?? ""))")
      let location = oneLine(track.location ?? track.label!)
      lines.append(location.hasPrefix("#") ? "./\(location)" : location)  // not a comment
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func oneLine(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }
}
