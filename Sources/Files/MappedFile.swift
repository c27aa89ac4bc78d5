internal import Glibc

/// A file mapped into memory for reading; pages are loaded when they are touched.
package final class MappedFile: Sendable {
  package let path: String
  /// The whole file. Valid only while this object lives: keep it in a property, never use `MappedFile(…).bytes`.
  package nonisolated(unsafe) let bytes: UnsafeRawBufferPointer  // never written after init

  /// - Throws: `InputError` when the file cannot be opened.
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
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      throw InputError(path: path, reason: "mmap: \(String(cString: strerror(errno)))")
    }
    bytes = UnsafeRawBufferPointer(start: start, count: count)
  }

  /// The whole file as text; invalid UTF-8 is replaced.
  /// - Throws: `InputError` when the file cannot be opened.
  package static func text(path: String) throws -> String {
    let file = try MappedFile(path: path)
    return withExtendedLifetime(file) { String(decoding: file.bytes, as: UTF8.self) }
  }

  /// Gives back the memory of a part that has been read; touched again, it is loaded again.
  package func release(_ range: Range<Int>) {
    let page = 1 << 12
    let (start, end) = ((range.lowerBound + page - 1) / page * page, range.upperBound / page * page)
    guard start < end, end <= bytes.count else { return }
    madvise(UnsafeMutableRawPointer(mutating: bytes.baseAddress! + start), end - start, MADV_DONTNEED)
  }

  deinit {
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }
}
