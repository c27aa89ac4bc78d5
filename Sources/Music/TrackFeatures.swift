internal import Files

/// The audio features of a dataset's `tracks.csv`, to be filled in where they are missing and written back.
///
/// What the file says stays, byte for byte, in every column; only missing numbers take a value, and `feature_source`
/// says where it came from.
package struct TrackFeatures {
  package let path: String
  package private(set) var ids: [String] = []
  /// Spotify's values in the order of `AudioFeature.allCases`, NaN where missing. (songs, 13)
  private var values: [Float] = []
  /// Where each value came from: 0 the file itself or nowhere, n `sources[n − 1]`. (songs, 13)
  private var origins: [UInt8] = []
  private var sources: [String] = []

  /// Reads a `tracks.csv`, plain or gzip; columns of features may be missing.
  /// - Throws: `InputError` for no column `track_id`, a bad value, a song without an id or with another one's.
  package init(path: String) throws {
    self.path = path
    let reader = try CSVReader(path: path)
    let columns = try FeatureColumns(presentIn: reader)
    try reader.forEachSong { id in
      ids.append(id)
      try columns.append(row: reader, to: &values)
    }
    origins = Array(repeating: 0, count: values.count)
  }

  package var count: Int { ids.count }

  /// Values that were filled in.
  package var filledValueCount: Int { origins.lazy.filter { $0 != 0 }.count }

  package func value(_ feature: AudioFeature, of row: Int) -> Float {
    values[row * AudioFeature.count + feature.column]
  }

  /// Whether the song has any of the ten numbers; key, mode and time signature alone are no features.
  package func hasFeatures(_ row: Int) -> Bool {
    SongVector.regressionFeatures.contains { !value($0, of: row).isNaN }
  }

  /// Whether one of `features` is missing.
  package func lacks(anyOf features: [AudioFeature], _ row: Int) -> Bool {
    features.contains { value($0, of: row).isNaN }
  }

  /// Gives a song the values that it lacks.
  /// - Parameters:
  ///   - found: 13 values in the order of `AudioFeature.allCases`, NaN where missing.
  ///   - source: what `feature_source` will say.
  /// - Returns: whether the song took any.
  package mutating func fill(_ row: Int, with found: some Collection<Float>, from source: String) -> Bool {
    precondition(found.count == AudioFeature.count, "TrackFeatures.fill: \(found.count) values, expected 13")
    var number: UInt8?
    for (index, value) in zip((row * AudioFeature.count)..., found) where values[index].isNaN && !value.isNaN {
      let origin = number ?? originNumber(of: source)
      number = origin
      values[index] = value
      origins[index] = origin
    }
    return number != nil
  }

  private mutating func originNumber(of source: String) -> UInt8 {
    if let index = sources.firstIndex(of: source) { return UInt8(index + 1) }
    precondition(sources.count < 255, "TrackFeatures.fill: more than 255 sources")
    sources.append(source)
    return UInt8(sources.count)
  }

  /// Writes the file again with the values that were filled in, gzip if it was; a reader or a crash meets the old file or
  /// the new one. Columns that it lacks are put behind the others. Does nothing when nothing was filled in.
  /// - Throws: `OutputError`; `InputError` when the file is no longer the one that was read.
  package func write() throws {
    guard !sources.isEmpty else { return }
    let reader = try CSVReader(path: path)
    try AtomicFile.write(to: path) { sink in
      if reader.isGzip {
        var packed = GzipSink(sink)
        try write(reader, to: &packed)
        try packed.finish()
      } else {
        try write(reader, to: &sink)
      }
    }
  }

  private func write(_ reader: CSVReader, to sink: inout some ByteSink) throws {
    let names = AudioFeature.allCases.map(\.rawValue) + [Self.sourceName]
    let added = try names.filter { try reader.column(ifPresent: $0) == nil }
    let header = reader.header + added
    let places = header.map { AudioFeature(rawValue: $0)?.column }
    let idColumn = try reader.column("track_id")
    let sourceColumn = try reader.column(ifPresent: Self.sourceName)

    var writer = CSVWriter(header: header)
    var row = 0
    while try reader.next() {
      guard row < count, reader.string(idColumn) == ids[row] else { throw changed(reader) }
      let first = row * AudioFeature.count
      let isFilled = origins[first..<first + AudioFeature.count].contains { $0 != 0 }
      for (column, name) in header.enumerated() {
        if isFilled, let place = places[column], origins[first + place] != 0 {
          writer.append(values[first + place])
        } else if isFilled, name == Self.sourceName {
          writer.append(source(of: row, before: sourceColumn.map(reader.string) ?? ""))
        } else if column < reader.header.count {
          writer.append(UnsafeRawBufferPointer(reader.bytes(column)))
        } else {
          writer.append("")
        }
      }
      try writer.endRow(to: &sink)
      row += 1
    }
    guard row == count else { throw changed(reader) }
    try writer.flush(to: &sink)
  }

  private func changed(_ reader: CSVReader) -> InputError {
    reader.error("the file has changed since it was read", remedy: "Run the command again.")
  }

  /// The 13 features of a song.
  func features(of row: Int) -> ArraySlice<Float> {
    values[row * AudioFeature.count..<(row + 1) * AudioFeature.count]
  }

  /// What `feature_source` says of a song: `spotify` for one that had nothing before; a source that gave only some values
  /// is named with them: `songs.csv; spotify (key tempo)`.
  /// - Parameter before: what it said when the file was read.
  func source(of row: Int, before: String) -> String {
    let range = row * AudioFeature.count..<(row + 1) * AudioFeature.count
    guard origins[range].contains(where: { $0 != 0 }) else { return before }
    var parts = before.isEmpty ? [] : [before]
    // Without any number of the file's own, its feature_source speaks of nothing.
    let hadNone = zip(origins[range], values[range]).allSatisfy { $0 != 0 || $1.isNaN }
    var isFirst = hadNone
    for (index, name) in sources.enumerated() {
      let given = zip(AudioFeature.allCases, origins[range]).filter { Int($0.1) == index + 1 }.map(\.0.rawValue)
      guard !given.isEmpty else { continue }
      if isFirst { parts = [] }
      parts.append(isFirst ? name : "\(name) (\(given.joined(separator: " ")))")
      isFirst = false
    }
    return parts.joined(separator: "; ")
  }

  static let sourceName = "feature_source"
}
