package import Files
internal import Music

/// The formats in which a playlist is handed to others.
package enum PlaylistFormat: String, CaseIterable, Sendable {
  case m3u8, xspf, jspf, csv

  /// Writes a playlist as UTF-8.
  /// - Throws: `OutputError`.
  package func write(_ playlist: ExportedPlaylist, to sink: inout AtomicFile.Sink) throws {
    switch self {
    case .m3u8: try sink.append(Array(M3UWriter.text(playlist).utf8))
    case .xspf: try sink.append(Array(XSPFWriter.text(playlist).utf8))
    case .jspf: try sink.append(Array(try JSPFWriter.text(playlist).utf8))
    case .csv: try ExportifyWriter.write(playlist, to: &sink)
    }
  }

  /// Writes a playlist to a file, whole or not at all, or to a stream.
  /// - Throws: `OutputError`.
  package func write(_ playlist: ExportedPlaylist, to path: String) throws {
    try AtomicFile.write(to: path) { try write(playlist, to: &$0) }
  }
}
