internal import Glibc

/// A file that grows by whole lines and is never rewritten: what a long run has learned so far.
///
/// A line is there once its line feed is. Half a line, which a crash or a power cut left at the end, is dropped when the
/// file is opened again.
package final class AppendedLines {
  package let path: String
  /// Bytes of whole lines.
  package private(set) var size: Int
  private let descriptor: Int32

  /// Opens a file, or makes one, and drops half a line at its end.
  /// - Throws: `OutputError`.
  package init(path: String) throws {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw OutputError(call: "open", path: path, code: errno) }
    do {
      size = try Self.endOfLastLine(descriptor, path: path)
      try truncate()
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Appends whole lines and waits until they are on the disk.
  /// - Throws: `OutputError`; the lines before these are kept.
  package func append(_ lines: [UInt8]) throws {
    precondition(lines.last == Self.lineFeed, "AppendedLines.append: the last line has no line feed")
    var written = 0
    while written < lines.count {
      let count = lines.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, lines.count - written) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        let code = errno
        try truncate()
        throw OutputError(call: "write", path: path, code: code)
      }
      written += count
    }
    size += written
    guard fdatasync(descriptor) == 0 else { throw OutputError(call: "fdatasync", path: path, code: errno) }
  }

  private func truncate() throws {
    guard ftruncate(descriptor, size) == 0 else { throw OutputError(call: "ftruncate", path: path, code: errno) }
  }

  private static func endOfLastLine(_ descriptor: Int32, path: String) throws -> Int {
    var end = lseek(descriptor, 0, SEEK_END)
    var chunk = [UInt8](repeating: 0, count: 1 << 12)
    while end > 0 {
      let start = max(0, end - chunk.count)
      let count = pread(descriptor, &chunk, end - start, start)
      guard count == end - start else { throw OutputError(call: "pread", path: path, code: count < 0 ? errno : EIO) }
      if let last = chunk[..<count].lastIndex(of: lineFeed) { return start + last + 1 }
      end = start
    }
    return 0
  }

  private static let lineFeed = UInt8(ascii: "\n")
}
