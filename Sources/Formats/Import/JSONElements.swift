internal import CSimdjson
internal import Dispatch
internal import Files
internal import Music

/// Finds the objects of a JSON text one at a time, so that a text of any length needs the memory of its longest object:
/// those of the list at `path` (`{"info": …, "playlists": [{…}, {…}, …]}`), or, with an empty path, those of a list, or
/// those that follow each other, as in JSON lines.
///
/// Only the outline is read here, with an eye on strings and brackets; what is inside an object is simdjson's matter. A
/// thread of its own reads, unpacks and cuts, some pieces ahead of the caller.
final class JSONElements {
  /// Objects that lie in one piece of memory, with what simdjson wants to read behind them.
  struct Piece {
    fileprivate(set) var bytes: [UInt8]
    /// Where each object lies, and the line it begins on.
    fileprivate(set) var objects: [(range: Range<Int>, line: Int)]
  }

  private enum Event { case piece(Piece), fault(InputError), end }

  private let queue: ReadAhead<Event>
  /// The text stopped being JSON, or ended too early: what came before was given.
  private(set) var failure: InputError?

  /// - Parameters:
  ///   - path: names of the objects' list within the document, outermost first.
  ///   - what: is expected, for messages.
  init(_ source: ByteReader, path: [String], what: String) {
    let outline = JSONOutline(source, path: path, what: what)
    queue = ReadAhead {
      do {
        guard let piece = try outline.next() else { return .end }
        return .piece(piece)
      } catch {
        return .fault((error as? InputError) ?? InputError(path: source.path, reason: "\(error)"))
      }
    }
  }

  /// The next objects; nil at the end of the text, or when `failure` says why it ends here.
  func next() -> Piece? {
    guard failure == nil else { return nil }
    switch queue.next() {
    case .piece(let piece): return piece
    case .fault(let error):
      failure = error
      return nil
    case .end: return nil
    }
  }
}

/// Computes the next few values of a series on a thread of its own.
private final class ReadAhead<Value> {
  private static var depth: Int { 2 }
  private let produce: () -> Value
  private let queue = DispatchQueue(label: "segue.import")
  /// Values in preparation, the next one first.
  private var ahead: [Preparation] = []

  /// `@unchecked Sendable`: `value` is written once, before the signal, and read once, after it; `produce` is called by the
  /// queue's one thread only.
  private final class Preparation: @unchecked Sendable {
    private let produce: () -> Value
    private var value: Value?
    private let done = DispatchSemaphore(value: 0)

    init(_ produce: @escaping () -> Value) { self.produce = produce }

    func run() {
      value = produce()
      done.signal()
    }

    func wait() -> Value {
      done.wait()
      return value!
    }
  }

  init(_ produce: @escaping () -> Value) { self.produce = produce }

  func next() -> Value {
    while ahead.count <= Self.depth {
      let preparation = Preparation(produce)
      queue.async { preparation.run() }
      ahead.append(preparation)
    }
    return ahead.removeFirst().wait()
  }
}

/// Cuts a text into the objects that `JSONElements` gives.
private final class JSONOutline {
  private static let pieceSize = 1 << 21
  private static let deepestNesting = 256
  /// What `null` begins with: nothing where an object could be.
  private static let null = UInt8(ascii: "n")
  private static let largestObject = 1 << 28

  private let source: ByteReader
  private let path: [String]
  private let what: String
  /// What was read and not yet given, from `position` on.
  private var buffer: [UInt8] = []
  private var position = 0
  /// Line at `position`.
  private var line = 1
  private var isAtEnd = false
  private enum Place { case beforeText, inList, inSeries, afterText }
  private var place = Place.beforeText
  /// Objects that are open around the list.
  private var openObjects = 0
  /// Found behind objects that had to be given first.
  private var failure: (any Error)?

  init(_ source: ByteReader, path: [String], what: String) {
    (self.source, self.path, self.what) = (source, path, what)
  }

  /// - Throws: `InputError` naming the line where the text stops being one, or lacks the list.
  func next() throws -> JSONElements.Piece? {
    if let failure { throw failure }
    var objects: [(range: Range<Int>, line: Int)] = []
    do {
      if place == .beforeText { try openText() }
      discardRead()
      while place != .afterText, position < Self.pieceSize || objects.isEmpty {
        let byte = try significantIfAny()
        guard byte == UInt8(ascii: "{") || place == .inList && byte == Self.null else {
          try endList(at: byte)
          break
        }
        let (start, startLine) = (position, line)
        try skipValue()
        if byte != Self.null { objects.append((start..<position, startLine)) }
        if place == .inList { try passComma() }
      }
    } catch {
      failure = error
      if objects.isEmpty { throw error }
    }
    guard !objects.isEmpty else { return nil }
    let end = objects[objects.count - 1].range.upperBound
    var bytes = Array(buffer[..<end])
    bytes.append(contentsOf: repeatElement(0x20, count: Int(segue_json_padding)))
    return JSONElements.Piece(bytes: bytes, objects: objects)
  }

  private func passComma() throws {
    switch try significant() {
    case UInt8(ascii: ","):
      position += 1
      guard [UInt8(ascii: "{"), Self.null].contains(try significant()) else {
        throw foreign("an object was expected after the comma")
      }
    case UInt8(ascii: "]"): break
    default: throw foreign("a comma or ] was expected")
    }
  }

  private func endList(at byte: UInt8?) throws {
    if place == .inSeries {
      guard byte == nil else { throw foreign("an object was expected") }
      place = .afterText
      return
    }
    guard let byte else { throw truncated() }
    guard byte == UInt8(ascii: "]") else { throw foreign("the list holds something that is not an object") }
    position += 1
    // Members that follow the list, at every level.
    while openObjects > 0 {
      while try significant() == UInt8(ascii: ",") {
        position += 1
        _ = try readName()
        try skipValue()
      }
      guard try significant() == UInt8(ascii: "}") else { throw foreign("a comma or } was expected") }
      position += 1
      openObjects -= 1
    }
    if try significantIfAny() != nil { throw foreign("something follows the document") }
    place = .afterText
  }

  // MARK: The way to the list

  private func openText() throws {
    if try peek() == 0xEF { position += 3 }  // byte-order mark
    guard let first = try significantIfAny() else {
      throw InputError(path: source.path, reason: "the file is empty", remedy: remedy)
    }
    if path.isEmpty {
      guard first == UInt8(ascii: "[") else {
        guard first == UInt8(ascii: "{") else { throw foreign("the file is no JSON") }
        place = .inSeries
        return
      }
    } else {
      for name in path { try enter(name) }
      guard try significant() == UInt8(ascii: "[") else { throw foreign("\(path.last!) is not a list") }
    }
    position += 1
    place = .inList
  }

  /// Goes into the object that begins here, to the value of one of its members.
  private func enter(_ name: String) throws {
    guard try significant() == UInt8(ascii: "{") else { throw foreign("an object was expected") }
    position += 1
    openObjects += 1
    if try significant() == UInt8(ascii: "}") { throw foreign("there is no list \(path.joined(separator: "."))") }
    while true {
      if try readName().elementsEqual(name.utf8) { return }
      try skipValue()
      guard try significant() == UInt8(ascii: ",") else {
        throw foreign("there is no list \(path.joined(separator: "."))")
      }
      position += 1
    }
  }

  private func readName() throws -> [UInt8] {
    guard try significant() == UInt8(ascii: "\"") else { throw foreign("a member's name was expected") }
    let start = position
    let consumed = try skipString(from: start)
    guard try significant() == UInt8(ascii: ":") else { throw foreign("a colon was expected") }
    position += 1
    return Array(consumed)
  }

  // MARK: Values

  /// Passes over one value. `position` is behind it then; what lies before stays in the buffer.
  private func skipValue() throws {
    let first = try significant()
    guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
      if first == UInt8(ascii: "\"") {
        _ = try skipString(from: position)
      } else {
        guard !Self.ends(first) else { throw foreign("a value was expected") }
        while let byte = try peek(), !Self.ends(byte), !Self.isSpace(byte) { position += 1 }
      }
      return
    }
    let start = position
    var scan = BracketScan()
    while true {
      let end = buffer.withUnsafeBufferPointer { scan.run($0, from: &position, line: &line) }
      if end { break }
      guard scan.depth <= Self.deepestNesting else { throw foreign("values are nested too deeply") }
      guard position - start <= Self.largestObject else { throw foreign("one object is longer than 256 MiB") }
      guard try fill() else { throw truncated() }
    }
    guard scan.depth == 0 else {
      throw foreign(scan.depth < 0 ? "brackets do not match" : "values are nested too deeply")
    }
  }

  /// The bytes between the quotes of the string that begins here.
  private func skipString(from start: Int) throws -> ArraySlice<UInt8> {
    position = start + 1
    while true {
      guard let byte = try peek() else { throw truncated() }
      if byte == UInt8(ascii: "\"") { break }
      position += byte == UInt8(ascii: "\\") ? 2 : 1
      guard position - start <= Self.largestObject else { throw foreign("one string is longer than 256 MiB") }
    }
    position += 1
    return buffer[start + 1..<position - 1]
  }

  private static func ends(_ byte: UInt8) -> Bool { "{}[],:\"".utf8.contains(byte) }
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

  // MARK: Bytes

  private func significant() throws -> UInt8 {
    guard let byte = try significantIfAny() else { throw truncated() }
    return byte
  }

  /// The next byte that is not white space, without taking it.
  private func significantIfAny() throws -> UInt8? {
    while let byte = try peek() {
      guard Self.isSpace(byte) else { return byte }
      if byte == 0x0A { line += 1 }
      position += 1
    }
    return nil
  }

  private func peek() throws -> UInt8? {
    while position >= buffer.count { if try !fill() { return nil } }
    return buffer[position]
  }

  private func discardRead() {
    buffer.removeSubrange(..<position)
    position = 0
  }

  /// Reads on. False at the end of the text.
  private func fill() throws -> Bool {
    guard !isAtEnd else { return false }
    let chunk = try source.next()
    isAtEnd = chunk.isEmpty
    buffer.append(contentsOf: chunk)
    return !isAtEnd
  }

  private func truncated() -> InputError {
    InputError(
      path: source.path, line: line, reason: "the JSON ends in the middle", remedy: "Copy or download the file again.")
  }

  private func foreign(_ reason: String) -> InputError {
    InputError(path: source.path, line: line, reason: reason, remedy: remedy)
  }

  private var remedy: String { "Expected: \(what)." }
}

/// Goes through an object or list up to its closing bracket, over any number of buffers.
private struct BracketScan {
  private(set) var depth = 0
  private var isInString = false
  private var isEscaped = false
  /// Whether what is open at each depth is a list.
  private var lists: [Bool] = []

  /// - Returns: whether the end was found; `position` is behind it then, otherwise at the buffer's end.
  mutating func run(_ bytes: UnsafeBufferPointer<UInt8>, from position: inout Int, line: inout Int) -> Bool {
    var place = position
    let count = bytes.count
    defer { position = place }
    while place < count {
      if isInString {
        if isEscaped {
          isEscaped = false
          place += 1
          continue
        }
        while place < count, bytes[place] != UInt8(ascii: "\""), bytes[place] != UInt8(ascii: "\\") { place += 1 }
        guard place < count else { return false }
        if bytes[place] == UInt8(ascii: "\\") { isEscaped = true } else { isInString = false }
        place += 1
        continue
      }
      let byte = bytes[place]
      place += 1
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "\n"): line += 1
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        if depth > 300 { return true }
        lists.append(byte == UInt8(ascii: "["))
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard lists.popLast() == (byte == UInt8(ascii: "]")) else {
          depth = -1
          return true
        }
        depth -= 1
        if depth == 0 { return true }
      default: break
      }
    }
    return false
  }
}
