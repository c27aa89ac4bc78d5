internal import Glibc

/// A whole file in memory for reading: mapped, so that pages are loaded when they are touched, or copied.
package final class MappedFile: Sendable {
  /// Whether files opened from here on are copied. What is mapped changes with the file, and where somebody cuts the file
  /// short in place, touching it ends the program (SIGBUS): who serves for days cannot have that.
  @TaskLocal package static var copies = false

  package let path: String
  /// The whole file. Valid only while this object lives: keep it in a property, never use `MappedFile(…).bytes`.
  package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer  // never written after init
  private let isCopy = MappedFile.copies

  /// - Throws: `InputError` when the file cannot be opened or read.
  package init(path: String) throws {
    self.path = path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw InputError(path: path, reason: String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw InputError(path: path, reason: "not a regular file")
    }
    let count = Int(status.st_size)
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let start =
      isCopy
      ? mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      : mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let start, start != MAP_FAILED else {
      throw InputError(path: path, reason: "mmap: \(String(cString: strerror(errno)))")
    }
    bytes = UnsafeRawBufferPointer(start: start, count: count)
    if isCopy { try Self.read(descriptor, into: start, count: count, path: path) }
  }

  private static func read(_ descriptor: Int32, into start: UnsafeMutableRawPointer, count: Int, path: String) throws {
    var filled = 0
    while filled < count {
      let result = Glibc.read(descriptor, start + filled, count - filled)
      if result < 0 && errno == EINTR { continue }
      guard result > 0 else {
        throw InputError(
          path: path, reason: result == 0 ? "was cut short while it was read" : String(cString: strerror(errno)))
      }
      filled += result
    }
  }

  /// The whole file as text; invalid UTF-8 is replaced.
  /// - Throws: `InputError` when the file cannot be opened.
  package static func text(path: String) throws -> String {
    let file = try MappedFile(path: path)
    return withExtendedLifetime(file) { String(decoding: file.bytes, as: UTF8.self) }
  }

  /// Gives back the memory of a mapped part that has been read; touched again, it is loaded again.
  package func release(_ range: Range<Int>) {
    guard !isCopy else { return }
    let page = 1 << 12
    let (start, end) = ((range.lowerBound + page - 1) / page * page, range.upperBound / page * page)
    guard start < end, end <= bytes.count else { return }
    madvise(UnsafeMutableRawPointer(mutating: bytes.baseAddress! + start), end - start, MADV_DONTNEED)
  }

  deinit {
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }
}
