package import Files
internal import Glibc

/// A dataset's songs and playlists column by column, ids of songs as row numbers, in a file that is mapped: what
/// `tracks.csv` and `playlists.csv` beside it say, without reading them. It counts only while both are as they were.
package struct DatasetColumns: Sendable {
  package static let fileName = "dataset.columns"
  static let format = SectionFile.Format(
    magic: "SEGUEDAT", version: 1, sectionCount: 9, name: "a column store of a dataset",
    remedy: "Remove it: the tables beside it say the same.")

  enum Section: Int {
    case counts
    /// End of each playlist's rows (playlists), and the songs of all (rows).
    case playlistEnds, rows
    /// End of each pid (playlists), and their text.
    case pidEnds, pids
    /// Names of the text columns, a line each.
    case columns
    /// End of each text in `text`, column after column. (columns, songs)
    case textEnds, text
    /// (songs, 13)
    case features
  }

  struct Counts: BitwiseCopyable {
    var songs, playlists, rows, skipped: UInt64
    /// Size and time of change of `tracks.csv` and `playlists.csv`.
    var tracks, playlistRows: Stamp
  }

  /// What tells a file from its later self.
  struct Stamp: BitwiseCopyable, Equatable {
    var size, seconds, nanoseconds: Int64

    /// - Throws: `InputError` when there is no such file.
    init(of path: String) throws {
      var status = stat()
      guard stat(path, &status) == 0 else {
        throw InputError(path: path, reason: String(cString: strerror(errno)), remedy: "Check the path.")
      }
      size = Int64(status.st_size)
      (seconds, nanoseconds) = (Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec))
    }
  }

  private let file: SectionFile
  private let counts: Counts
  private let names: [String]
  // Parts of `file`, never written.
  nonisolated(unsafe) private let playlistEnds, pidEnds, textEnds: UnsafeBufferPointer<UInt64>
  nonisolated(unsafe) private let rows: UnsafeBufferPointer<Int32>
  nonisolated(unsafe) private let features: UnsafeBufferPointer<Float>

  package var songCount: Int { Int(counts.songs) }
  package var playlistCount: Int { Int(counts.playlists) }
  package var rowCount: Int { Int(counts.rows) }
  var skippedCount: Int { Int(counts.skipped) }

  /// Maps the store of a folder; nil where there is none, or where a table has changed since it was written.
  /// - Parameter tables: paths of `tracks.csv` and `playlists.csv`.
  /// - Throws: `InputError` for a file that is foreign, truncated or damaged.
  package init?(ifCurrentIn folder: String, tables: [String]) throws {
    let path = "\(folder)/\(Self.fileName)"
    guard access(path, F_OK) == 0 else { return nil }
    try self.init(path: path)
    guard try Stamp(of: tables[0]) == counts.tracks, try Stamp(of: tables[1]) == counts.playlistRows else { return nil }
  }

  /// - Throws: as above.
  package init(path: String) throws {
    let file = try SectionFile(path: path, format: Self.format)
    func section<Element: BitwiseCopyable>(
      _ section: Section, _ type: Element.Type, _ count: Int
    ) throws -> UnsafeBufferPointer<Element> {
      try file.section(section.rawValue, of: type, count: count)
    }
    let counts = try section(.counts, Counts.self, 1)[0]
    names = String(decoding: file.sections[Section.columns.rawValue], as: UTF8.self).split(separator: "\n").map(
      String.init)
    guard counts.songs <= UInt64(Int32.max), counts.playlists <= UInt64(Int32.max), counts.rows <= 1 << 40,
      names.prefix(3) == Catalogue.requiredColumns[...]
    else { throw file.damaged("impossible counts or columns") }
    let (songs, playlists) = (Int(counts.songs), Int(counts.playlists))
    playlistEnds = try section(.playlistEnds, UInt64.self, playlists)
    rows = try section(.rows, Int32.self, Int(counts.rows))
    pidEnds = try section(.pidEnds, UInt64.self, playlists)
    textEnds = try section(.textEnds, UInt64.self, names.count * songs)
    features = try section(.features, Float.self, songs * AudioFeature.count)
    guard (playlistEnds.last ?? 0) == counts.rows,
      (pidEnds.last ?? 0) == file.sections[Section.pids.rawValue].count,
      (textEnds.last ?? 0) == file.sections[Section.text.rawValue].count
    else { throw file.damaged("its parts end elsewhere") }
    (self.file, self.counts) = (file, counts)
  }

  /// The songs of a playlist, where they lie. Valid while this value lives.
  package func songs(ofPlaylist number: Int) -> UnsafeBufferPointer<Int32> {
    let start = number == 0 ? 0 : playlistEnds[number - 1]
    let end = playlistEnds[number]
    precondition(start <= end && end <= UInt64(rows.count), "DatasetColumns: playlist \(number) lies outside its file")
    return UnsafeBufferPointer(rebasing: rows[Int(start)..<Int(end)])
  }

  package func pid(_ number: Int) -> String { text(number, pidEnds, .pids) }

  /// The first `count` playlists in numeric order of the pids when all are whole numbers, else in the tables' order.
  func playlists(_ count: Int) -> [Playlist] {
    order().prefix(count).map { Playlist(pid: pid($0), songs: Array(songs(ofPlaylist: $0))) }
  }

  private func order() -> [Int] {
    var numbered: [(number: Int, place: Int)] = []
    for place in 0..<playlistCount {
      guard let number = Int(pid(place)) else { return Array(0..<playlistCount) }
      numbered.append((number, place))
    }
    if zip(numbered, numbered.dropFirst()).contains(where: { $0.number > $1.number }) { numbered.sort { $0 < $1 } }
    return numbered.map(\.place)
  }

  func songs() -> SongTable {
    let texts = names.indices.map { column in
      (0..<songCount).map { text(column * songCount + $0, textEnds, .text) }
    }
    return SongTable(
      ids: texts[0], names: texts[1], artists: texts[2], features: Array(features),
      extras: Dictionary(uniqueKeysWithValues: zip(names.dropFirst(3), texts.dropFirst(3))))
  }

  private func text(_ number: Int, _ ends: UnsafeBufferPointer<UInt64>, _ section: Section) -> String {
    let text = file.sections[section.rawValue]
    let start = number == 0 ? 0 : ends[number - 1]
    precondition(
      start <= ends[number] && ends[number] <= UInt64(text.count),
      "DatasetColumns: text \(number) lies outside its file")
    return String(decoding: text[Int(start)..<Int(ends[number])], as: UTF8.self)
  }
}

extension DatasetColumns {
  /// What a store is written from, without all of it in memory.
  package struct Contents {
    package var songCount: Int
    /// Name and text of each column, `track_id`, `track_name` and `artist_name` first. The bytes are valid during the call.
    package var columns:
      [(name: String, text: (_ song: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Void)]
    /// The 13 features of a song.
    package var features: (_ song: Int) -> ArraySlice<Float>
    /// Where each playlist's rows end.
    package var playlistEnds: [UInt64]
    /// Songs of all rows: four bytes each.
    package var rows: MappedFile
    package var pids: [String]
    /// Playlists that the tables hold and readers skip.
    package var skipped: Int

    package init(
      songCount: Int,
      columns: [(name: String, text: (Int, (UnsafeRawBufferPointer) throws -> Void) throws -> Void)],
      features: @escaping (Int) -> ArraySlice<Float>, playlistEnds: [UInt64], rows: MappedFile,
      pids: [String], skipped: Int = 0
    ) {
      (self.songCount, self.columns, self.features) = (songCount, columns, features)
      (self.playlistEnds, self.rows, self.pids, self.skipped) = (playlistEnds, rows, pids, skipped)
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
        .init(byteCount: contents.rows.bytes.count) { sink in
          for start in stride(from: 0, to: contents.rows.bytes.count, by: 1 << 22) {
            let piece = start..<min(start + 1 << 22, contents.rows.bytes.count)
            try sink.append(UnsafeRawBufferPointer(rebasing: contents.rows.bytes[piece]))
            contents.rows.release(piece)
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
