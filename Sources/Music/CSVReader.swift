package import Files
internal import Glibc

/// Reads comma-separated values row by row (RFC 4180: quotes, line breaks inside quotes, CRLF; a UTF-8 byte-order mark is
/// skipped), plain or gzip, or values separated by tabs or semicolons. Columns are found by name. Blank lines are passed
/// over.
///
/// A row that cannot be read is an error; the next call goes on behind it.
/// Works on bytes and keeps one row; a field becomes a `String` only when asked for.
package final class CSVReader {
  package let path: String
  /// Column names, from the first row.
  package private(set) var header: [String] = []
  /// Line of the file, from 1, on which the current row begins.
  package private(set) var line = 1

  /// Whether the file is packed.
  package var isGzip: Bool { source.isGzip }

  private let source: ByteReader
  private let separator: UInt8
  /// Whether a field may stand in double quotes.
  private let hasQuotes: Bool
  /// A row was given up in its middle, and its line must be passed over.
  private var isInsideBrokenRow = false
  private var chunk = UnsafeRawBufferPointer(start: nil, count: 0)
  private var position = 0
  private var nextLine = 1
  /// The current row's fields without quotes and commas, one after the other.
  private var text: UnsafeMutableBufferPointer<UInt8>
  private var textCount = 0
  /// End of each field in `text`.
  private var ends: [Int] = []
  private static let largestRow = 1 << 24

  /// - Throws: `InputError` when the file cannot be read, is empty, or is not UTF-8 text.
  package convenience init(path: String) throws { try self.init(ByteReader(path: path)) }

  /// - Throws: as above.
  package init(_ source: ByteReader, separator: UInt8 = CSVReader.comma, hasQuotes: Bool = true) throws {
    path = source.path
    self.source = source
    self.separator = separator
    self.hasQuotes = hasQuotes
    text = .allocate(capacity: 1 << 12)
    try skipByteOrderMark()
    guard try nextRow(isHeader: true) else {
      throw InputError(path: path, reason: "the file is empty", remedy: "Its first line must name the columns.")
    }
    header = ends.indices.map { string($0) }
  }

  deinit { text.deallocate() }

  /// Position of a column that may be missing.
  package func column(ifPresent name: String) throws -> Int? {
    guard let first = header.firstIndex(of: name) else { return nil }
    guard header.lastIndex(of: name) == first else {
      throw InputError(path: path, line: 1, reason: "two columns are called \(name)", remedy: "Rename or remove one.")
    }
    return first
  }

  /// - Throws: `InputError` naming the column when the file has none of that name.
  package func column(_ name: String) throws -> Int {
    guard let column = try column(ifPresent: name) else {
      throw InputError(
        path: path, line: 1, reason: "there is no column \(name)",
        remedy: "The first line must name it; it names \(header.prefix(20).joined(separator: ", ")).")
    }
    return column
  }

  /// Goes to the next row. False at the end.
  /// - Throws: `InputError` for a row that has more or fewer fields than the header, and for broken quotes.
  package func next() throws -> Bool { try nextRow(isHeader: false) }

  /// The bytes of a field, valid until the next call of `next`.
  package func bytes(_ column: Int) -> UnsafeBufferPointer<UInt8> {
    let start = column == 0 ? 0 : ends[column - 1]
    return UnsafeBufferPointer(rebasing: text[start..<ends[column]])
  }

  package func string(_ column: Int) -> String { String(decoding: bytes(column), as: UTF8.self) }

  /// Whether the current row is UTF-8 text.
  package var isText: Bool {
    let row = UnsafeBufferPointer(rebasing: text[..<textCount])
    return row.allSatisfy { $0 < 0x80 } || String(validating: row, as: UTF8.self) != nil
  }

  /// An error at the current row.
  package func error(_ reason: String, remedy: String = "") -> InputError {
    InputError(path: path, line: line, reason: reason, remedy: remedy)
  }

  // MARK: Rows

  private func nextRow(isHeader: Bool) throws -> Bool {
    repeat {
      guard try readRow() else { return false }
    } while ends.count == 1 && textCount == 0
    if !isHeader && ends.count != header.count {
      throw error(
        "the row has \(ends.count) fields, the header \(header.count)",
        remedy: "Put fields that contain commas, quotes or line breaks in double quotes.")
    }
    return true
  }

  private func readRow() throws -> Bool {
    if isInsideBrokenRow { try skipBrokenRow() }
    line = nextLine
    textCount = 0
    ends.removeAll(keepingCapacity: true)
    guard try peek() != nil else { return false }
    isInsideBrokenRow = true
    while true {
      if hasQuotes, try peek() == Self.quote { try readQuoted() } else { try readPlain() }
      ends.append(textCount)
      guard let byte = try peek() else { break }
      position += 1
      if byte == separator { continue }
      if byte == Self.carriageReturn, try peek() == Self.lineFeed { position += 1 }
      nextLine += 1
      break
    }
    isInsideBrokenRow = false
    return true
  }

  /// Passes over the rest of the line on which a row was given up.
  private func skipBrokenRow() throws {
    isInsideBrokenRow = false
    while let byte = try peek() {
      position += 1
      if byte == Self.lineFeed { break }
    }
    nextLine += 1
  }

  /// A field without quotes: up to the next comma, line break or the end. A quote inside it is text.
  private func readPlain() throws {
    while try peek() != nil {
      let start = position
      while position < chunk.count, !endsPlainField(chunk[position]) { position += 1 }
      try keep(chunk[start..<position])
      if position < chunk.count { return }
    }
  }

  private func readQuoted() throws {
    position += 1
    while try peek() != nil {
      let start = position
      while position < chunk.count, chunk[position] != Self.quote {
        if chunk[position] == Self.lineFeed { nextLine += 1 }
        position += 1
      }
      try keep(chunk[start..<position])
      if position == chunk.count { continue }
      position += 1
      guard let after = try peek() else { return }
      if after == Self.quote {
        try keep(chunk[position...position])
        position += 1
      } else if endsPlainField(after) {
        return
      } else {
        throw error("there is text after a closing quote", remedy: "Double the quotes inside a quoted field.")
      }
    }
    throw error("a quote is never closed", remedy: "Double the quotes inside a quoted field.")
  }

  private func keep(_ bytes: Slice<UnsafeRawBufferPointer>) throws {
    guard !bytes.isEmpty else { return }
    if textCount + bytes.count > text.count {
      guard textCount + bytes.count <= Self.largestRow else {
        throw error("the row is longer than 16 MiB", remedy: "Is a quote never closed?")
      }
      let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(2 * text.count, textCount + bytes.count))
      memcpy(larger.baseAddress!, text.baseAddress!, textCount)
      text.deallocate()
      text = larger
    }
    memcpy(text.baseAddress! + textCount, bytes.base.baseAddress! + bytes.startIndex, bytes.count)
    textCount += bytes.count
  }

  /// The next byte, without taking it; nil at the end of the file.
  @inline(__always)
  private func peek() throws -> UInt8? {
    if position == chunk.count {
      chunk = try source.next()
      position = 0
      if chunk.isEmpty { return nil }
    }
    return chunk[position]
  }

  private func skipByteOrderMark() throws {
    guard let first = try peek(), first >= 0xEF else { return }
    guard first == 0xEF, chunk.count >= 3, chunk[1] == 0xBB, chunk[2] == 0xBF else {
      if first >= 0xFE {
        throw InputError(path: path, reason: "the text is UTF-16", remedy: "Save the file as UTF-8.")
      }
      return
    }
    position = 3
  }

  package static let comma = UInt8(ascii: ",")
  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  @inline(__always)
  private func endsPlainField(_ byte: UInt8) -> Bool {
    byte == separator || byte == Self.lineFeed || byte == Self.carriageReturn
  }
}
