internal import CZlib
package import Files

/// Packs bytes as gzip (RFC 1952, one member, without a name or a time, so that equal texts give equal files) on their way
/// into a file.
package final class GzipWriter {
  private var stream = z_stream()
  private let packed = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)

  package init() {
    let gzipWithLargestWindow: Int32 = 16 + MAX_WBITS
    let status = deflateInit2_(
      &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzipWithLargestWindow, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "GzipWriter: deflateInit2 gave \(status)")
  }

  deinit {
    deflateEnd(&stream)
    packed.deallocate()
  }

  /// - Throws: `OutputError`.
  package func append(_ bytes: [UInt8], to sink: inout AtomicFile.Sink) throws {
    try bytes.withUnsafeBytes { try deflate($0, Z_NO_FLUSH, to: &sink) }
  }

  /// To be called once, at the end.
  /// - Throws: `OutputError`.
  package func finish(to sink: inout AtomicFile.Sink) throws {
    try deflate(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH, to: &sink)
  }

  private func deflate(_ bytes: UnsafeRawBufferPointer, _ flush: Int32, to sink: inout AtomicFile.Sink) throws {
    precondition(bytes.count <= UInt32.max, "GzipWriter: \(bytes.count) bytes at once")
    stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
    stream.avail_in = UInt32(bytes.count)
    repeat {
      stream.next_out = packed.baseAddress!.assumingMemoryBound(to: UInt8.self)
      stream.avail_out = UInt32(packed.count)
      let status = CZlib.deflate(&stream, flush)
      precondition(status != Z_STREAM_ERROR, "GzipWriter: used after its end")
      try sink.append(UnsafeRawBufferPointer(rebasing: packed[..<(packed.count - Int(stream.avail_out))]))
    } while stream.avail_out == 0
  }
}
