internal import Files
internal import Music

/// Reads M3U and M3U8 playlists: a song a line, with `#EXTINF:seconds,Artist - Title` before it where somebody wrote it.
struct M3UPlaylists {
  static let mediaEndings = [
    ".mp3", ".flac", ".ogg", ".oga", ".opus", ".m4a", ".m4b", ".mka", ".aac", ".wav", ".wma", ".aif", ".aiff", ".ape",
    ".mpc", ".wv", ".alac", ".dsf", ".mid", ".mp4", ".m4v", ".mkv", ".webm", ".avi", ".mov", ".wmv", ".flv", ".3gp",
    ".ogv",
  ]

  private let sink: PlaylistSink
  private let file: SourceFile

  init(_ file: SourceFile, into sink: PlaylistSink) { (self.file, self.sink) = (file, sink) }

  func read(_ source: ByteReader) throws {
    var title: String?
    var described: String?
    var playlist: Int?
    var place = 0
    try LineReader(source).forEach { bytes, line in
      var text = String(decoding: bytes, as: UTF8.self)
      if String(validating: bytes, as: UTF8.self) == nil {
        // M3U without the 8 was Latin-1.
        text = String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        let error = InputError(
          path: file.name, line: line, reason: "the line is not UTF-8: read as Latin-1", remedy: "Save it as UTF-8.")
        try sink.faults.report(error, kind: "lines that are not UTF-8")
      }
      text = text.trimmingSpaces()
      if text.isEmpty { return }
      if text.hasPrefix("#") {
        if let name = text.dropping("#PLAYLIST:") { title = name }
        if let info = text.dropping("#EXTINF:") {
          described = info.firstIndex(of: ",").map { String(info[info.index(after: $0)...]) }
        }
        return
      }
      if playlist == nil {
        playlist = try sink.begin(named: title.flatMap { $0.isEmpty ? nil : $0 } ?? file.stem, title: title ?? "")
      }
      try append(text, described, place: place, to: playlist!, line: line)
      place += 1
      described = nil
    }
    guard playlist != nil else {
      throw InputError(path: file.name, reason: "there is no song in the list", remedy: "Leave the file out.")
    }
  }

  private func append(_ location: String, _ described: String?, place: Int, to playlist: Int, line: Int) throws {
    let id = SongLocation.id(location)
    let (artist, title) = Self.names(described ?? (id == nil ? SongLocation.stem(location) : ""))
    guard id != nil || !title.isEmpty else {
      let error = InputError(path: file.name, line: line, reason: "the line names no song", remedy: "Remove it.")
      return try sink.faults.report(error, kind: "rows that cannot be read")
    }
    try SongTexts(id: id ?? "", title: title, artist: artist, location: location).withFields {
      try sink.append($0, order: place, to: playlist)
    }
  }

  /// `Artist - Title`; all of it is the title where there is no dash.
  private static func names(_ text: String) -> (artist: String, title: String) {
    guard let dash = text.firstRange(of: " - ") else { return ("", text.trimmingSpaces()) }
    return (String(text[..<dash.lowerBound]).trimmingSpaces(), String(text[dash.upperBound...]).trimmingSpaces())
  }
}

/// Addresses of songs in playlists of players.
enum SongLocation {
  /// The id that an address is, or nil when it only says where a file lies: `spotify:track:ID`, an address of
  /// open.spotify.com, a recording of MusicBrainz, or a bare word that is no file's name.
  static func id(_ location: String) -> String? {
    if location.hasPrefix("spotify:local:") { return nil }
    if location.hasPrefix("spotify:") || location.contains("://open.spotify.com/")
      || location.contains("://musicbrainz.org/recording/")
    {
      var text = location
      return text.withUTF8 { String(decoding: SongIdentity.id(Bytes($0)), as: UTF8.self) }
    }
    let isFile =
      location.contains { "/\\".contains($0) } || location.contains(" ")
      || M3UPlaylists.mediaEndings.contains { location.lowercased().hasSuffix($0) }
    return isFile ? nil : location
  }

  /// The file's name without folders and ending, a track number before it taken off.
  static func stem(_ location: String) -> String {
    var stem = location.split { "/\\".contains($0) }.last.map(String.init) ?? location
    for ending in M3UPlaylists.mediaEndings where stem.lowercased().hasSuffix(ending) {
      stem.removeLast(ending.count)
      break
    }
    stem = stem.removingPercentEncoding
    let digits = stem.prefix { $0.isNumber }
    let rest = stem.dropFirst(digits.count)
    guard (1...3).contains(digits.count), let mark = rest.first, ". -_".contains(mark) else { return stem }
    let name = rest.drop { ". -_".contains($0) }
    return name.isEmpty ? stem : String(name)
  }
}

/// Texts of a song that has no bytes elsewhere.
struct SongTexts {
  var id = ""
  var title = ""
  var artist = ""
  var album = ""
  var location = ""

  func withFields(_ body: (SongFields) throws -> Void) rethrows {
    let texts = [id, title, artist, album, location]
    try Array(texts.joined().utf8).withUnsafeBytes { bytes in
      var rest = bytes[...]
      let parts = texts.map { text in
        defer { rest = rest.dropFirst(text.utf8.count) }
        return Bytes(rebasing: rest.prefix(text.utf8.count))
      }
      try body(SongFields(id: parts[0], title: parts[1], artist: parts[2], album: parts[3], location: parts[4]))
    }
  }
}

extension String {
  func trimmingSpaces() -> String {
    var text = self[...]
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text.drop { $0.isWhitespace })
  }

  func dropping(_ prefix: String) -> String? {
    uppercased().hasPrefix(prefix) ? String(dropFirst(prefix.count)).trimmingSpaces() : nil
  }

  /// `%20` and the like as the bytes they stand for; as it is where that is no text.
  var removingPercentEncoding: String {
    guard contains("%") else { return self }
    var bytes: [UInt8] = []
    var rest = utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(Substring(rest.prefix(2)), radix: 16), rest.count >= 2 {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self) ?? self
  }
}
