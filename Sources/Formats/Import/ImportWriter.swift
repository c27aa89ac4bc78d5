internal import Files
internal import Music

/// Writes what an import has read: `playlists.csv`, `playlist_meta.csv`, `tracks.csv`, and a column store of them.
struct ImportWriter {
  private let sink: PlaylistSink
  private let dropsMissing: Bool
  private let hasFeatureFiles: Bool
  private let songs: SongRegistry
  /// What songs turned out to be that were looked for by title.
  private let matches: [Int: SongMatching.Match]
  /// The song that each one is: another one where it turned out to be that, or gets the same id. (songs)
  private var identities: [Int32] = []
  /// Row of `tracks.csv` of each song, −1 where it has none of its own. (songs)
  private var rows: [Int32] = []
  /// The song of each row. (rows of `tracks.csv`)
  private var written: [Int32] = []

  init(_ sink: PlaylistSink, dropsMissing: Bool, hasFeatureFiles: Bool) {
    self.sink = sink
    self.dropsMissing = dropsMissing
    self.hasFeatureFiles = hasFeatureFiles
    songs = sink.songs
    matches = sink.matching.matches
    identities = Self.identities(songs, matches)
    rows.reserveCapacity(songs.count)
    written.reserveCapacity(songs.count)
    for song in 0..<songs.count {
      let isWritten = identity(song) == song && (!dropsMissing || hasFeatures(song))
      rows.append(isWritten ? Int32(written.count) : -1)
      if isWritten { written.append(Int32(song)) }
    }
  }

  /// Columns of `playlist_meta.csv` in this order, others behind them.
  private static let metaOrder = [
    "description", "num_followers", "num_edits", "num_tracks", "num_albums", "num_artists", "duration_ms",
    "modified_at", "collaborative",
  ]
  private static let ownColumns = ["coverage", "kept"]

  private func identity(_ song: Int) -> Int { Int(identities[song]) }

  private static func identities(_ songs: SongRegistry, _ matches: [Int: SongMatching.Match]) -> [Int32] {
    var firstOfID: [[UInt8]: Int] = [:]
    func first(of id: [UInt8], _ song: Int) -> Int {
      if let first = id.withUnsafeBytes(songs.number(ofID:)) ?? firstOfID[id] { return first }
      firstOfID[id] = song
      return song
    }
    func identity(_ song: Int) -> Int {
      guard let match = matches[song] else {
        return songs.id(song).isEmpty ? first(of: songs.madeID(song), song) : song
      }
      return match.song.map(identity) ?? first(of: match.id, song)
    }
    return (0..<songs.count).map { Int32(identity($0)) }
  }

  private func hasFeatures(_ song: Int) -> Bool { songs.features!.hasNumbers(identity(song)) }

  func write(to folder: String) throws {
    let playlists = try WrittenPlaylists(in: folder)
    try writePlaylists(to: folder, noting: playlists)
    guard sink.report.playlists > 0 else {
      throw sink.faults.first
        ?? InputError(
          path: "the sources", reason: "no playlist has two songs or more",
          remedy: dropsMissing ? "Do the features belong to these songs?" : "All were shorter and skipped.")
    }
    try writeSongs(to: "\(folder)/tracks.csv")
    try writeColumns(playlists, to: folder)
    count()
  }

  private func writePlaylists(to folder: String, noting playlists: WrittenPlaylists) throws {
    let columns =
      Self.metaOrder.filter(sink.log.columns.contains)
      + sink.log.columns.filter { !Self.metaOrder.contains($0) && !Self.ownColumns.contains($0) }
    try AtomicFile.write(to: "\(folder)/playlists.csv") { rows in
      try AtomicFile.write(to: "\(folder)/playlist_meta.csv") { meta in
        var rowWriter = CSVWriter(header: ["pid", "pos", "track_id"])
        var metaWriter = CSVWriter(header: ["pid", "name"] + columns + Self.ownColumns)
        try sink.log.forEach { playlist, read in
          songs.prefetch(songs: read.lazy.map { Int($0.song) })
          let known = read.count { hasFeatures(Int($0.song)) }
          sink.report.rowsWithFeatures += known
          let kept = dropsMissing ? read.filter { hasFeatures(Int($0.song)) } : read
          if known < read.count { try refuseMissing(playlist, read) }
          sink.report.droppedRows += read.count - kept.count
          guard kept.count > 1 else { return try skip(playlist) }
          sink.report.playlists += 1
          sink.report.writtenRows += kept.count
          let pid = Array(playlist.pid.utf8)
          let isNumbered =
            zip(kept, kept.dropFirst()).allSatisfy { $0.order < $1.order } && kept[0].order >= 0
            && kept[kept.count - 1].order < 1 << 53  // what readers of numbers tell apart
          for (place, row) in kept.enumerated() {
            let song = identity(Int(row.song))
            pid.withUnsafeBytes { rowWriter.append($0) }
            rowWriter.append(isNumbered ? Int(row.order) : place)
            appendID(of: song, to: &rowWriter)
            try rowWriter.endRow(to: &rows)
            try playlists.append(self.rows[song])
          }
          playlists.end(pid: playlist.pid)
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

  private func refuseMissing(_ playlist: PlaylistFields, _ rows: [PlaylistLog.Row]) throws {
    guard sink.faults.isStrict, hasFeatureFiles,
      let row = rows.first(where: { !hasFeatures(Int($0.song)) })
    else { return }
    let track = withID(of: identity(Int(row.song))) { String(decoding: $0, as: UTF8.self) }
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

  /// Columns of `tracks.csv` behind the features, but for where these are from.
  private var textFields: [SongField] { SongField.allCases.dropFirst(3).filter(songs.presentFields.contains) }

  private func writeSongs(to path: String) throws {
    let texts = textFields
    let hasMatches = songs.hasSongsToFind
    var writer = CSVWriter(
      header: ["track_id", "track_name", "artist_name"] + AudioFeature.allCases.map(\.rawValue) + texts.map(\.rawValue)
        + ["feature_source"] + (hasMatches ? ["match"] : []))
    try AtomicFile.write(to: path) { sink in
      for song in written.lazy.map({ Int($0) }) {
        let fields = songs.fields(song)
        appendID(of: song, to: &writer)
        writer.append(fields.title)
        writer.append(fields.artist)
        for value in songs.features![song] { writer.append(value) }
        for text in texts { writer.append(fields[text]) }
        writer.append(songs.features!.source(of: song))
        if hasMatches { writer.append(matches[song]?.kind.rawValue ?? (fields.id.isEmpty ? "none" : "id")) }
        try writer.endRow(to: &sink)
      }
      try writer.flush(to: &sink)
    }
    sink.report.writtenSongs = written.count
  }

  private func writeColumns(_ playlists: WrittenPlaylists, to folder: String) throws {
    typealias Text = DatasetColumns.Contents.Text
    let id: Text = { row, body in
      try withID(of: Int(written[row]), body)
    }
    let origin: Text = { row, body in
      var source = songs.features!.source(of: Int(written[row]))
      try source.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
    }
    let texts = ([.title, .artist] + textFields).map { field -> (name: String, text: Text) in
      (field.rawValue, { row, body in try body(songs.fields(Int(written[row]))[field]) })
    }
    let rows = try playlists.rows.mapped()
    try DatasetColumns.write(
      DatasetColumns.Contents(
        songCount: written.count,
        columns: [(SongField.id.rawValue, id)] + texts + [("feature_source", origin)],
        features: { songs.features![Int(written[$0])] }, playlistEnds: playlists.ends, rows: rows.bytes,
        releaseRows: rows.release, pids: playlists.pids), to: folder)
  }

  private func appendID(of song: Int, to writer: inout CSVWriter) {
    withID(of: song) { writer.append($0) }
  }

  /// The id that a song is written with.
  private func withID<Result>(of song: Int, _ body: (Bytes) throws -> Result) rethrows -> Result {
    if let match = matches[song] { return try match.id.withUnsafeBytes(body) }
    let id = songs.id(song)
    return id.isEmpty ? try songs.madeID(song).withUnsafeBytes(body) : try body(id)
  }

  private func count() {
    for song in 0..<songs.count {
      if identity(song) == song {
        sink.report.songs += 1
        if hasFeatures(song) { sink.report.songsWithFeatures += 1 }
      }
      switch matches[song]?.kind {
      case .title: sink.report.songsFoundByTitle += 1
      case .otherVersion: sink.report.songsFoundInOtherVersion += 1
      case nil: if songs.id(song).isEmpty { sink.report.songsWithoutID += 1 }
      }
    }
  }
}

/// Playlists as they were written, with numbers for their songs.
private final class WrittenPlaylists {
  let rows: TemporaryFile
  private(set) var ends: [UInt64] = []
  private(set) var pids: [String] = []
  private var count: UInt64 = 0

  init(in folder: String) throws { rows = try TemporaryFile(path: "\(folder)/numbers.tmp") }

  func append(_ song: Int32) throws {
    try withUnsafeBytes(of: song, rows.append)
    count += 1
  }

  func end(pid: String) {
    ends.append(count)
    pids.append(pid)
  }
}
