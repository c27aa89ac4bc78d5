internal import CZlib
package import Files

/// Packs what is appended as one gzip member (RFC 1952) and hands it on. Equal bytes give an equal file: no time in it.
package final class GzipSink: ByteSink {
  private var sink: AtomicFile.Sink
  private var stream = z_stream()
  private var packed = [UInt8](repeating: 0, count: 1 << 16)

  package init(_ sink: AtomicFile.Sink) {
    self.sink = sink
    let gzipWithLargestWindow: Int32 = 16 + MAX_WBITS
    let memoryLevel: Int32 = 8
    let status = deflateInit2_(
      &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzipWithLargestWindow, memoryLevel, Z_DEFAULT_STRATEGY,
      ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "GzipSink: deflateInit2 gave \(status)")
  }

  deinit { deflateEnd(&stream) }

  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    let largestInput = 1 << 30  // zlib counts in 32 bits
    for start in stride(from: 0, to: bytes.count, by: largestInput) {
      let end = min(bytes.count, start + largestInput)
      try pack(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), flush: Z_NO_FLUSH)
    }
  }

  /// To be called at the end.
  package func finish() throws { try pack(UnsafeRawBufferPointer(start: nil, count: 0), flush: Z_FINISH) }

  private func pack(_ bytes: UnsafeRawBufferPointer, flush: Int32) throws {
    // zlib's header lacks the const; the input is not written to.
    stream.next_in = UnsafeMutableRawPointer(mutating: bytes.baseAddress)?.assumingMemoryBound(to: UInt8.self)
    stream.avail_in = UInt32(bytes.count)
    repeat {
      let count = packed.withUnsafeMutableBufferPointer { output in
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        let status = deflate(&stream, flush)
        precondition(status != Z_STREAM_ERROR, "GzipSink: deflate was called out of turn")
        return output.count - Int(stream.avail_out)
      }
      try packed.withUnsafeBytes { try sink.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    } while stream.avail_out == 0
  }
}
