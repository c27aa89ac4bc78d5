/// Takes bytes that are written piece by piece.
package protocol ByteSink {
  /// - Throws: `OutputError`.
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws
}

extension AtomicFile.Sink: ByteSink {}

/// Gathers bytes in memory.
package struct MemorySink: ByteSink {
  package private(set) var bytes: [UInt8] = []
  package init() {}
  package mutating func append(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }
}
