internal import Files

/// The 13 audio features of a CSV file, found by Spotify's names and checked value by value.
package struct FeatureColumns {
  /// Nil where the file has no such column.
  private let columns: [Int?]

  /// - Throws: `InputError` naming the first column that is missing.
  package init(of reader: CSVReader) throws {
    columns = try AudioFeature.allCases.map { try reader.column($0.rawValue) }
  }

  /// For a file that may lack some of the columns; their values are then missing.
  package init(presentIn reader: CSVReader) throws {
    columns = try AudioFeature.allCases.map { try reader.column(ifPresent: $0.rawValue) }
  }

  /// Whether the file has none of the columns.
  package var isEmpty: Bool { columns.allSatisfy { $0 == nil } }

  /// Appends the current row's 13 values in the order of `AudioFeature.allCases`, NaN where missing.
  /// - Throws: `InputError` for text, NaN, infinity, and a key, mode or time signature that has no place in the vector.
  package func append(row reader: CSVReader, to features: inout [Float]) throws {
    for (feature, column) in zip(AudioFeature.allCases, columns) {
      features.append(try column.map { try reader.feature(feature, column: $0) } ?? .nan)
    }
  }

  /// The same for a file of somebody else's: a key, mode or time signature that has no place in the vector is missing.
  /// - Returns: the number of those.
  /// - Throws: `InputError` for text, NaN and infinity.
  package func appendFitting(row reader: CSVReader, to features: inout [Float]) throws -> Int {
    var misfits = 0
    for (feature, column) in zip(AudioFeature.allCases, columns) {
      let value = try column.map { try reader.fittingFeature(feature, column: $0) } ?? .nan
      if value == nil { misfits += 1 }
      features.append(value ?? .nan)
    }
    return misfits
  }
}

extension CSVReader {
  /// A feature's value in a column of the current row, NaN where missing.
  /// - Throws: `InputError` for text, NaN, infinity, and a key, mode or time signature that has no place in the vector.
  package func feature(_ feature: AudioFeature, column: Int) throws -> Float {
    guard let value = try fittingFeature(feature, column: column) else {
      throw error("\(feature.rawValue) is \(string(column))", remedy: feature.classRemedy ?? "")
    }
    return value
  }

  /// The same, nil for a key, mode or time signature that has no place in the vector.
  fileprivate func fittingFeature(_ feature: AudioFeature, column: Int) throws -> Float? {
    if bytes(column).elementsEqual("NA".utf8) { return .nan }  // R's sign for what is missing
    guard let remedy = feature.classRemedy else { return try number(column).map { Float($0) } ?? .nan }
    return try integer(column, remedy: remedy).map { feature.value(Double($0)) } ?? .nan
  }
}

extension AudioFeature {
  /// What a song has when a source says `number`: NaN where that means missing, as key −1 does ("no key found"); nil when
  /// a key, mode or time signature has no place in the vector.
  ///
  /// A number beyond its usual range is kept: it is clamped when the song's vector is made.
  package func value(_ number: Double) -> Float? {
    guard let classes else { return Float(number) }
    if self == .key, number == -1 { return .nan }
    return classes.contains { Double($0) == number } ? Float(number) : nil
  }

  /// What to write instead of a class that there is not; nil for numbers.
  package var classRemedy: String? {
    classes.map { "It must be \(Self.list($0)), or empty where it is missing." }
  }

  /// The classes of a categorical feature; nil for numbers.
  private var classes: [Int]? {
    switch self {
    case .key: SongVector.keys
    case .mode: SongVector.modes
    case .timeSignature: SongVector.timeSignatures
    default: nil
    }
  }

  private static func list(_ values: [Int]) -> String {
    guard let first = values.first, let last = values.last else { return "" }
    if last - first == values.count - 1, values.count > 2 { return "\(first) to \(last)" }
    return values.dropLast().map(String.init).joined(separator: ", ") + " or \(last)"
  }
}
