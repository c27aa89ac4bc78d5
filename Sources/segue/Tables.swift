import FoundationEssentials

/// Rows of text in columns, the first row a heading; columns of numbers stand right.
func table(_ rows: [[String]]) -> String {
  guard let heading = rows.first else { return "" }
  let widths = heading.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
  let numeric = heading.indices.map { column in
    rows.dropFirst().allSatisfy { $0[column].isEmpty || $0[column].drop { $0 == "-" }.first?.isNumber == true }
  }
  return rows.map { row in
    var line = heading.indices.map { padded(row[$0], widths[$0], left: numeric[$0]) }.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }.joined(separator: "\n")
}

/// Text on one line, with an ellipsis for what has no room.
func shortened(_ text: String, _ width: Int) -> String {
  let line = String(text.map { $0.isNewline ? " " : $0 })
  return line.count <= width ? line : line.prefix(width - 1) + "…"
}

/// Pretty JSON with snake-case names.
func encodedJSON(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// `text` as a JSON string with its quotes.
func jsonString(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\" + String(scalar)
    case "\n": result += "\\n"
    case "\t": result += "\\t"
    case let control where control.value < 32:
      result += "\\u00" + (control.value < 16 ? "0" : "") + String(control.value, radix: 16)
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

/// `word` as a shell takes it for one word.
func shellQuoted(_ word: String) -> String {
  let plain = !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-./,:=+".contains($0)) }
  return plain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
}
