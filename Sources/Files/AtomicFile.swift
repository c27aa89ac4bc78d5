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

  /// As above, for contents that are produced piece by piece. A link's target is replaced, not the link; a stream is
  /// written to.
  package static func write(to path: String, _ body: (inout Sink) throws -> Void) throws {
    guard !isStream(path) else {
      let descriptor = try openForAppending(path)
      defer { close(descriptor) }
      var sink = Sink(descriptor: descriptor, path: path)
      return try body(&sink)
    }
    let path = resolved(path)
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

  /// Whether `path` is not a file that could be replaced: a device, a pipe, or the name of an open descriptor, whatever
  /// that leads to, because who opened it goes on with the file that it has.
  package static func isStream(_ path: String) -> Bool {
    var status = stat()
    return descriptor(named: path) != nil
      || stat(path, &status) == 0 && ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  /// Opens a file or a stream to be written to at its end. A descriptor's name gives that descriptor again, because
  /// another one would have a position of its own.
  package static func openForAppending(_ path: String) throws -> Int32 {
    let opened = descriptor(named: path)
    let result = opened.map { fcntl($0, F_DUPFD_CLOEXEC, 0) } ?? open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    guard result >= 0 else { throw OutputError(call: opened == nil ? "open" : "dup", path: path, code: errno) }
    return result
  }

  private static func descriptor(named path: String) -> Int32? {
    switch path {
    case "/dev/stdout": STDOUT_FILENO
    case "/dev/stderr": STDERR_FILENO
    default:
      ["/dev/fd/", "/proc/self/fd/"].lazy.filter(path.hasPrefix).compactMap { Int32(path.dropFirst($0.count)) }.first
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
