internal import Files

/// What a file holds, told by its first bytes and not by its name.
enum SourceFormat {
  /// The Million Playlist Dataset's slices and challenge set; with an empty path a bare list of such playlists.
  case millionPlaylists(path: [String])
  case jspf
  case xspf
  case m3u
  /// Spotify's extended streaming history, or the short one of the account data.
  case spotifyHistory
  /// ListenBrainz: an answer of its API, or its export of one listen a line.
  case listens(path: [String])
  /// Audio features as ReccoBeats and Spotify's Web API answer.
  case features(path: [String])
  /// Any table: playlists, features, both, or a list of titles of playlists.
  case table(separator: UInt8)

  /// - Parameter prefix: the beginning of the text.
  /// - Returns: nil when it is none of them.
  init?(_ prefix: Bytes) {
    var text = prefix[...]
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
    text = text.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
    switch text.first {
    case nil: return nil
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard let format = Self.json(JSONSketch(text)) else { return nil }
      self = format
    case UInt8(ascii: "<"): self = .xspf
    default:
      let line = text.prefix { $0 != 0x0A && $0 != 0x0D }
      let separator = Self.separator(of: line)
      let header = String(decoding: line, as: UTF8.self).split(
        separator: Character(Unicode.Scalar(separator)), omittingEmptySubsequences: false)
      let names = header.map { $0.hasPrefix("\"") ? String($0.dropFirst().dropLast()) : String($0) }
      if TableColumns(names).isUsable {
        self = .table(separator: separator)
      } else if text.first == UInt8(ascii: "#") || Self.isLocation(line) {
        self = .m3u
      } else {
        return nil
      }
    }
  }

  private static func json(_ sketch: JSONSketch) -> SourceFormat? {
    let names = sketch.names
    if names.contains("playlists"), !sketch.isList { return .millionPlaylists(path: ["playlists"]) }
    if names.contains("pid"), names.contains("tracks") { return .millionPlaylists(path: []) }
    if names.contains("playlist") { return .jspf }
    if names.contains("payload"), !sketch.isList { return .listens(path: ["payload", "listens"]) }
    if names.contains("listened_at") || names.contains("track_metadata") { return .listens(path: []) }
    if names.contains("ts") || names.contains("endTime") { return .spotifyHistory }
    if names.contains("danceability") { return .features(path: []) }
    for list in ["content", "audio_features"] where names.contains(list) { return .features(path: [list]) }
    return nil
  }

  private static func separator(of line: Slice<Bytes>) -> UInt8 {
    if line.contains(0x09) { return 0x09 }
    let semicolons = line.count { $0 == UInt8(ascii: ";") }
    return semicolons > line.count { $0 == UInt8(ascii: ",") } ? UInt8(ascii: ";") : UInt8(ascii: ",")
  }

  /// Whether a line could be the address of a song in a bare list of them.
  private static func isLocation(_ line: Slice<Bytes>) -> Bool {
    let text = String(decoding: line, as: UTF8.self).lowercased()
    return text.contains("://") || text.hasPrefix("spotify:")
      || M3UPlaylists.mediaEndings.contains { text.hasSuffix($0) }
  }
}

/// The names of a JSON text's outermost object, or of the first object of its outermost list, as far as they can be seen at
/// the text's beginning.
struct JSONSketch {
  private(set) var isList = false
  private(set) var names: Set<String> = []

  init(_ text: Slice<Bytes>) {
    var (depth, base) = (0, 0)
    var (isInString, isEscaped, last) = (false, false, [UInt8]())
    for byte in text {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
          continue
        }
        last.append(byte)
        continue
      }
      switch byte {
      case UInt8(ascii: "\""):
        isInString = true
        last.removeAll(keepingCapacity: true)
      case UInt8(ascii: ":"): if depth == base + 1 { names.insert(String(decoding: last, as: UTF8.self)) }
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "["):
        if depth == 0 { (isList, base) = (true, 1) }
        depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == base { return }
      default: break
      }
    }
  }
}
