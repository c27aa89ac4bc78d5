internal import CSimdjson
internal import Glibc

/// A value of a JSON document that `JSONParser` has read, on simdjson's tape. Valid until the parser reads the next one.
struct JSONValue {
  fileprivate let tape: UnsafePointer<UInt64>
  fileprivate let strings: UnsafePointer<UInt8>
  fileprivate let index: Int

  private var kind: UInt8 { UInt8(tape[index] >> 56) }
  private var payload: Int { Int(tape[index] & 0x00FF_FFFF_FFFF_FFFF) }

  /// Index behind the value.
  private var end: Int {
    switch kind {
    case UInt8(ascii: "{"), UInt8(ascii: "["): Int(tape[index] & 0xFFFF_FFFF)
    case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): index + 2
    default: index + 1
    }
  }

  var isNull: Bool { kind == UInt8(ascii: "n") }
  var isObject: Bool { kind == UInt8(ascii: "{") }
  var isList: Bool { kind == UInt8(ascii: "[") }

  /// What a person would call the value.
  var kindName: String {
    switch kind {
    case UInt8(ascii: "{"): "an object"
    case UInt8(ascii: "["): "a list"
    case UInt8(ascii: "\""): "text"
    case UInt8(ascii: "n"): "null"
    case UInt8(ascii: "t"), UInt8(ascii: "f"): "true or false"
    default: "a number"
    }
  }

  /// The bytes of text, escapes resolved; nil for anything else.
  var bytes: Bytes? {
    guard kind == UInt8(ascii: "\"") else { return nil }
    let start = strings + payload
    var length: UInt32 = 0
    memcpy(&length, start, 4)
    return Bytes(start: start + 4, count: Int(length))
  }

  var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

  /// A whole number, also one that is written with a point; nil for anything else and what 64 bits cannot hold.
  var integer: Int? {
    switch kind {
    case UInt8(ascii: "l"): Int(bitPattern: UInt(tape[index + 1]))
    case UInt8(ascii: "u"): Int(exactly: tape[index + 1])
    case UInt8(ascii: "d"): Int(exactly: Double(bitPattern: tape[index + 1]))
    default: nil
    }
  }

  var number: Double? {
    switch kind {
    case UInt8(ascii: "l"): Double(Int64(bitPattern: tape[index + 1]))
    case UInt8(ascii: "u"): Double(tape[index + 1])
    case UInt8(ascii: "d"): Double(bitPattern: tape[index + 1])
    default: nil
    }
  }

  /// The elements of a list, or nothing.
  func forEachElement(_ body: (JSONValue) throws -> Void) rethrows {
    guard isList else { return }
    let last = end - 1
    var next = index + 1
    while next < last {
      let value = JSONValue(tape: tape, strings: strings, index: next)
      try body(value)
      next = value.end
    }
  }

  /// The members of an object in their order, names that stand twice included, or nothing.
  @inline(__always)
  func forEachMember(_ body: (Bytes, JSONValue) throws -> Void) rethrows {
    guard isObject else { return }
    let last = end - 1
    var next = index + 1
    while next < last {
      let name = JSONValue(tape: tape, strings: strings, index: next)
      let value = JSONValue(tape: tape, strings: strings, index: next + 1)
      try body(name.bytes!, value)
      next = value.end
    }
  }

  /// The first member of this name.
  subscript(name: StaticString) -> JSONValue? {
    var found: JSONValue?
    forEachMember { if found == nil, $0 == name { found = $1 } }
    return found
  }
}

/// Reads JSON documents by simdjson.
final class JSONParser {
  private let parser: OpaquePointer

  /// What is wrong with a document, in English.
  struct Failure: Error { let reason: String }

  init() {
    guard let parser = segue_json_create() else { preconditionFailure("JSONParser: no memory") }
    self.parser = parser
  }

  deinit { segue_json_destroy(parser) }

  /// - Parameter bytes: one document; `Int(segue_json_padding)` bytes behind it are readable.
  /// - Returns: valid until the next call.
  /// - Throws: `Failure`.
  func parse(_ bytes: Bytes) throws -> JSONValue {
    var tape: UnsafePointer<UInt64>?
    var strings: UnsafePointer<UInt8>?
    let code = segue_json_parse(
      parser, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &tape, &strings)
    guard code == 0, let tape, let strings else {
      throw Failure(reason: Self.firstSentence(String(cString: segue_json_error(code))))
    }
    return JSONValue(tape: tape, strings: strings, index: 1)  // behind the root's own word
  }

  private static func firstSentence(_ text: String) -> String {
    String(text[..<(text.firstRange(of: ". ")?.lowerBound ?? text.endIndex)].drop { $0 == "." })
  }
}

extension Bytes {
  func hasPrefix(_ text: StaticString) -> Bool {
    count >= text.utf8CodeUnitCount && memcmp(baseAddress!, text.utf8Start, text.utf8CodeUnitCount) == 0
  }

  @inline(__always)
  static func == (bytes: Bytes, text: StaticString) -> Bool {
    bytes.count == text.utf8CodeUnitCount && memcmp(bytes.baseAddress!, text.utf8Start, bytes.count) == 0
  }
}
