internal import Files
internal import Music

/// The parsers of an import, each by itself and on bytes in memory: what fuzzing calls.
package enum SourceParser: String, CaseIterable, Sendable {
  case slice, table, m3u, xspf, jspf, history, listens, features, zip

  /// Reads bytes as if a file held them, and reads again what was laid down.
  /// - Parameter folder: for temporary files.
  /// - Throws: `InputError` for what no import could use.
  package func read(_ bytes: [UInt8], in folder: String) throws {
    let sink = PlaylistSink(log: try PlaylistLog(in: folder), faults: ImportFaults(isStrict: false) { _ in })
    if self == .zip {
      let archive = "\(folder)/fuzz.zip"
      let file = try TemporaryFile(path: archive)
      try bytes.withUnsafeBytes(file.append)
      _ = try withExtendedLifetime(try file.mapped()) {
        for member in try SourceFile.files(of: archive) {
          let source = try member.open()
          while try !source.next().isEmpty {}
        }
      }
      return
    }
    let source = try ByteReader(MemoryBytes(bytes), path: "memory")
    _ = SourceFormat(try source.peek())
    let file = SourceFile(inMemory: "memory")
    switch self {
    case .slice: try MillionPlaylists(file.name, into: sink).read(source, path: ["playlists"])
    case .m3u: try M3UPlaylists(file, into: sink).read(source)
    case .xspf: try XSPFPlaylists(file, into: sink).read(source)
    case .jspf: try JSPFPlaylists(file, into: sink).read(source)
    case .history: try SpotifyHistory(file.name, into: sink).read(source)
    case .listens: try Listens(file.name, into: sink).read(source, path: [])
    case .table:
      let reader = try CSVReader(source)
      let columns = TableColumns(reader.header)
      if columns.holdsPlaylists { try TablePlaylists(file, into: sink).read(reader, columns) }
    case .features:
      for id in ["a", "b"] { SongTexts(id: id).withFields { _ = sink.add($0) } }
      SongTexts(title: "Title", artist: "Artist").withFields { _ = sink.add($0) }
      sink.withSongs { $0.openFeatures() }
      _ = try FeatureRows(file.name, into: sink).join(source, .features(path: ["content"]))
    case .zip: break
    }
    try sink.history.writeSessions(to: sink)
    try sink.log.forEach { _, _ in }
  }
}

/// Bytes that are in memory already.
private final class MemoryBytes: ByteSource {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  /// In small pieces, so that every seam between chunks is met.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = min(rest.count, buffer.count, 61)
    rest.prefix(count).withUnsafeBytes { buffer.copyMemory(from: $0) }
    rest = rest.dropFirst(count)
    return count
  }
}
