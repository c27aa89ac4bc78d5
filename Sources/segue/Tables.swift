import FoundationEssentials

/// Rows of text in columns, the first row a heading; columns of numbers stand right.
func table(_ rows: [[String]]) -> String {
  guard let heading = rows.first else { return "" }
  let widths = heading.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
  let numeric = heading.indices.map { column in
    rows.dropFirst().allSatisfy { $0[column].isEmpty || $0[column].first!.isNumber }
  }
  return rows.map { row in
    var line = heading.indices.map { padded(row[$0], widths[$0], left: numeric[$0]) }.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }.joined(separator: "\n")
}

/// Pretty JSON with snake-case names.
func encodedJSON(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
