internal import Files

/// The formats in which a playlist is handed to others.
package enum PlaylistFormat: String, CaseIterable, Sendable {
  case m3u8, xspf, jspf, csv

  /// The type under which it is sent.
  package var mediaType: String {
    switch self {
    case .m3u8: "audio/x-mpegurl; charset=utf-8"
    case .xspf: "application/xspf+xml; charset=utf-8"
    case .jspf: "application/jspf+json; charset=utf-8"
    case .csv: "text/csv; charset=utf-8"
    }
  }

  /// A playlist as UTF-8.
  package func bytes(_ playlist: ExportedPlaylist) throws -> [UInt8] {
    switch self {
    case .m3u8: return Array(M3UWriter.text(playlist).utf8)
    case .xspf: return Array(XSPFWriter.text(playlist).utf8)
    case .jspf: return Array(try JSPFWriter.text(playlist).utf8)
    case .csv:
      var sink = MemorySink()
      try ExportifyWriter.write(playlist, to: &sink)
      return sink.bytes
    }
  }

  /// Writes a playlist to a file, whole or not at all, or to a stream.
  /// - Throws: `OutputError`.
  package func write(_ playlist: ExportedPlaylist, to path: String) throws {
    try AtomicFile.write(try bytes(playlist), to: path)
  }
}
