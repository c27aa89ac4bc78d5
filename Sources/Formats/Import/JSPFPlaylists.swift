internal import Files
internal import Music

/// Reads JSPF playlists, XSPF's JSON form (https://xspf.org/jspf), as ListenBrainz writes them, too.
struct JSPFPlaylists {
  private let sink: PlaylistSink
  private let file: SourceFile
  private let parser = JSONParser()

  init(_ file: SourceFile, into sink: PlaylistSink) { (self.file, self.sink) = (file, sink) }

  func read(_ source: ByteReader) throws {
    try parser.forEachObject(of: source, path: [], what: "{\"playlist\": {\"title\": …, \"track\": […]}}", sink.faults)
    {
      document, line in
      guard let list = document["playlist"], let tracks = list["track"], tracks.isList else {
        throw InputError(
          path: file.name, line: line, reason: "there is no playlist with a list track", remedy: "JSPF has both.")
      }
      let title = list["title"]?.text ?? ""
      let playlist = try sink.begin(named: title.isEmpty ? file.stem : title, title: title)
      var place = 0
      try tracks.forEachElement { track in
        var song = SongTexts(
          id: id(of: track), title: track["title"]?.text ?? "", artist: track["creator"]?.text ?? "",
          album: track["album"]?.text ?? "")
        song.location = Self.texts(track["location"]).first ?? ""
        if song.id.isEmpty, song.title.isEmpty { song.title = SongLocation.stem(song.location) }
        defer { place += 1 }
        guard !song.id.isEmpty || !song.title.isEmpty else {
          let error = InputError(
            path: file.name, line: line, reason: "track \(place + 1) has neither identifier, location nor title",
            remedy: "Add one.")
          return try sink.faults.report(error, kind: "rows that cannot be read")
        }
        try song.withFields { try sink.append($0, order: place, to: playlist) }
      }
    }
  }

  private func id(of track: JSONValue) -> String {
    (Self.texts(track["identifier"]) + Self.texts(track["location"])).lazy.compactMap(SongLocation.id).first ?? ""
  }

  /// The specification says a list; ListenBrainz wrote one text for years.
  private static func texts(_ value: JSONValue?) -> [String] {
    guard let value else { return [] }
    if let text = value.text { return [text] }
    var texts: [String] = []
    value.forEachElement { if let text = $0.text { texts.append(text) } }
    return texts
  }
}
