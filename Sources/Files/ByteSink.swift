/// Takes bytes that are written piece by piece.
package protocol ByteSink {
  /// - Throws: `OutputError`.
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws
}

extension AtomicFile.Sink: ByteSink {}
