internal import Music

/// XSPF version 1 (xspf.org/spec), what is not known left out. `location` is what a player opens, `identifier` the
/// song's page where the id is Spotify's, else the id itself.
enum XSPFWriter {
  static func text(_ playlist: ExportedPlaylist) -> String {
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<playlist version=\"1\" xmlns=\"http://xspf.org/ns/0/\">",
    ]
    if let title = playlist.title { lines.append("  " + element("title", title)) }
    lines.append("  <trackList>")
    for track in playlist.tracks {
      let parts = [
        ("location", track.location), ("identifier", track.identifier), ("title", track.title),
        ("creator", track.artist), ("album", track.album), ("duration", track.durationMilliseconds.map(String.init)),
      ]
      lines.append("    <track>")
      for case (let name, let text?) in parts { lines.append("      " + element(name, text)) }
      lines.append("    </track>")
    }
    lines += ["  </trackList>", "</playlist>"]
    return lines.map { $0 + "\n" }.joined()
  }

  private static func element(_ name: String, _ text: String) -> String { "<\(name)>\(escaped(text))</\(name)>" }

  /// Characters that XML 1.0 has no place for are left out; a carriage return is written as a reference, because a
  /// parser would make a line feed of it.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x26: result += "&amp;"
      case 0x3C: result += "&lt;"
      case 0x3E: result += "&gt;"
      case 0x0D: result += "&#13;"
      case 0x09, 0x0A, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...: result.unicodeScalars.append(scalar)
      default: break
      }
    }
    return result
  }
}

extension ExportedPlaylist.Track {
  /// A name that is the song's everywhere: its page where the id is Spotify's, any other id as it is.
  var identifier: String? {
    id.map { SpotifyID.isValid($0) ? "https://open.spotify.com/track/\($0)" : $0 }
  }
}
