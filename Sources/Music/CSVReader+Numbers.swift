internal import Files

extension CSVReader {
  /// A finite decimal number; nil when the field is empty.
  /// - Parameter remedy: what to write instead of text that is no number.
  /// - Throws: `InputError` for text, NaN, infinity and what is too large for a Float.
  package func number(
    _ column: Int, remedy: String = "Write a decimal number, or leave the field empty where the value is missing."
  ) throws -> Double? {
    let field = bytes(column)
    if field.isEmpty { return nil }
    if let value = Decimal.value(of: field) { return value }
    let text = string(column)
    var digits = text[...]
    while digits.last == " " { digits.removeLast() }
    while digits.first == " " { digits.removeFirst() }
    let isDecimal = digits.utf8.allSatisfy("0123456789+-.eE".utf8.contains) && Double(digits) != nil
    throw error(
      "\(header[column]) is \"\(text.prefix(40))\", which is \(isDecimal ? "out of range" : "not a number")",
      remedy: remedy)
  }

  /// A whole number; `4.0`, as pandas writes it, is one. Nil when the field is empty.
  /// - Parameter remedy: what to write instead of anything else.
  package func integer(
    _ column: Int, remedy: String = "Write a whole number, or leave the field empty where the value is missing."
  ) throws -> Int? {
    guard let value = try number(column, remedy: remedy) else { return nil }
    guard let whole = Int(exactly: value) else {
      let reason = value == value.rounded() ? "out of range" : "not a whole number"
      throw error("\(header[column]) is \(string(column).prefix(40)), which is \(reason)", remedy: remedy)
    }
    return whole
  }
}

/// Decimal numbers in bytes: digits with an optional sign, point and exponent, nothing else.
enum Decimal {
  /// The nearest Double; nil when the bytes are something else or the number is too large for a Float.
  ///
  /// Up to 15 digits and an exponent of 22, one division or product is exact (Clinger 1990); anything else
  /// takes the standard library's way.
  static func value(of bytes: UnsafeBufferPointer<UInt8>) -> Double? {
    var rest = bytes[...]
    while let last = rest.last, last == 0x20 || last == 0x09 { rest.removeLast() }
    while let first = rest.first, first == 0x20 || first == 0x09 { rest.removeFirst() }
    let number = rest
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }

    var digits: UInt64 = 0
    var digitCount = 0
    var exponent = 0
    var isAfterPoint = false
    while let byte = rest.first {
      if byte == UInt8(ascii: "."), !isAfterPoint {
        isAfterPoint = true
      } else if byte >= 0x30 && byte <= 0x39 {
        digits = digits &* 10 &+ UInt64(byte - 0x30)
        digitCount += 1
        if isAfterPoint { exponent -= 1 }
      } else {
        break
      }
      rest.removeFirst()
    }
    guard digitCount > 0 else { return nil }
    if let mark = rest.first {
      guard mark | 0x20 == UInt8(ascii: "e"), let power = self.exponent(rest.dropFirst()) else { return nil }
      exponent += power
    }
    let magnitude: Double
    if digitCount <= 15, abs(exponent) <= 22 {
      magnitude = exponent < 0 ? Double(digits) / powersOfTen[-exponent] : Double(digits) * powersOfTen[exponent]
    } else {
      guard let value = Double(String(decoding: number, as: UTF8.self)) else { return nil }
      magnitude = value.magnitude
    }
    guard magnitude <= Double(Float.greatestFiniteMagnitude) else { return nil }
    return isNegative ? -magnitude : magnitude
  }

  private static func exponent(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    var rest = bytes
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    guard !rest.isEmpty, rest.count <= 4, rest.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    let power = rest.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return isNegative ? -power : power
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
    1e20, 1e21, 1e22,
  ]
}
