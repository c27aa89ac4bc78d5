/// A binary file of sections that can be used where they lie once the file is mapped.
///
///     magic (8 bytes) · version (UInt32) · section count (UInt32) · bytes of the file (UInt64)
///     offset and byte count of each section (UInt64 each)
///     the sections, each at a multiple of 64 bytes
///
/// Little endian. Opening checks every bound; what the sections mean is their owner's business.
package struct SectionFile: Sendable {
  /// What tells one kind of file from another.
  package struct Format: Sendable {
    /// Eight ASCII characters.
    package let magic: String
    package let version: UInt32
    package let sectionCount: Int
    /// For messages, for example "a song catalogue".
    package let name: String
    /// How the reader gets a good file.
    package let remedy: String

    package init(magic: String, version: UInt32, sectionCount: Int, name: String, remedy: String) {
      precondition(magic.utf8.count == 8, "SectionFile: the magic \(magic) must have 8 bytes")
      self.magic = magic
      self.version = version
      self.sectionCount = sectionCount
      self.name = name
      self.remedy = remedy
    }
  }

  package static let alignment = 64
  private static let headerSize = 24

  package let format: Format
  package var path: String { file.path }
  private let file: MappedFile
  /// Valid while this value lives.
  package nonisolated(unsafe) let sections: [UnsafeRawBufferPointer]  // parts of `file`, never written

  /// Opens the file at `path` as `MappedFile` does and checks its header and the bounds of its sections.
  /// - Throws: `InputError` for a file that is missing, foreign, truncated or of another version.
  package init(path: String, format: Format) throws {
    file = try MappedFile(path: path)
    self.format = format
    let bytes = file.bytes
    func fail(_ reason: String) -> InputError { InputError(path: path, reason: reason, remedy: format.remedy) }

    guard bytes.count >= 8, bytes.prefix(8).elementsEqual(format.magic.utf8) else {
      throw fail("not \(format.name)")
    }
    guard bytes.count >= Self.headerSize else { throw fail("truncated: \(bytes.count) bytes") }
    let version = UInt32(littleEndian: bytes.load(fromByteOffset: 8, as: UInt32.self))
    guard version == format.version else {
      throw fail("\(format.name) of version \(version); this program reads version \(format.version)")
    }
    let sectionCount = UInt32(littleEndian: bytes.load(fromByteOffset: 12, as: UInt32.self))
    let byteCount = UInt64(littleEndian: bytes.load(fromByteOffset: 16, as: UInt64.self))
    guard byteCount == bytes.count else {
      throw fail("truncated or damaged: \(bytes.count) bytes where \(byteCount) were written")
    }
    let bodyStart = Self.headerSize + 16 * format.sectionCount
    guard sectionCount == format.sectionCount, bytes.count >= bodyStart else {
      throw fail("damaged: \(sectionCount) sections instead of \(format.sectionCount)")
    }
    sections = try (0..<format.sectionCount).map { section in
      let entry = Self.headerSize + 16 * section
      let offset = UInt64(littleEndian: bytes.load(fromByteOffset: entry, as: UInt64.self))
      let count = UInt64(littleEndian: bytes.load(fromByteOffset: entry + 8, as: UInt64.self))
      guard offset >= bodyStart, offset <= byteCount, count <= byteCount - offset,
        offset % UInt64(Self.alignment) == 0
      else { throw fail("damaged: section \(section) lies outside the file") }
      return UnsafeRawBufferPointer(rebasing: bytes[Int(offset)..<Int(offset + count)])
    }
  }

  /// A section as `count` elements of one type.
  /// - Throws: `InputError` when it has another size.
  package func section<Element: BitwiseCopyable>(
    _ index: Int, of type: Element.Type, count: Int
  ) throws -> UnsafeBufferPointer<Element> {
    let (expected, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflow, count >= 0, sections[index].count == expected else {
      throw damaged("section \(index) has \(sections[index].count) bytes instead of \(count) elements")
    }
    return sections[index].bindMemory(to: type)
  }

  package func damaged(_ reason: String) -> InputError {
    InputError(path: path, reason: "damaged: \(reason)", remedy: format.remedy)
  }

  /// What a section is written from.
  package struct Content {
    let byteCount: Int
    let append: (inout AtomicFile.Sink) throws -> Void

    package init<Element: BitwiseCopyable>(_ values: [Element]) {
      byteCount = values.count * MemoryLayout<Element>.stride
      append = { try $0.append(values) }
    }

    /// - Parameter append: writes exactly `byteCount` bytes.
    package init(byteCount: Int, append: @escaping (inout AtomicFile.Sink) throws -> Void) {
      self.byteCount = byteCount
      self.append = { sink in
        let start = sink.count
        try append(&sink)
        precondition(sink.count - start == byteCount, "SectionFile: \(sink.count - start) bytes, not \(byteCount)")
      }
    }

    /// - Parameter values: valid until the file is written.
    package init<Element: BitwiseCopyable>(_ values: UnsafeBufferPointer<Element>) {
      byteCount = values.count * MemoryLayout<Element>.stride
      append = { try $0.append(UnsafeRawBufferPointer(values)) }
    }
  }

  /// Writes a file of this kind.
  /// - Throws: `OutputError`; an old file at `path` survives.
  package static func write(_ sections: [Content], format: Format, to path: String) throws {
    precondition(
      sections.count == format.sectionCount, "SectionFile: \(sections.count) sections of \(format.sectionCount)")
    var offset = aligned(headerSize + 16 * sections.count)
    var table: [UInt64] = []
    for section in sections {
      table += [UInt64(offset).littleEndian, UInt64(section.byteCount).littleEndian]
      offset = aligned(offset + section.byteCount)
    }
    try AtomicFile.write(to: path) { sink in
      try sink.append(Array(format.magic.utf8))
      try sink.append([format.version.littleEndian, UInt32(sections.count).littleEndian])
      try sink.append([UInt64(offset).littleEndian])
      try sink.append(table)
      for section in sections {
        try sink.append([UInt8](repeating: 0, count: aligned(sink.count) - sink.count))
        try section.append(&sink)
      }
      try sink.append([UInt8](repeating: 0, count: offset - sink.count))
    }
  }

  private static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }
}
