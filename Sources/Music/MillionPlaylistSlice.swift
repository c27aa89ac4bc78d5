internal import Files
internal import FoundationEssentials

/// One playlist as the Million Playlist Dataset (and its challenge set) writes it.
struct MillionPlaylist: Decodable {
  struct Track: Decodable {
    var pos: Int?
    var track_uri: String
    var track_name: String?
    var artist_name: String?
    var artist_uri: String?
    var album_name: String?
  }

  var pid: Int
  var name: String?
  var description: String?
  var collaborative: String?
  var modified_at: Int?
  var num_tracks: Int?
  var num_albums: Int?
  var num_artists: Int?
  var num_followers: Int?
  var num_edits: Int?
  var duration_ms: Int?
  var tracks: [Track]
}

/// Reads the playlists of one `mpd.slice.*.json`, one after the other.
final class MillionPlaylistSlice {
  private let path: String
  private let elements: JSONListReader
  private let decoder = JSONDecoder()
  /// Line on which the playlist read last begins.
  private(set) var line = 0
  /// Position of that playlist among the file's, from 1.
  private var number = 0

  init(path: String) throws {
    self.path = path
    elements = try JSONListReader(path: path, key: "playlists")
  }

  /// The next playlist, its tracks in the order of their positions; nil at the end.
  /// - Throws: `InputError` naming the line on which the playlist begins.
  func next() throws -> MillionPlaylist? {
    guard let element = try elements.next() else { return nil }
    line = element.line
    number += 1
    let playlist: MillionPlaylist
    do {
      playlist = try decoder.decode(MillionPlaylist.self, from: Data(element.bytes))
    } catch {
      var (reason, remedy) = (error as? DecodingError).map(Self.explain) ?? ("\(error)", "")
      struct Identity: Decodable { var pid: Int }
      let pid = try? decoder.decode(Identity.self, from: Data(element.bytes)).pid  // only to name it
      if case DecodingError.dataCorrupted = error, isWellFormed(element.bytes) {
        reason = "a number is not whole or too large" + (pid == nil ? ", at pid" : "")
        remedy = "The pid, each pos and all counts must be whole numbers of at most 64 bits."
      }
      let name = pid.map { "playlist \($0)" } ?? "playlist number \(number) of the file"
      throw self.error("\(name) cannot be read: \(reason)", remedy: remedy)
    }
    var last = -1
    for (index, track) in playlist.tracks.enumerated() {
      let position = track.pos ?? index
      guard position > last else {
        throw error(
          "playlist \(playlist.pid) has position \(position) \(position == last ? "twice" : "after \(last)")",
          remedy: "Number its tracks from 0 by pos, in order, each number once.")
      }
      last = position
    }
    return playlist
  }

  /// The decoder says the same of broken JSON and of a number that an Int cannot hold; this tells them apart.
  private func isWellFormed(_ bytes: [UInt8]) -> Bool {
    struct Anything: Decodable { init(from decoder: any Decoder) {} }
    do { _ = try decoder.decode(Anything.self, from: Data(bytes)) } catch { return false }
    return true
  }

  /// An error at the playlist read last.
  func error(_ reason: String, remedy: String = "") -> InputError {
    InputError(path: path, line: line, reason: reason, remedy: remedy)
  }

  private static func explain(_ error: DecodingError) -> (reason: String, remedy: String) {
    let (context, what, remedy): (DecodingError.Context, String, String) =
      switch error {
      case .keyNotFound(let key, let context):
        (context, "there is no \(key.stringValue)", key.stringValue == "track_uri" ? trackRemedy : "Add it.")
      case .valueNotFound(_, let context): (context, "a value is null", "Give it a value.")
      case .typeMismatch(let type, let context): (context, "a value is of another kind", "It must be \(kind(type)).")
      case .dataCorrupted(let context):
        (context, "it is not well-formed JSON", "Mend it, or copy or download the file again.")
      @unknown default: (DecodingError.Context(codingPath: [], debugDescription: ""), "it is of another kind", "")
      }
    let place = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    return (place.isEmpty ? what : "\(what), at \(place)", remedy)
  }

  static let trackRemedy = "Give the track its track_uri or remove it."

  private static func kind(_ type: any Any.Type) -> String {
    if type == Int.self { return "a whole number" }
    if type == String.self { return "text" }
    return type is any Collection.Type ? "a list" : "an object"
  }
}
