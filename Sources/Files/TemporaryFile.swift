internal import Glibc

/// A file that holds what has no room in memory, and is gone when this value is.
package final class TemporaryFile {
  private let descriptor: Int32
  private let path: String
  private var buffer: [UInt8] = []
  private static let flushSize = 1 << 18

  /// - Parameter path: is created; must not be there.
  /// - Throws: `OutputError`.
  package init(path: String) throws {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw OutputError(call: "open", path: path, code: errno) }
    buffer.reserveCapacity(Self.flushSize)
  }

  deinit {
    close(descriptor)
    unlink(path)
  }

  /// - Throws: `OutputError`.
  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.flushSize { try flush() }
  }

  private func flush() throws {
    try buffer.withUnsafeBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let written = write(descriptor, rest.baseAddress, rest.count)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { throw OutputError(call: "write", path: path, code: errno) }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// All that was written, mapped.
  /// - Throws: `OutputError`, `InputError`.
  package func mapped() throws -> MappedFile {
    try flush()
    return try MappedFile(path: path)
  }
}
