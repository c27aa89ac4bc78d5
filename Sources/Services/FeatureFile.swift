internal import Files
internal import Music

/// The audio features of a CSV file, by track id. It may tell of some of the 13 only.
struct FeatureFile {
  private var rows: [String: Int32] = [:]
  /// (songs, 13), NaN where missing.
  private var values: [Float] = []
  /// Rows whose song the file had before; the first row counts.
  private(set) var repeatedRows = 0
  /// Values that have no place in a song's vector (a time signature of 7): taken for missing.
  private(set) var misfits = 0

  /// Reads a file with an id column called `track_id` or `id`, and at least one of the 13 features by name.
  /// - Throws: `InputError` for a file without them, a song without an id, and a value that is no number.
  init(path: String) throws {
    let reader = try CSVReader(path: path)
    let idColumn = try reader.column(ifPresent: "track_id") ?? reader.column(ifPresent: "id")
    guard let idColumn else {
      throw Self.foreign(path, "there is neither a column track_id nor id")
    }
    let columns = try FeatureColumns(presentIn: reader)
    guard !columns.isEmpty else { throw Self.foreign(path, "there is no column of audio features") }
    var row: [Float] = []
    while try reader.next() {
      let id = reader.string(idColumn)
      guard !id.isEmpty else { throw reader.error("the song has no id", remedy: "Give it one or remove the row.") }
      row.removeAll(keepingCapacity: true)
      misfits += try columns.appendFitting(row: reader, to: &row)
      guard rows[id] == nil else {
        repeatedRows += 1
        continue
      }
      if row.allSatisfy(\.isNaN) { continue }  // no features after all
      rows[id] = Int32(rows.count)
      values += row
    }
  }

  /// The 13 features of a song; nil when the file has none of it.
  subscript(track: String) -> ArraySlice<Float>? {
    rows[track].map { values[Int($0) * AudioFeature.count..<(Int($0) + 1) * AudioFeature.count] }
  }

  private static func foreign(_ path: String, _ reason: String) -> InputError {
    InputError(
      path: path, line: 1, reason: reason,
      remedy: "A file of features has a track_id and columns under Spotify's names: "
        + "\(AudioFeature.allCases.map(\.rawValue).joined(separator: ", ")).")
  }
}
