internal import CZlib
internal import Files
internal import Glibc

/// Where a `ByteReader` gets its bytes: a file, a member of an archive.
package protocol ByteSource: AnyObject {
  /// Fills the beginning of `buffer`.
  /// - Returns: bytes read; 0 at the end.
  /// - Throws: `InputError`.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// Reads a file from front to back in chunks, unpacking it on the way when it is gzip.
///
/// Gzip is told by its first two bytes, not by the file's name. Members that follow each other are one text (RFC 1952);
/// zero bytes after the last member are padding. At most two chunks are in memory. A text that grows out of all
/// proportion to its packed size is refused.
package final class ByteReader {
  /// For messages.
  package let path: String
  package let isGzip: Bool
  private let source: any ByteSource
  private let packed: UnsafeMutableRawBufferPointer
  private let unpacked: UnsafeMutableRawBufferPointer
  /// The part of `packed` that was read from the file and not yet used.
  private var pending: Range<Int>
  private var stream = z_stream()
  private var isInsideMember: Bool
  private var isAtEnd = false
  private var peeked: UnsafeRawBufferPointer?
  private var proportion = UnpackedProportion()
  private static let chunkSize = 1 << 17

  /// - Throws: `InputError` when the file cannot be opened or read.
  package convenience init(path: String) throws { try self.init(FileBytes(path: path), path: path) }

  /// - Parameter path: what messages call the source.
  /// - Throws: `InputError` when the source cannot be read.
  package init(_ source: any ByteSource, path: String) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkSize, alignment: 16)
    do {
      var count = 0
      while count < 2 {  // the magic bytes may arrive one by one, from a pipe
        let more = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
        if more == 0 { break }
        count += more
      }
      pending = 0..<count
    } catch {
      buffer.deallocate()
      throw error
    }
    isGzip = pending.count >= 2 && buffer[0] == 0x1F && buffer[1] == 0x8B
    isInsideMember = isGzip
    self.path = path
    self.source = source
    packed = buffer
    unpacked = UnsafeMutableRawBufferPointer.allocate(byteCount: isGzip ? Self.chunkSize : 0, alignment: 16)
    if isGzip {
      let gzipWithLargestWindow: Int32 = 16 + MAX_WBITS
      let status = inflateInit2_(&stream, gzipWithLargestWindow, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      precondition(status == Z_OK, "ByteReader: inflateInit2 gave \(status)")
      proportion.packed = pending.count
    }
  }

  deinit {
    if isGzip { inflateEnd(&stream) }
    packed.deallocate()
    unpacked.deallocate()
  }

  /// The next bytes of the text, valid until the next call; empty at the end.
  /// - Throws: `InputError` when the file cannot be read or its gzip data are broken or cut off.
  package func next() throws -> UnsafeRawBufferPointer {
    if let chunk = peeked {
      peeked = nil
      return chunk
    }
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

  /// What `next` will return, to see what kind of text this is.
  package func peek() throws -> UnsafeRawBufferPointer {
    if peeked == nil { peeked = try next() }
    return peeked!
  }

  private func refill() throws {
    pending = 0..<(try source.read(into: packed))
    proportion.packed += pending.count
  }

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
    let chunk = UnsafeRawBufferPointer(rebasing: unpacked[..<(unpacked.count - Int(stream.avail_out))])
    try proportion.add(chunk.count, path: path)
    return chunk
  }
}

/// Tells texts from bombs: nothing that people keep is a few bytes packed and gigabytes unpacked.
package struct UnpackedProportion {
  /// Bytes before and after unpacking, so far.
  package var packed = 0
  private var unpacked = 0
  private static let harmlessSize = 1 << 26
  private static let largest = 200

  package init() {}

  /// - Throws: `InputError` when more than 64 MiB have come of less than a 200th of that.
  package mutating func add(_ count: Int, path: String) throws {
    unpacked += count
    guard unpacked <= Self.harmlessSize || unpacked / Self.largest <= packed else {
      throw InputError(
        path: path, reason: "unpacks to more than \(Self.largest) times its size, which looks like a bomb",
        remedy: "If it is none, unpack it first.")
    }
  }
}

/// The bytes of a file.
package final class FileBytes: ByteSource {
  private let descriptor: Int32
  private let path: String

  /// - Throws: `InputError` when the file cannot be opened.
  package init(path: String) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path: path, code: errno) }
  }

  deinit { close(descriptor) }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw Self.failure(path: path, code: errno) }
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
