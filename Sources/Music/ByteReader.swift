internal import CZlib
internal import Files
internal import Glibc

/// Reads a file from front to back in chunks, unpacking it on the way when it is gzip.
///
/// Gzip is told by its first two bytes, not by the file's name. Members that follow each other are one text (RFC 1952);
/// zero bytes after the last member are padding. At most two chunks are in memory.
package final class ByteReader {
  package let path: String
  package let isGzip: Bool
  private let descriptor: Int32
  private let packed: UnsafeMutableRawBufferPointer
  private let unpacked: UnsafeMutableRawBufferPointer
  /// The part of `packed` that was read from the file and not yet used.
  private var pending: Range<Int>
  private var stream = z_stream()
  private var isInsideMember: Bool
  private var isAtEnd = false
  private static let chunkSize = 1 << 17

  /// - Throws: `InputError` when the file cannot be opened or read.
  package init(path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path: path, code: errno) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkSize, alignment: 16)
    do {
      var count = 0
      while count < 2 {  // the magic bytes may arrive one by one, from a pipe
        let more = try Self.fill(
          UnsafeMutableRawBufferPointer(rebasing: buffer[count...]), from: descriptor, path: path)
        if more == 0 { break }
        count += more
      }
      pending = 0..<count
    } catch {
      buffer.deallocate()
      close(descriptor)
      throw error
    }
    isGzip = pending.count >= 2 && buffer[0] == 0x1F && buffer[1] == 0x8B
    isInsideMember = isGzip
    self.path = path
    self.descriptor = descriptor
    packed = buffer
    unpacked = UnsafeMutableRawBufferPointer.allocate(byteCount: isGzip ? Self.chunkSize : 0, alignment: 16)
    if isGzip {
      let gzipWithLargestWindow: Int32 = 16 + MAX_WBITS
      let status = inflateInit2_(&stream, gzipWithLargestWindow, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      precondition(status == Z_OK, "ByteReader: inflateInit2 gave \(status)")
    }
  }

  deinit {
    if isGzip { inflateEnd(&stream) }
    packed.deallocate()
    unpacked.deallocate()
    close(descriptor)
  }

  /// The next bytes of the text, valid until the next call; empty at the end.
  /// - Throws: `InputError` when the file cannot be read or its gzip data are broken or cut off.
  package func next() throws -> UnsafeRawBufferPointer {
    guard isGzip else {
      if pending.isEmpty { try refill() }
      defer { pending = 0..<0 }
      return UnsafeRawBufferPointer(rebasing: packed[pending])
    }
    while !isAtEnd {
      let chunk = try inflateChunk()
      if !chunk.isEmpty { return chunk }
    }
    return UnsafeRawBufferPointer(start: nil, count: 0)
  }

  private func refill() throws { pending = 0..<(try Self.fill(packed, from: descriptor, path: path)) }

  private func inflateChunk() throws -> UnsafeRawBufferPointer {
    if pending.isEmpty { try refill() }
    if pending.isEmpty {
      isAtEnd = true
      guard !isInsideMember else {
        throw InputError(path: path, reason: "the gzip data end too early", remedy: "Copy or download the file again.")
      }
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    if !isInsideMember {
      if packed[pending.lowerBound] == 0 {
        pending = (pending.lowerBound + 1)..<pending.upperBound
        return UnsafeRawBufferPointer(start: nil, count: 0)
      }
      inflateReset(&stream)
      isInsideMember = true
    }
    stream.next_in = packed.baseAddress!.advanced(by: pending.lowerBound).assumingMemoryBound(to: UInt8.self)
    stream.avail_in = UInt32(pending.count)
    stream.next_out = unpacked.baseAddress!.assumingMemoryBound(to: UInt8.self)
    stream.avail_out = UInt32(unpacked.count)
    let status = inflate(&stream, Z_NO_FLUSH)
    pending = (pending.upperBound - Int(stream.avail_in))..<pending.upperBound
    switch status {
    case Z_STREAM_END: isInsideMember = false
    case Z_OK, Z_BUF_ERROR: break
    default:
      let detail = stream.msg.map { ": \(String(cString: $0))" } ?? ""
      throw InputError(
        path: path, reason: "the gzip data are broken\(detail)", remedy: "Copy or download the file again.")
    }
    return UnsafeRawBufferPointer(rebasing: unpacked[..<(unpacked.count - Int(stream.avail_out))])
  }

  private static func fill(_ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32, path: String) throws -> Int
  {
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw failure(path: path, code: errno) }
    }
  }

  private static func failure(path: String, code: Int32) -> InputError {
    let remedy =
      switch code {
      case ENOENT: "Check the path."
      case EISDIR: "Name a file, not a folder."
      case EACCES: "Check the file's permissions."
      default: ""
      }
    return InputError(path: path, reason: "cannot be read (\(String(cString: strerror(code))))", remedy: remedy)
  }
}
