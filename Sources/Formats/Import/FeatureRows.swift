internal import Files
internal import Music

/// Joins what tables and answers of services say of songs with the songs of the playlists; all others are passed over, so
/// that a dump of any size needs no memory.
///
/// Where songs must be found by title, every file is read once before, for what it calls songs: names may stand in one file
/// and numbers in another.
struct FeatureRows {
  private let sink: PlaylistSink
  private let file: String

  /// What a file tells of a song besides its features.
  private struct Row {
    var song: SongFields
    /// Where the features are from, when the file itself says so.
    var source: String?
    var line: Int
  }

  /// Rows of a file, and how many of them were used.
  struct Count { var rows = 0, joined = 0 }

  init(_ file: String, into sink: PlaylistSink) { (self.file, self.sink) = (file, sink) }

  /// Notes what songs that are looked for could be. Faults are told when the same file is joined.
  func match(_ source: ByteReader, _ format: SourceFormat?) throws {
    do {
      let faults = ImportFaults(isStrict: false) { _ in }
      _ = try forEachRow(of: source, format, faults) { row, values in
        let song = row.song.id.isEmpty ? nil : sink.songs.number(ofID: row.song.id)
        let features = try values()
        let hasNumbers = SongVector.regressionFeatures.contains { !features[$0.column].isNaN }
        sink.matching.note(row.song, song: song, hasNumbers: hasNumbers)
      }
    } catch is InputError {}
  }

  /// - Returns: nil for a file that holds no songs.
  func join(_ source: ByteReader, _ format: SourceFormat?) throws -> Count? {
    var count = Count()
    let own = sink.withSongs { $0.featureSource(file: file) }
    let holdsSongs = try forEachRow(of: source, format, sink.faults) { row, values in
      count.rows += 1
      let targets = targets(of: row.song)
      guard !targets.isEmpty else { return }
      count.joined += 1
      let features = try values()
      let source = row.source.map { name in sink.withSongs { $0.featureSource(named: name, in: file) } } ?? own
      for target in targets {
        let outcome = sink.withSongs { songs in
          songs.complete(target, with: row.song)
          return songs.fill(target, with: features, from: source)
        }
        if outcome == .contradicted { try contradiction(row) }
      }
    }
    return holdsSongs ? count : nil
  }

  /// The songs of the playlists that a row is of: the one of its id, and those that turned out to be it.
  private func targets(of song: SongFields) -> [Int] {
    guard !song.id.isEmpty else { return [] }
    return (sink.songs.number(ofID: song.id).map { [$0] } ?? []) + sink.matching.songs(ofID: song.id)
  }

  private func contradiction(_ row: Row) throws {
    sink.report.repeatedFeatureRows += 1
    let error = InputError(
      path: file, line: row.line,
      reason:
        "the song \(String(decoding: row.song.id, as: UTF8.self)) stands in the file twice with different features",
      remedy: "The first ones count.")
    try sink.faults.report(error, kind: "songs with different features")
  }

  // MARK: Rows

  /// - Returns: whether the file holds songs.
  private func forEachRow(
    of source: ByteReader, _ format: SourceFormat?, _ faults: ImportFaults,
    _ body: (Row, _ values: () throws -> [Float]) throws -> Void
  ) throws -> Bool {
    switch format {
    case .table(let separator):
      let table = try SourceTable(source, separator: separator)
      guard table.columns.holdsSongs else { return false }
      try forEachRow(of: table, faults, body)
      return true
    case .features(let path):
      try forEachObject(of: source, path: path, faults, body)
      return true
    default: return false
    }
  }

  private func forEachRow(
    of table: SourceTable, _ faults: ImportFaults, _ body: (Row, _ values: () throws -> [Float]) throws -> Void
  ) throws {
    let (reader, columns) = (table.reader, table.columns)
    try reader.forEachRow(faults: faults) {
      // A dataset folder says itself where its features are from.
      let source = columns.featureSource.flatMap { reader.bytes($0).isEmpty ? nil : reader.string($0) }
      try body(Row(song: columns.fields(of: reader), source: source, line: reader.line)) {
        try Self.values { values in
          for (feature, column) in columns.features {
            try Self.unlessUnusable(faults) { values[feature.column] = try reader.feature(feature, column: column) }
          }
        }
      }
    }
  }

  /// An answer of ReccoBeats or of Spotify's Web API: objects with the features by name, and an id or an address.
  private func forEachObject(
    of source: ByteReader, path: [String], _ faults: ImportFaults,
    _ body: (Row, _ values: () throws -> [Float]) throws -> Void
  ) throws {
    let parser = JSONParser()
    try parser.forEachObject(of: source, path: path, what: "objects with danceability, energy and so on", faults) {
      object, line in
      var song = SongFields()
      // ReccoBeats has ids of its own, and Spotify's in the address.
      let identity = object["href"] ?? object["uri"] ?? object["track_id"] ?? object["id"]
      song.id = SongIdentity.id(identity?.bytes ?? song.id)
      song.title = (object["track_name"] ?? object["trackTitle"])?.bytes ?? song.title
      song.artist = object["artist_name"]?.bytes ?? song.artist
      try body(Row(song: song, line: line)) {
        try Self.values { values in
          try object.forEachMember { name, value in
            guard let feature = AudioFeature(rawValue: String(decoding: name, as: UTF8.self)), !value.isNull else {
              return
            }
            try Self.unlessUnusable(faults) { values[feature.column] = try self.value(of: feature, value, line) }
          }
        }
      }
    }
  }

  private func value(of feature: AudioFeature, _ value: JSONValue, _ line: Int) throws -> Float {
    guard let number = value.number ?? value.text.flatMap(Double.init),
      number.magnitude <= Double(Float.greatestFiniteMagnitude), let checked = feature.value(number)
    else {
      throw InputError(
        path: file, line: line,
        reason: "\(feature.rawValue) is \(value.text ?? value.number.map { "\($0)" } ?? value.kindName)",
        remedy: feature.classRemedy ?? "Write a number, or null where it is missing.")
    }
    return checked
  }

  private static func values(_ body: (inout [Float]) throws -> Void) rethrows -> [Float] {
    var values = [Float](repeating: .nan, count: AudioFeature.count)
    try body(&values)
    return values
  }

  /// A value that cannot be used is a fault and missing; the others of its song are not.
  private static func unlessUnusable(_ faults: ImportFaults, _ body: () throws -> Void) throws {
    do { try body() } catch let error as InputError {
      try faults.report(error, kind: "values that cannot be used")
    }
  }
}
