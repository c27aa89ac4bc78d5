internal import Files

/// Reads the objects of one list of a JSON document one at a time, so that a document of any length needs the memory of
/// its longest object: `{"info": …, "playlists": [{…}, {…}, …]}`. Plain or gzip.
///
/// Only the outline is read here, with an eye on strings and brackets; what is inside an object is the decoder's matter.
final class JSONListReader {
  /// One object of the list.
  struct Element {
    /// The text from brace to brace.
    var bytes: [UInt8]
    /// Line, from 1, of the opening brace.
    var line: Int
  }

  private let path: String
  private let key: String
  private let source: ByteReader
  private var chunk = UnsafeRawBufferPointer(start: nil, count: 0)
  private var position = 0
  private var line = 1
  private var captured: [UInt8] = []
  private var isCapturing = false
  private enum Place { case beforeDocument, inList, afterDocument }
  private var place = Place.beforeDocument
  private var hasList = false
  private static let deepestNesting = 256
  private static let largestElement = 1 << 28

  /// - Parameter key: the list's name in the document.
  /// - Throws: `InputError` when the file cannot be read.
  init(path: String, key: String) throws {
    self.path = path
    self.key = key
    source = try ByteReader(path: path)
  }

  /// The next object; nil at the end of a well-formed document.
  /// - Throws: `InputError` naming the line where the document stops being one, or lacks the list.
  func next() throws -> Element? {
    if place == .beforeDocument { try openDocument() }
    while place == .inList {
      switch try significant() {
      case UInt8(ascii: "{"): return try readElement()
      case UInt8(ascii: "]"):
        try take()
        if try significant() == UInt8(ascii: ",") {
          try take()
          try readMembers()
        } else {
          try closeDocument()
        }
      default: throw foreign("the list \(key) holds something that is not an object")
      }
    }
    return nil
  }

  /// Reads an object and the comma after it.
  private func readElement() throws -> Element {
    captured.removeAll(keepingCapacity: true)
    let start = line
    isCapturing = true
    try skipValue()
    isCapturing = false
    let element = Element(bytes: captured, line: start)
    if try significant() == UInt8(ascii: ",") {
      try take()
      guard try significant() == UInt8(ascii: "{") else { throw foreign("an object was expected after the comma") }
    } else {
      guard try significant() == UInt8(ascii: "]") else { throw foreign("a comma or ] was expected") }
    }
    return element
  }

  // MARK: The outline

  private func openDocument() throws {
    if try peek() == 0xEF { for _ in 0..<3 { try take() } }  // byte-order mark
    guard let first = try significantIfAny() else {
      throw InputError(path: path, reason: "the file is empty", remedy: Self.remedy)
    }
    guard first == UInt8(ascii: "{") else { throw foreign("the file is not a JSON object") }
    try take()
    if try significant() == UInt8(ascii: "}") { try closeDocument() } else { try readMembers() }
  }

  /// Reads members of the document up to the beginning of the list or the document's end.
  private func readMembers() throws {
    while true {
      guard try significant() == UInt8(ascii: "\"") else { throw foreign("a member's name was expected") }
      captured.removeAll(keepingCapacity: true)
      isCapturing = true
      try skipString()
      isCapturing = false
      let name = captured.dropFirst().dropLast()
      guard try significant() == UInt8(ascii: ":") else { throw foreign("a colon was expected") }
      try take()
      if name.elementsEqual(key.utf8) {
        guard try significant() == UInt8(ascii: "[") else { throw foreign("\(key) is not a list") }
        try take()
        hasList = true
        place = .inList
        return
      }
      _ = try significant()
      try skipValue()
      guard try significant() == UInt8(ascii: ",") else { break }
      try take()
    }
    try closeDocument()
  }

  private func closeDocument() throws {
    guard try significant() == UInt8(ascii: "}") else { throw foreign("a comma or } was expected") }
    try take()
    if try significantIfAny() != nil { throw foreign("something follows the document") }
    guard hasList else { throw InputError(path: path, reason: "there is no list \(key)", remedy: Self.remedy) }
    place = .afterDocument
  }

  // MARK: Values

  /// Passes over one value: a string, an object or list with all that it holds, or a bare word or number.
  private func skipValue() throws {
    var closing: [UInt8] = []
    repeat {
      let byte = try significant()
      switch byte {
      case UInt8(ascii: "\""): try skipString()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard closing.count < Self.deepestNesting else { throw foreign("values are nested too deeply") }
        closing.append(byte + 2)  // ASCII has the closing bracket two places later
        try take()
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard closing.popLast() == byte else { throw foreign("brackets do not match") }
        try take()
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard !closing.isEmpty else { throw foreign("a value was expected") }
        try take()
      default:
        repeat { try take() } while try peek().map(Self.isInBareWord) ?? false
      }
      guard captured.count <= Self.largestElement else { throw foreign("one object is longer than 256 MiB") }
    } while !closing.isEmpty
  }

  private func skipString() throws {
    try take()
    while true {
      switch try take() {
      case UInt8(ascii: "\""): return
      case UInt8(ascii: "\\"): try take()
      default: break
      }
      if captured.count > Self.largestElement { throw foreign("one string is longer than 256 MiB") }
    }
  }

  private static func isInBareWord(_ byte: UInt8) -> Bool {
    !isSpace(byte) && !#""{}[],:"#.utf8.contains(byte)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

  // MARK: Bytes

  /// The next byte that is not white space, without taking it.
  private func significant() throws -> UInt8 {
    guard let byte = try significantIfAny() else { throw truncated() }
    return byte
  }

  private func significantIfAny() throws -> UInt8? {
    while let byte = try peek() {
      guard Self.isSpace(byte) else { return byte }
      try take()
    }
    return nil
  }

  @inline(__always)
  private func peek() throws -> UInt8? {
    if position == chunk.count {
      chunk = try source.next()
      position = 0
      if chunk.isEmpty { return nil }
    }
    return chunk[position]
  }

  @inline(__always) @discardableResult
  private func take() throws -> UInt8 {
    guard let byte = try peek() else { throw truncated() }
    position += 1
    if byte == 0x0A { line += 1 }
    if isCapturing { captured.append(byte) }
    return byte
  }

  private func truncated() -> InputError {
    InputError(
      path: path, line: line, reason: "the JSON ends in the middle", remedy: "Copy or download the file again.")
  }

  private func foreign(_ reason: String) -> InputError {
    InputError(path: path, line: line, reason: reason, remedy: Self.remedy)
  }

  private static let remedy = "A slice of the Million Playlist Dataset is {\"info\": …, \"playlists\": [{…}, …]}."
}
