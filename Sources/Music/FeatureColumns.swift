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

  /// Appends the current row's 13 values in the order of `AudioFeature.allCases`, NaN where missing.
  ///
  /// A number beyond its usual range is kept: it is clamped when the song's vector is made. Key −1 is Spotify's sign
  /// for "no key found" and means missing.
  /// - Throws: `InputError` for text, NaN, infinity, and a key, mode or time signature that has no place in the vector.
  package func append(row reader: CSVReader, to features: inout [Float]) throws {
    for (feature, column) in zip(AudioFeature.allCases, columns) {
      guard let column else {
        features.append(.nan)
        continue
      }
      let value: Float
      switch feature {
      case .key:
        value = try category(column, of: feature, allowed: SongVector.keys, missing: -1, reader)
      case .mode: value = try category(column, of: feature, allowed: SongVector.modes, reader)
      case .timeSignature:
        value = try category(column, of: feature, allowed: SongVector.timeSignatures, reader)
      default: value = try reader.number(column).map { Float($0) } ?? .nan
      }
      features.append(value)
    }
  }

  private func category(
    _ column: Int, of feature: AudioFeature, allowed: [Int], missing: Int? = nil, _ reader: CSVReader
  ) throws -> Float {
    let remedy = "It must be \(Self.list(allowed)), or empty where it is missing."
    guard let value = try reader.integer(column, remedy: remedy), value != missing else { return .nan }
    guard allowed.contains(value) else { throw reader.error("\(feature.rawValue) is \(value)", remedy: remedy) }
    return Float(value)
  }

  private static func list(_ values: [Int]) -> String {
    guard let first = values.first, let last = values.last else { return "" }
    if last - first == values.count - 1, values.count > 2 { return "\(first) to \(last)" }
    return values.dropLast().map(String.init).joined(separator: ", ") + " or \(last)"
  }
}
