internal import Files
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
  /// Of the text columns.
  let names: [String]
  // Parts of `file`, never written.
  nonisolated(unsafe) let playlistEnds, textEnds: UnsafeBufferPointer<UInt64>
  nonisolated(unsafe) let rows: UnsafeBufferPointer<Int32>
  nonisolated(unsafe) private let pidEnds: UnsafeBufferPointer<UInt64>
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

  /// - Throws: `InputError` when two songs have one id.
  func songs() throws -> SongTable {
    let texts = names.indices.map { column in
      (0..<songCount).map { text(column * songCount + $0, textEnds, .text) }
    }
    let rows = SongTable.rows(of: texts[0])
    guard rows.count == songCount else { throw file.damaged("two songs have one track_id") }
    return SongTable(
      ids: texts[0], names: texts[1], artists: texts[2], features: Array(features),
      extras: Dictionary(uniqueKeysWithValues: zip(names.dropFirst(3), texts.dropFirst(3))), rows: rows)
  }

  func text(_ number: Int, _ ends: UnsafeBufferPointer<UInt64>, _ section: Section) -> String {
    String(decoding: bytes(number, ends, section), as: UTF8.self)
  }

  /// Where a text lies. Valid while this value lives.
  func bytes(
    _ number: Int, _ ends: UnsafeBufferPointer<UInt64>, _ section: Section
  ) -> UnsafeRawBufferPointer {
    let text = file.sections[section.rawValue]
    let start = number == 0 ? 0 : ends[number - 1]
    precondition(
      start <= ends[number] && ends[number] <= UInt64(text.count),
      "DatasetColumns: text \(number) lies outside its file")
    return UnsafeRawBufferPointer(rebasing: text[Int(start)..<Int(ends[number])])
  }
}
