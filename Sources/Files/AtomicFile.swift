internal import Glibc

/// Writes whole files so that a reader, a crash or a full disk meets the old file or the new one, never half of it.
package enum AtomicFile {
  /// Writes `bytes` under a temporary name beside `path`, flushes them to the disk and renames.
  /// - Throws: `OutputError`; the old file survives and the temporary one is removed.
  package static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
    try write(to: path) { try $0.append(bytes) }
  }

  package static func write(_ bytes: [UInt8], to path: String) throws {
    try bytes.withUnsafeBytes { try write($0, to: path) }
  }

  package static func write(_ text: String, to path: String) throws {
    var text = text
    try text.withUTF8 { try write(UnsafeRawBufferPointer($0), to: path) }
  }

  /// As above, for contents that are produced piece by piece. A link's target is replaced, not the link; what is no
  /// regular file (a device, a pipe) is written in place.
  package static func write(to path: String, _ body: (inout Sink) throws -> Void) throws {
    let path = resolved(path)
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG, status.st_mode & S_IFMT != S_IFDIR {
      let descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw OutputError(call: "open", path: path, code: errno) }
      defer { close(descriptor) }
      var sink = Sink(descriptor: descriptor, path: path)
      return try body(&sink)
    }
    let temporary = "\(path).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw OutputError(call: "open", path: path, code: errno) }
    do {
      defer { close(descriptor) }
      var sink = Sink(descriptor: descriptor, path: path)
      try body(&sink)
      guard fsync(descriptor) == 0 else { throw OutputError(call: "fsync", path: path, code: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else {
      let code = errno
      unlink(temporary)
      throw OutputError(call: "rename", path: path, code: code)
    }
  }

  /// Where a link leads; the path itself when it is none or leads nowhere.
  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// Takes the bytes of a file that is being written.
  package struct Sink {
    fileprivate let descriptor: Int32
    fileprivate let path: String
    /// Bytes written so far.
    package private(set) var count = 0

    package mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
      var rest = bytes
      while !rest.isEmpty {
        let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { throw OutputError(call: "write", path: path, code: errno) }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        count += written
      }
    }

    package mutating func append<Element: BitwiseCopyable>(_ values: [Element]) throws {
      try values.withUnsafeBytes { try append($0) }
    }
  }
}
