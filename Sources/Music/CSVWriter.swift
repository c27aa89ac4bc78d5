package import Files

/// Writes values separated by commas (RFC 4180, lines ending in a line feed) or tabs, quoting only what needs it: between
/// tabs, a quote inside a field does not.
package struct CSVWriter {
  private var buffer: [UInt8] = []
  private var isFirstField = true
  private let separator: UInt8
  private static let flushSize = 1 << 16

  package enum Separator: UInt8, Sendable { case comma = 0x2C, tab = 0x09 }

  /// - Parameter header: empty for rows that are to follow others.
  package init(header: [String], separator: Separator = .comma) {
    self.separator = separator.rawValue
    buffer.reserveCapacity(2 * Self.flushSize)
    for name in header { append(name) }
    if !header.isEmpty { endRow() }
  }

  package mutating func append(_ field: String) {
    var field = field
    field.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  package mutating func append(_ field: UnsafeRawBufferPointer) {
    separate()
    let isPlain = separator == Separator.tab.rawValue && field.first != 0x22
    guard field.contains(where: { $0 == separator || $0 == 0x22 && !isPlain || $0 == 0x0A || $0 == 0x0D }) else {
      buffer.append(contentsOf: field)
      return
    }
    buffer.append(0x22)
    for byte in field {
      if byte == 0x22 { buffer.append(0x22) }
      buffer.append(byte)
    }
    buffer.append(0x22)
  }

  package mutating func append(_ value: Int?) { append(value.map(String.init) ?? "") }

  /// The shortest text that reads back as `value`; whole numbers without a point; empty for NaN.
  package mutating func append(_ value: Float) {
    if value.isNaN {
      append("")
    } else if let whole = Int(exactly: value), whole.magnitude < 1 << 24 {
      append(String(whole))
    } else {
      append(value.description)
    }
  }

  /// Ends the row and hands what has been gathered to `sink` from time to time.
  package mutating func endRow(to sink: inout some ByteSink) throws {
    endRow()
    if buffer.count >= Self.flushSize { try flush(to: &sink) }
  }

  /// To be called at the end.
  package mutating func flush(to sink: inout some ByteSink) throws {
    try buffer.withUnsafeBytes { try sink.append($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Ends the row and keeps it for `takeRows`.
  package mutating func endRow() {
    buffer.append(0x0A)
    isFirstField = true
  }

  /// What has been gathered since the last flush.
  package mutating func takeRows() -> [UInt8] {
    defer { buffer.removeAll(keepingCapacity: true) }
    return buffer
  }

  private mutating func separate() {
    if !isFirstField { buffer.append(separator) }
    isFirstField = false
  }
}
