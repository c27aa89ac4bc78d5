internal import FoundationEssentials

/// JSPF, the JSON form of XSPF (xspf.org/jspf), as ListenBrainz exchanges it: `location` and `identifier` are lists, and
/// durations are milliseconds. What is not known is left out.
enum JSPFWriter {
  /// - Throws: what the encoder throws, which takes every text.
  static func text(_ playlist: ExportedPlaylist) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Document(playlist: Playlist(playlist))), as: UTF8.self) + "\n"
  }

  private struct Document: Encodable {
    var playlist: Playlist
  }

  private struct Playlist: Encodable {
    var title: String?
    var track: [Track]

    init(_ playlist: ExportedPlaylist) {
      title = playlist.title
      track = playlist.tracks.map(Track.init)
    }
  }

  private struct Track: Encodable {
    var location, identifier: [String]?
    var title, creator, album: String?
    var duration: Int?

    init(_ track: ExportedPlaylist.Track) {
      location = track.location.map { [$0] }
      identifier = track.identifier.map { [$0] }
      (title, creator, album) = (track.title, track.artist, track.album)
      duration = track.durationMilliseconds
    }
  }
}
