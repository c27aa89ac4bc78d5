internal import Files

/// The 13 audio features of a CSV file, found by Spotify's names and checked value by value.
package struct FeatureColumns {
  private let columns: [Int]

  /// - Throws: `InputError` naming the first column that is missing.
  package init(of reader: CSVReader) throws {
    columns = try AudioFeature.allCases.map { try reader.column($0.rawValue) }
  }

  /// Appends the current row's 13 values in the order of `AudioFeature.allCases`, NaN where missing.
  ///
  /// A number beyond its usual range is kept: it is clamped when the song's vector is made. Key −1 is Spotify's sign
  /// for "no key found" and means missing.
  /// - Throws: `InputError` for text, NaN, infinity, and a key, mode or time signature that has no place in the vector.
  package func append(row reader: CSVReader, to features: inout [Float]) throws {
    for (feature, column) in zip(AudioFeature.allCases, columns) {
      let value: Float
      switch feature {
      case .key:
        let key = try reader.integer(column)
        value = try category(key == -1 ? nil : key, of: feature, allowed: Array(0...11), reader)
      case .mode: value = try category(reader.integer(column), of: feature, allowed: [0, 1], reader)
      case .timeSignature:
        value = try category(reader.integer(column), of: feature, allowed: SongVector.timeSignatures, reader)
      default: value = try reader.number(column).map { Float($0) } ?? .nan
      }
      features.append(value)
    }
  }

  private func category(
    _ value: Int?, of feature: AudioFeature, allowed: [Int], _ reader: CSVReader
  ) throws -> Float {
    guard let value else { return .nan }
    guard allowed.contains(value) else {
      throw reader.error(
        "\(feature.rawValue) is \(value)",
        remedy: "It must be \(Self.list(allowed)), or empty where it is missing.")
    }
    return Float(value)
  }

  private static func list(_ values: [Int]) -> String {
    guard let first = values.first, let last = values.last else { return "" }
    if last - first == values.count - 1, values.count > 2 { return "\(first) to \(last)" }
    return values.dropLast().map(String.init).joined(separator: ", ") + " or \(last)"
  }
}
