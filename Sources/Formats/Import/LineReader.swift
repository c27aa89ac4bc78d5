internal import Files
internal import Music

/// Reads a text line by line, with LF or CRLF at their ends.
struct LineReader {
  private let source: ByteReader
  private let longest: Int

  /// - Parameter longest: bytes of a line, a multiple of 1 MiB; longer ones are errors.
  init(_ source: ByteReader, longest: Int = 1 << 24) { (self.source, self.longest) = (source, longest) }

  /// - Parameter body: is told each line without its end, and its number from 1.
  func forEach(_ body: ([UInt8], Int) throws -> Void) throws {
    var line: [UInt8] = []
    var number = 1
    var isFirst = true
    while true {
      var chunk = try source.next()[...]
      if chunk.isEmpty { break }
      if isFirst, chunk.starts(with: [0xEF, 0xBB, 0xBF]) { chunk = chunk.dropFirst(3) }
      isFirst = false
      while let end = chunk.firstIndex(of: 0x0A) {
        line += chunk[..<end]
        if line.last == 0x0D { line.removeLast() }
        try body(line, number)
        line.removeAll(keepingCapacity: true)
        number += 1
        chunk = chunk[(end + 1)...]
      }
      line += chunk
      guard line.count <= longest else {
        throw InputError(
          path: source.path, line: number, reason: "the line is longer than \(longest >> 20) MiB",
          remedy: "Is it text, or packed twice?")
      }
    }
    if !line.isEmpty { try body(line, number) }
  }
}
