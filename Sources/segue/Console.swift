import Glibc

/// What a person reads while a program runs: everything but results goes to stderr.
enum Console {
  /// Whether stderr is a terminal, so that a line may be overwritten.
  static let isTerminal = isatty(2) == 1

  /// Columns of the terminal.
  static var width: Int {
    var size = winsize()
    return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  static func print(_ text: String) { write(text + "\n") }

  /// Text without a line end.
  static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let written = Glibc.write(2, rest.baseAddress, rest.count)
        guard written > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
    }
  }
}

/// `value` with so many digits after the point.
func decimal(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite else { return "\(value)" }
  let scale = pow(10, Double(digits))
  let scaled = (abs(value) * scale).rounded()
  guard scaled < 1e18 else { return "\(value)" }
  let whole = Int(scaled)
  let sign = value < 0 && whole > 0 ? "-" : ""
  guard digits > 0 else { return sign + String(whole) }
  let text = String(repeating: "0", count: max(0, digits + 1 - String(whole).count)) + String(whole)
  return sign + text.dropLast(digits) + "." + text.suffix(digits)
}

/// `text` filled with spaces on the left, or on the right, to `width`.
func padded(_ text: String, _ width: Int, left: Bool = false) -> String {
  let space = String(repeating: " ", count: max(0, width - text.count))
  return left ? space + text : text + space
}

/// The last part of a path.
func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
