internal import Files
internal import Music

/// Writes what an import has read: `playlists.csv`, `playlist_meta.csv` and `tracks.csv`.
struct ImportWriter {
  private let sink: PlaylistSink
  private let dropsMissing: Bool
  private let hasFeatureFiles: Bool
  private let songs: SongRegistry
  /// What each song without an id turned out to be.
  private let matches: [Int: SongMatching.Match]
  /// Among songs without an id that turned out to be the same one.
  private var firstOfID: [[UInt8]: Int] = [:]

  init(_ sink: PlaylistSink, dropsMissing: Bool, hasFeatureFiles: Bool) {
    self.sink = sink
    self.dropsMissing = dropsMissing
    self.hasFeatureFiles = hasFeatureFiles
    songs = sink.songs
    matches = sink.matching.matches
    for (song, match) in matches.sorted(by: { $0.key < $1.key }) where match.song == nil {
      firstOfID[match.id] = min(song, firstOfID[match.id] ?? song)
    }
  }

  /// Columns of `playlist_meta.csv` in this order, others behind them.
  private static let metaOrder = [
    "description", "num_followers", "num_edits", "num_tracks", "num_albums", "num_artists", "duration_ms",
    "modified_at", "collaborative",
  ]
  private static let ownColumns = ["coverage", "kept"]

  mutating func write(to folder: String) throws {
    let identities = (0..<songs.count).map(identity)
    let hasFeatures = (0..<songs.count).map { songs.features!.source($0) != nil }
    try writePlaylists(to: folder, identities, hasFeatures)
    guard sink.report.playlists > 0 else {
      throw sink.faults.first
        ?? InputError(
          path: "the sources", reason: "no playlist has two songs or more",
          remedy: dropsMissing ? "Do the features belong to these songs?" : "All were shorter and skipped.")
    }
    try writeSongs(to: "\(folder)/tracks.csv", identities, hasFeatures)
    count(identities, hasFeatures)
  }

  /// The song that a song is: another one where it came without an id and turned out to be that.
  private func identity(_ song: Int) -> Int {
    guard let match = matches[song] else { return song }
    return match.song ?? firstOfID[match.id]!
  }

  private func writePlaylists(to folder: String, _ identities: [Int], _ hasFeatures: [Bool]) throws {
    let columns =
      Self.metaOrder.filter(sink.log.columns.contains)
      + sink.log.columns.filter { !Self.metaOrder.contains($0) && !Self.ownColumns.contains($0) }
    try AtomicFile.write(to: "\(folder)/playlists.csv") { rows in
      try AtomicFile.write(to: "\(folder)/playlist_meta.csv") { meta in
        var rowWriter = CSVWriter(header: ["pid", "pos", "track_id"])
        var metaWriter = CSVWriter(header: ["pid", "name"] + columns + Self.ownColumns)
        try sink.log.forEach { playlist, read in
          let known = read.count { hasFeatures[identities[Int($0.song)]] }
          sink.report.rowsWithFeatures += known
          let kept = dropsMissing ? read.filter { hasFeatures[identities[Int($0.song)]] } : read
          try refuseMissing(playlist, read, identities, hasFeatures)
          sink.report.droppedRows += read.count - kept.count
          guard kept.count > 1 else { return try skip(playlist) }
          sink.report.playlists += 1
          sink.report.writtenRows += kept.count
          let pid = Array(playlist.pid.utf8)
          let isNumbered = zip(kept, kept.dropFirst()).allSatisfy { $0.order < $1.order } && kept[0].order >= 0
          for (place, row) in kept.enumerated() {
            pid.withUnsafeBytes { rowWriter.append($0) }
            rowWriter.append(isNumbered ? Int(row.order) : place)
            appendID(of: identities[Int(row.song)], to: &rowWriter)
            try rowWriter.endRow(to: &rows)
          }
          metaWriter.append(playlist.pid)
          metaWriter.append(playlist.title)
          for column in columns { metaWriter.append(playlist.meta.last { $0.name == column }?.value ?? "") }
          metaWriter.append(Float(known) / Float(max(1, read.count)))
          metaWriter.append(kept.count)
          try metaWriter.endRow(to: &meta)
        }
        try rowWriter.flush(to: &rows)
        try metaWriter.flush(to: &meta)
      }
    }
  }

  private func refuseMissing(
    _ playlist: PlaylistFields, _ rows: [PlaylistLog.Row], _ identities: [Int], _ hasFeatures: [Bool]
  ) throws {
    guard sink.faults.isStrict, hasFeatureFiles,
      let row = rows.first(where: { !hasFeatures[identities[Int($0.song)]] })
    else { return }
    let track = String(decoding: idBytes(identities[Int(row.song)]), as: UTF8.self)
    throw InputError(
      path: "--features", reason: "track \(track) of playlist \(playlist.pid) has no features",
      remedy: "Name a file that has it.")
  }

  private func skip(_ playlist: PlaylistFields) throws {
    guard !sink.faults.isStrict else {
      throw InputError(
        path: "the sources", reason: "playlist \(playlist.pid) has fewer than two songs",
        remedy: "Leave out --strict to skip it.")
    }
    sink.report.skippedPlaylists += 1
  }

  private func writeSongs(to path: String, _ identities: [Int], _ hasFeatures: [Bool]) throws {
    let texts = SongField.allCases.dropFirst(3).filter(songs.presentFields.contains)
    let hasMatches = songs.hasSongsWithoutID
    var writer = CSVWriter(
      header: ["track_id", "track_name", "artist_name"] + AudioFeature.allCases.map(\.rawValue) + texts.map(\.rawValue)
        + ["feature_source"] + (hasMatches ? ["match"] : []))
    try AtomicFile.write(to: path) { sink in
      for song in 0..<songs.count where identities[song] == song && (!dropsMissing || hasFeatures[song]) {
        let fields = songs.fields(song)
        appendID(of: song, to: &writer)
        writer.append(fields.title)
        writer.append(fields.artist)
        let source = songs.features!.source(song)
        for value in songs.features![song] { writer.append(source == nil ? .nan : value) }
        for text in texts { writer.append(fields[text]) }
        writer.append(source.map { songs.sources[$0] } ?? "")
        if hasMatches { writer.append(matches[song]?.kind.rawValue ?? (fields.id.isEmpty ? "none" : "id")) }
        try writer.endRow(to: &sink)
        self.sink.report.writtenSongs += 1
      }
      try writer.flush(to: &sink)
    }
  }

  private func appendID(of song: Int, to writer: inout CSVWriter) {
    let id = songs.id(song)
    if id.isEmpty { idBytes(song).withUnsafeBytes { writer.append($0) } } else { writer.append(id) }
  }

  /// The id that a song is written with: one made of artist and title where none was found.
  private func idBytes(_ song: Int) -> [UInt8] {
    let id = songs.id(song)
    guard id.isEmpty else { return Array(id) }
    if let match = matches[song] { return match.id }
    let fields = songs.fields(song)
    func slug(_ bytes: Bytes) -> String {
      SongMatching.words(String(decoding: bytes, as: UTF8.self)).replacing(" ", with: "-")
    }
    return Array("local:\(slug(fields.artist)):\(slug(fields.title))".utf8)
  }

  private func count(_ identities: [Int], _ hasFeatures: [Bool]) {
    for song in 0..<songs.count {
      if identities[song] == song {
        sink.report.songs += 1
        if hasFeatures[song] { sink.report.songsWithFeatures += 1 }
      }
      switch matches[song]?.kind {
      case .title: sink.report.songsFoundByTitle += 1
      case .otherVersion: sink.report.songsFoundInOtherVersion += 1
      case nil: if songs.id(song).isEmpty { sink.report.songsWithoutID += 1 }
      }
    }
  }
}
