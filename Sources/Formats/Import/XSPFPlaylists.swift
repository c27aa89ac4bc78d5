internal import CExpat
internal import Files
internal import Music

/// Reads XSPF playlists (https://xspf.org/spec, expat).
struct XSPFPlaylists {
  private let sink: PlaylistSink
  private let file: SourceFile

  init(_ file: SourceFile, into sink: PlaylistSink) { (self.file, self.sink) = (file, sink) }

  func read(_ source: ByteReader) throws {
    let reader = XSPFReader()
    let parser = XML_ParserCreate(nil)!
    defer { XML_ParserFree(parser) }
    XML_SetUserData(parser, Unmanaged.passUnretained(reader).toOpaque())
    XML_SetElementHandler(
      parser,
      { data, name, _ in XSPFReader.of(data).begin(String(cString: name!)) },
      { data, _ in XSPFReader.of(data).end() })
    XML_SetCharacterDataHandler(parser) { data, text, count in
      XSPFReader.of(data).text(UnsafeRawBufferPointer(start: text, count: Int(count)))
    }
    // Entities that unfold into gigabytes: expat has a limit of its own since 2.4; playlists need none at all.
    XML_SetEntityDeclHandler(parser) { data, _, _, _, _, _, _, _, _ in XSPFReader.of(data).declaresEntities = true }
    var playlist: Int?
    var place = 0
    func take() throws {
      for track in reader.takeTracks() {
        if playlist == nil {
          playlist = try sink.begin(named: reader.title.isEmpty ? file.stem : reader.title, title: reader.title)
        }
        try append(track, place: place, to: playlist!)
        place += 1
      }
    }
    try withExtendedLifetime(reader) {
      while true {
        let chunk = try source.next()
        let status = XML_Parse(
          parser, chunk.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(chunk.count), chunk.isEmpty ? 1 : 0)
        try take()
        let line = Int(XML_GetCurrentLineNumber(parser))
        guard status == XML_STATUS_OK else {
          let reason = String(cString: XML_ErrorString(XML_GetErrorCode(parser)))
          let error = InputError(
            path: file.name, line: line, reason: "no well-formed XML: \(reason)", remedy: "Copy the file again.")
          return try sink.faults.report(error, kind: "files that cannot be read to their end")
        }
        guard !reader.declaresEntities, reader.depth < 100 else {
          let error = InputError(
            path: file.name, line: line, reason: "declares entities or nests too deeply, as no playlist does")
          return try sink.faults.report(error, kind: "files that cannot be read to their end")
        }
        if chunk.isEmpty { break }
      }
      guard playlist != nil else {
        throw InputError(
          path: file.name, reason: "there is no track in the list", remedy: "XSPF is <playlist><trackList><track>….")
      }
    }
  }

  private func append(_ track: XSPFReader.Track, place: Int, to playlist: Int) throws {
    let id = (track.identifiers + track.locations).lazy.compactMap(SongLocation.id).first ?? ""
    var song = SongTexts(id: id, title: track.title, artist: track.creator, album: track.album)
    song.location = track.locations.first ?? ""
    if song.id.isEmpty, song.title.isEmpty { song.title = SongLocation.stem(song.location) }
    guard !song.id.isEmpty || !song.title.isEmpty else {
      let error = InputError(
        path: file.name, reason: "track \(place + 1) has neither identifier, location nor title", remedy: "Add one.")
      return try sink.faults.report(error, kind: "rows that cannot be read")
    }
    try song.withFields { try sink.append($0, order: place, to: playlist) }
  }
}

/// Follows the elements of a document.
private final class XSPFReader {
  struct Track {
    var identifiers: [String] = []
    var locations: [String] = []
    var title = ""
    var creator = ""
    var album = ""
  }

  private(set) var title = ""
  var declaresEntities = false
  private var path: [String] = []
  private var buffer: [UInt8] = []
  private var track = Track()
  private var tracks: [Track] = []

  var depth: Int { path.count }

  static func of(_ data: UnsafeMutableRawPointer?) -> XSPFReader {
    Unmanaged<XSPFReader>.fromOpaque(data!).takeUnretainedValue()
  }

  func takeTracks() -> [Track] {
    defer { tracks = [] }
    return tracks
  }

  func begin(_ name: String) {
    path.append(name.split(separator: ":").last.map(String.init) ?? name)
    buffer.removeAll(keepingCapacity: true)
    if path.last == "track" { track = Track() }
  }

  func text(_ bytes: UnsafeRawBufferPointer) { if buffer.count < 1 << 20 { buffer.append(contentsOf: bytes) } }

  func end() {
    let text = String(decoding: buffer, as: UTF8.self).trimmingSpaces()
    let name = path.removeLast()
    switch (path.last, name) {
    case ("trackList", "track"): tracks.append(track)
    case ("playlist", "title"): title = text
    case ("track", "title"): track.title = text
    case ("track", "creator"): track.creator = text
    case ("track", "album"): track.album = text
    case ("track", "identifier"): track.identifiers.append(text)
    case ("track", "location"): track.locations.append(text)
    default: break
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
