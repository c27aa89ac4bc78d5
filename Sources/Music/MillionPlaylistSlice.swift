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

  init(path: String) throws {
    self.path = path
    elements = try JSONListReader(path: path, key: "playlists")
  }

  /// The next playlist, its tracks in the order of their positions; nil at the end.
  /// - Throws: `InputError` naming the line on which the playlist begins.
  func next() throws -> MillionPlaylist? {
    guard let element = try elements.next() else { return nil }
    line = element.line
    let playlist: MillionPlaylist
    do {
      playlist = try decoder.decode(MillionPlaylist.self, from: Data(element.bytes))
    } catch {
      let reason = (error as? DecodingError).map(Self.explain) ?? "\(error)"
      throw self.error("the playlist that begins here cannot be read: \(reason)")
    }
    var last = -1
    for (index, track) in playlist.tracks.enumerated() {
      let position = track.pos ?? index
      guard position > last else {
        throw error("playlist \(playlist.pid) has position \(position) \(position == last ? "twice" : "after \(last)")")
      }
      last = position
    }
    return playlist
  }

  /// An error at the playlist read last.
  func error(_ reason: String, remedy: String = "") -> InputError {
    InputError(path: path, line: line, reason: reason, remedy: remedy)
  }

  private static func explain(_ error: DecodingError) -> String {
    let (context, what): (DecodingError.Context, String) =
      switch error {
      case .keyNotFound(let key, let context): (context, "there is no \(key.stringValue)")
      case .valueNotFound(_, let context): (context, "a value is null")
      case .typeMismatch(_, let context): (context, "a value is of another kind")
      case .dataCorrupted(let context): (context, "it is not well-formed JSON")
      @unknown default: (DecodingError.Context(codingPath: [], debugDescription: ""), "it is of another kind")
      }
    let place = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    return place.isEmpty ? what : "\(what), at \(place)"
  }
}
