internal import Files
internal import Glibc

/// A playlist as a source tells of it, without its songs.
struct PlaylistFields {
  /// What tells it from others: the source's own id, or a name.
  var pid: String
  var title = ""
  /// Columns of `playlist_meta.csv` besides the title, by name; those without a value may be left out.
  var meta: [(name: String, value: String)] = []
}

/// Playlists on their way from sources to a dataset folder. Their fields and rows lie in temporary files, so that memory
/// holds 16 bytes for each playlist.
///
/// Rows of one playlist may come in several pieces; they are put together, and in order, when they are read again.
final class PlaylistLog {
  struct Row: BitwiseCopyable {
    /// Position, or time in seconds.
    var order: Int64
    var song: UInt32
    /// Among equal orders.
    fileprivate var rank: UInt32 = 0

    init(order: Int64, song: Int) { (self.order, self.song) = (order, UInt32(song)) }
  }

  private struct Piece {
    var start: UInt64
    var count: UInt32
    var playlist: UInt32
  }

  /// Bytes that have been read again before their memory is given back.
  private static let releaseSize = 1 << 22

  private let rows: TemporaryFile
  private let fields: TemporaryFile
  private var rowCount: UInt64 = 0
  private var pieces: [Piece] = []
  private(set) var count = 0
  /// Names of the columns that any playlist has, in the order of their first appearance.
  private(set) var columns: [String] = []

  /// - Parameter folder: where the temporary files go.
  init(in folder: String) throws {
    rows = try TemporaryFile(path: "\(folder)/rows.tmp")
    fields = try TemporaryFile(path: "\(folder)/fields.tmp")
  }

  /// - Returns: the playlist's number.
  func begin(_ playlist: PlaylistFields) throws -> Int {
    var record: [UInt8] = []
    func append(_ text: String) {
      let bytes = Array(text.utf8)
      withUnsafeBytes(of: UInt32(bytes.count)) { record.append(contentsOf: $0) }
      record += bytes
    }
    append(playlist.pid)
    append(playlist.title)
    let meta = playlist.meta.filter { !$0.value.isEmpty }
    withUnsafeBytes(of: UInt32(meta.count)) { record.append(contentsOf: $0) }
    for (name, value) in meta {
      let column = columns.firstIndex(of: name) ?? columns.count
      if column == columns.count { columns.append(name) }
      withUnsafeBytes(of: UInt32(column)) { record.append(contentsOf: $0) }
      append(value)
    }
    try record.withUnsafeBytes(fields.append)
    count += 1
    return count - 1
  }

  func append(_ row: Row, to playlist: Int) throws {
    if let last = pieces.last, last.playlist == playlist, last.count < .max {
      pieces[pieces.count - 1].count += 1
    } else {
      pieces.append(Piece(start: rowCount, count: 1, playlist: UInt32(playlist)))
    }
    try withUnsafeBytes(of: row, rows.append)
    rowCount += 1
  }

  /// Every playlist that was begun, in that order, with its rows in theirs, which may be none.
  func forEach(_ body: (PlaylistFields, [Row]) throws -> Void) throws {
    let (rowFile, fieldFile) = (try rows.mapped(), try fields.mapped())
    try withExtendedLifetime((rowFile, fieldFile)) {
      let rows = rowFile.bytes.bindMemory(to: Row.self)
      var reader = FieldReader(bytes: fieldFile.bytes)
      pieces.sort { ($0.playlist, $0.start) < ($1.playlist, $1.start) }
      var piece = 0
      var gathered: [Row] = []
      let isInOrder = zip(pieces, pieces.dropFirst()).allSatisfy { $0.start < $1.start }
      var (released, releasedFields) = (0, 0)
      for playlist in 0..<count {
        gathered.removeAll(keepingCapacity: true)
        while piece < pieces.count, pieces[piece].playlist == playlist {
          let (start, count) = (Int(pieces[piece].start), Int(pieces[piece].count))
          gathered += rows[start..<start + count]
          piece += 1
          let end = (start + count) * MemoryLayout<Row>.stride
          if isInOrder, end - released >= Self.releaseSize {
            rowFile.release(released..<end)
            released = end
          }
        }
        if zip(gathered, gathered.dropFirst()).contains(where: { $0.order > $1.order }) {
          for place in gathered.indices { gathered[place].rank = UInt32(place) }
          gathered.sort { ($0.order, $0.rank) < ($1.order, $1.rank) }
        }
        try body(reader.next(columns), gathered)
        if reader.position - releasedFields >= Self.releaseSize {
          fieldFile.release(releasedFields..<reader.position)
          releasedFields = reader.position
        }
      }
    }
  }
}

/// Reads what `PlaylistLog.begin` wrote.
private struct FieldReader {
  let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func next(_ columns: [String]) -> PlaylistFields {
    var fields = PlaylistFields(pid: text(), title: text())
    for _ in 0..<number() {
      let column = number()
      fields.meta.append((columns[column], text()))
    }
    return fields
  }

  private mutating func number() -> Int {
    defer { position += 4 }
    return Int(bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
  }

  private mutating func text() -> String {
    let length = number()
    defer { position += length }
    return String(decoding: bytes[position..<position + length], as: UTF8.self)
  }
}
