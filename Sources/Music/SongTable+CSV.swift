internal import Files

extension SongTable {
  /// Reads a `tracks.csv` or `tracks.csv.gz`.
  /// - Throws: `InputError` for a missing column, a bad value, a song without an id or with another one's, no songs.
  package init(csv path: String) throws {
    let reader = try CSVReader(path: path)
    let nameColumn = try reader.column("track_name")
    let artistColumn = try reader.column("artist_name")
    let featureColumns = try FeatureColumns(of: reader)
    let extraColumns = try Self.optionalColumns.compactMap { name in
      try reader.column(ifPresent: name).map { (name: name, column: $0) }
    }

    var ids: [String] = []
    var names: [String] = []
    var artists: [String] = []
    var features: [Float] = []
    var extras = extraColumns.map { _ in [String]() }
    try reader.forEachSong { id in
      ids.append(id)
      names.append(reader.string(nameColumn))
      artists.append(reader.string(artistColumn))
      try featureColumns.append(row: reader, to: &features)
      for (index, extra) in extraColumns.enumerated() { extras[index].append(reader.string(extra.column)) }
    }
    guard !ids.isEmpty else {
      throw InputError(path: path, reason: "there are no songs", remedy: "Add a row for every song of the playlists.")
    }
    self.init(
      ids: ids, names: names, artists: artists, features: features,
      extras: Dictionary(uniqueKeysWithValues: zip(extraColumns.map(\.name), extras)))
  }
}

extension SongTable {
  /// Writes a `tracks.csv`; the optional columns that the table has follow the features.
  /// - Throws: `OutputError`.
  package func write(csv path: String) throws {
    let extraNames = Self.optionalColumns.filter { extras[$0] != nil }
    let columns = extraNames.map { extras[$0]! }
    var writer = CSVWriter(
      header: ["track_id", "track_name", "artist_name"] + AudioFeature.allCases.map(\.rawValue) + extraNames)
    try AtomicFile.write(to: path) { sink in
      for row in 0..<count {
        writer.append(ids[row])
        writer.append(names[row])
        writer.append(artists[row])
        for value in features[row * AudioFeature.count..<(row + 1) * AudioFeature.count] { writer.append(value) }
        for column in columns { writer.append(column[row]) }
        try writer.endRow(to: &sink)
      }
      try writer.flush(to: &sink)
    }
  }
}
