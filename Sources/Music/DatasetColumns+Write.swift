internal import Files

extension DatasetColumns {
  /// What a store is written from, without all of it in memory.
  package struct Contents {
    package typealias Text = (_ song: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Void

    package var songCount: Int
    /// Name and text of each column, `track_id`, `track_name` and `artist_name` first. The bytes are valid during the call.
    package var columns: [(name: String, text: Text)]
    /// The 13 features of a song.
    package var features: (_ song: Int) -> ArraySlice<Float>
    /// Where each playlist's rows end.
    package var playlistEnds: [UInt64]
    /// Songs of all rows: four bytes each. Valid until the store is written.
    package var rows: UnsafeRawBufferPointer
    /// Is told which of these bytes have been written.
    package var releaseRows: (Range<Int>) -> Void
    package var pids: [String]
    /// Playlists that the tables hold and readers skip.
    package var skipped: Int

    package init(
      songCount: Int,
      columns: [(name: String, text: Text)],
      features: @escaping (Int) -> ArraySlice<Float>, playlistEnds: [UInt64], rows: UnsafeRawBufferPointer,
      releaseRows: @escaping (Range<Int>) -> Void = { _ in }, pids: [String], skipped: Int = 0
    ) {
      (self.songCount, self.columns, self.features) = (songCount, columns, features)
      (self.playlistEnds, self.rows, self.releaseRows) = (playlistEnds, rows, releaseRows)
      (self.pids, self.skipped) = (pids, skipped)
    }
  }

  /// Writes the store of a folder whose tables are there.
  /// - Throws: `OutputError`, `InputError`.
  package static func write(_ contents: Contents, to folder: String) throws {
    let songs = contents.songCount
    let counts = Counts(
      songs: UInt64(songs), playlists: UInt64(contents.pids.count), rows: contents.playlistEnds.last ?? 0,
      skipped: UInt64(contents.skipped), tracks: try Stamp(of: "\(folder)/tracks.csv"),
      playlistRows: try Stamp(of: "\(folder)/playlists.csv"))
    var (textCount, pidCount) = (0, UInt64(0))
    for column in contents.columns { for song in 0..<songs { try column.text(song) { textCount += $0.count } } }
    let pidEnds = contents.pids.map { pid in
      pidCount += UInt64(pid.utf8.count)
      return pidCount
    }
    try SectionFile.write(
      [
        .init([counts]), .init(contents.playlistEnds),
        .init(byteCount: contents.rows.count) { sink in
          for start in stride(from: 0, to: contents.rows.count, by: 1 << 22) {
            let piece = start..<min(start + 1 << 22, contents.rows.count)
            try sink.append(UnsafeRawBufferPointer(rebasing: contents.rows[piece]))
            contents.releaseRows(piece)
          }
        }, .init(pidEnds),
        .init(contents.pids.flatMap { Array($0.utf8) }),
        .init(Array(contents.columns.map(\.name).joined(separator: "\n").utf8)),
        .init(byteCount: contents.columns.count * songs * MemoryLayout<UInt64>.stride) { sink in
          var end: UInt64 = 0
          for column in contents.columns {
            try buffered(&sink, 0..<songs) { song, buffer in
              try column.text(song) { end += UInt64($0.count) }
              withUnsafeBytes(of: end) { buffer.append(contentsOf: $0) }
            }
          }
        },
        .init(byteCount: textCount) { sink in
          for column in contents.columns {
            try buffered(&sink, 0..<songs) { song, buffer in try column.text(song) { buffer.append(contentsOf: $0) } }
          }
        },
        .init(byteCount: songs * AudioFeature.count * MemoryLayout<Float>.stride) { sink in
          try buffered(&sink, 0..<songs) { song, buffer in
            contents.features(song).withUnsafeBytes { buffer.append(contentsOf: $0) }
          }
        },
      ], format: format, to: "\(folder)/\(fileName)")
  }

  /// Writes the store of a folder again after its `tracks.csv` got more features, which the store does not know.
  /// - Parameter tracks: all songs of this store, in its order.
  /// - Throws: `OutputError`, `InputError`.
  package func write(with tracks: TrackFeatures, to folder: String) throws {
    precondition(tracks.count == songCount, "DatasetColumns: \(tracks.count) songs, expected \(songCount)")
    let sourceColumn = names.firstIndex(of: TrackFeatures.sourceName)
    let columns = sourceColumn == nil ? names + [TrackFeatures.sourceName] : names
    let texts = columns.enumerated().map { column, name -> (name: String, text: Contents.Text) in
      guard name == TrackFeatures.sourceName else {
        return (name, { song, body in try body(bytes(column * songCount + song, textEnds, .text)) })
      }
      return (
        name,
        { song, body in
          let before = sourceColumn.map { text($0 * songCount + song, textEnds, .text) } ?? ""
          var source = tracks.source(of: song, before: before)
          try source.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
        }
      )
    }
    try Self.write(
      Contents(
        songCount: songCount, columns: texts, features: tracks.features(of:), playlistEnds: Array(playlistEnds),
        rows: UnsafeRawBufferPointer(rows), pids: (0..<playlistCount).map(pid), skipped: skippedCount), to: folder)
  }

  private static func buffered(
    _ sink: inout AtomicFile.Sink, _ songs: Range<Int>, _ append: (Int, inout [UInt8]) throws -> Void
  ) throws {
    var buffer: [UInt8] = []
    for song in songs {
      try append(song, &buffer)
      if buffer.count >= 1 << 18 || song == songs.upperBound - 1 {
        try sink.append(buffer)
        buffer.removeAll(keepingCapacity: true)
      }
    }
  }
}
