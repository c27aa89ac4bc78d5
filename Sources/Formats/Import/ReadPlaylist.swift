internal import Files

/// A playlist as a file tells of it, for a program that has a catalogue of its own.
package struct ReadPlaylist: Sendable, Equatable {
  /// Empty where the file has none.
  package var title: String
  package var songs: [Song]

  package struct Song: Sendable, Equatable, Hashable {
    /// Empty where the file has none, and so on.
    package var id, title, artist: String
  }

  /// Reads the playlists of one file, told by what it holds.
  /// - Parameters:
  ///   - path: neither compressed nor an archive.
  ///   - folder: where temporary files go.
  /// - Throws: `InputError` for a file of no known format, with no playlist in it, or that cannot be read to its end.
  package static func read(_ path: String, temporaryFolder folder: String) throws -> [ReadPlaylist] {
    let faults = ImportFaults(isStrict: false, print: { _ in })
    let sink = PlaylistSink(log: try PlaylistLog(in: folder), faults: faults)
    _ = try ImportedSource(path).readPlaylists(into: sink, progress: { _ in })
    try sink.history.writeSessions(to: sink)
    var playlists: [ReadPlaylist] = []
    try sink.log.forEach { playlist, rows in
      let songs = rows.map { row in
        let fields = sink.songs.fields(Int(row.song))
        func text(_ bytes: Bytes) -> String { String(decoding: bytes, as: UTF8.self) }
        return Song(id: text(fields.id), title: text(fields.title), artist: text(fields.artist))
      }
      if !songs.isEmpty { playlists.append(ReadPlaylist(title: playlist.title, songs: songs)) }
    }
    guard !playlists.isEmpty else {
      throw faults.first
        ?? InputError(path: path, reason: "there is no playlist in it", remedy: "Give a file that holds one.")
    }
    return playlists
  }
}
