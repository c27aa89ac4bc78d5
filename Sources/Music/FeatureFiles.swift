internal import Files

/// Audio features from any number of CSV files, by track id. The file named first wins.
package struct FeatureFiles {
  private var rows: [String: Int32] = [:]
  /// (songs, 13), NaN where missing.
  private var features: [Float] = []
  /// Which of `names` each song's features came from.
  private var origins: [UInt16] = []
  /// The files' names, without folders.
  private(set) var names: [String] = []
  /// Rows whose song the same file had before; the first row counts.
  package private(set) var repeatedRows = 0

  package init() {}

  var isEmpty: Bool { names.isEmpty }

  /// Reads one more file: an id column called `track_id` or `id`, and the 13 features by name.
  /// - Parameter isStrict: makes a repeated song an error.
  /// - Throws: `InputError` for what `FeatureColumns` refuses.
  package mutating func read(_ path: String, isStrict: Bool) throws {
    let reader = try CSVReader(path: path)
    let idColumn = try reader.column(ifPresent: "track_id") ?? reader.column(ifPresent: "id")
    guard let idColumn else {
      throw InputError(
        path: path, line: 1, reason: "there is neither a column track_id nor id",
        remedy: "A file of features has a track_id and Spotify's 13 feature columns.")
    }
    let columns = try FeatureColumns(of: reader)
    let origin = UInt16(names.count)
    names.append(String(path.split(separator: "/").last ?? ""))
    var row: [Float] = []
    while try reader.next() {
      let id = reader.string(idColumn)
      guard !id.isEmpty else { throw reader.error("the song has no id", remedy: "Give it one or remove the row.") }
      row.removeAll(keepingCapacity: true)
      try columns.append(row: reader, to: &row)
      if let earlier = rows[id] {
        if origins[Int(earlier)] == origin {
          if isStrict { throw reader.error("the song \(id) is in the file twice", remedy: "Remove one of the rows.") }
          repeatedRows += 1
        }
        continue
      }
      if SongVector.regressionFeatures.allSatisfy({ row[$0.column].isNaN }) { continue }  // no features after all
      rows[id] = Int32(origins.count)
      origins.append(origin)
      features += row
    }
  }

  /// The 13 features of a song and the file that they came from; nil when no file has any number of it.
  package func features(of track: String) -> (values: ArraySlice<Float>, origin: String)? {
    guard let row = rows[track].map(Int.init) else { return nil }
    return (features[row * AudioFeature.count..<(row + 1) * AudioFeature.count], names[Int(origins[row])])
  }
}
