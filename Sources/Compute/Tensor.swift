/// A run of 32-bit floats in the memory of one backend: a slice of a buffer, nothing more.
/// Shapes are stated where tensors are used; all are row-major.
package struct Tensor {
  /// The buffer; its type belongs to the backend that made it.
  package let storage: TensorStorage
  /// First element of the slice within the buffer.
  package let offset: Int
  /// Elements in the slice.
  package let count: Int

  package init(storage: TensorStorage, offset: Int = 0, count: Int) {
    precondition(
      offset >= 0 && count >= 0 && offset + count <= storage.count,
      "Tensor: [\(offset), \(offset + count)) lies outside a buffer of \(storage.count)")
    self.storage = storage
    self.offset = offset
    self.count = count
  }

  /// Elements `range` of this tensor, sharing its memory.
  package subscript(range: Range<Int>) -> Tensor {
    precondition(range.upperBound <= count, "Tensor: \(range) lies outside \(count) elements")
    return Tensor(storage: storage, offset: offset + range.lowerBound, count: range.count)
  }
}

/// A buffer in some backend's memory. `version` grows with every write, so that forms derived from the contents
/// (packed weights) can be kept while it stands still.
package class TensorStorage {
  package let count: Int
  package internal(set) var version = 0
  init(count: Int) { self.count = count }
}
