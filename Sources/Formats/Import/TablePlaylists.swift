internal import Files
internal import Music

/// Reads playlists from a table with a row for each song of each: any column order, rows of a playlist together or apart.
struct TablePlaylists {
  private let sink: PlaylistSink
  private let file: SourceFile

  init(_ file: SourceFile, into sink: PlaylistSink) { (self.file, self.sink) = (file, sink) }

  func read(_ reader: CSVReader, _ columns: TableColumns) throws {
    var numbers: [String: Int] = [:]  // of this file's playlists
    var foreign: Set<String> = []  // playlists that another source had
    var counts: [Int: Int] = [:]
    var current: (key: String, playlist: Int)?
    let alone = columns.playlist == nil && columns.playlistTitle == nil && columns.user == nil
    try reader.forEachRow(faults: sink.faults) {
      let key = alone ? file.stem : key(reader, columns)
      guard !key.isEmpty else {
        throw reader.error("the row names no playlist", remedy: "Fill it in or remove the row.")
      }
      if foreign.contains(key) { return }
      var playlist = current?.key == key ? current!.playlist : numbers[key]
      if playlist == nil {
        playlist = try begin(key, reader, columns)
        if playlist == nil {
          foreign.insert(key)
          let error = reader.error(
            "playlist \(key) was read from another source before",
            remedy: "This one is passed over: rename it to keep both.")
          return try sink.faults.report(error, kind: "playlists that were there before")
        }
        numbers[key] = playlist
      }
      current = (key, playlist!)
      let place = counts[playlist!, default: 0]
      counts[playlist!] = place + 1
      try append(reader, columns, place: place, to: playlist!)
    }
  }

  private func key(_ reader: CSVReader, _ columns: TableColumns) -> String {
    if let playlist = columns.playlist { return reader.string(playlist) }
    // Kaggle's "Spotify Playlists": names are one user's own.
    return [columns.user, columns.playlistTitle].compactMap { $0.map(reader.string) }.joined(separator: " / ")
  }

  private func begin(_ key: String, _ reader: CSVReader, _ columns: TableColumns) throws -> Int? {
    let title = columns.playlistTitle.map(reader.string) ?? ""
    let meta = columns.meta.map { ($0.name, reader.string($0.column)) }
    guard columns.playlist != nil else {
      return try sink.begin(named: key, title: title.isEmpty && columns.isExportify ? key : title, meta: meta)
    }
    guard !key.contains(where: \.isNewline) else {
      throw reader.error("the playlist's id has a line break in it", remedy: "Give the playlist an id on one line.")
    }
    return try sink.begin(PlaylistFields(pid: key, title: title, meta: meta))
  }

  private func append(_ reader: CSVReader, _ columns: TableColumns, place: Int, to playlist: Int) throws {
    if let id = columns.column(.id), SongIdentity.isLocal(Bytes(reader.bytes(id))) {
      return try sink.passOverLocal(Bytes(reader.bytes(id)), of: "the playlist", file.name, reader.line)
    }
    let song = columns.fields(of: reader)
    guard !song.id.isEmpty || !song.title.isEmpty else {
      // A row with nothing but a pid is an empty playlist.
      if columns.position.map({ reader.bytes($0).isEmpty }) ?? false { return }
      throw reader.error("the row has no song", remedy: "Fill it in or remove the row.")
    }
    var order = place
    if let column = columns.position ?? columns.time {
      guard let value = try reader.number(column), let whole = Int(exactly: value.rounded()) else {
        throw reader.error(
          "\(columns.header[column]) is \"\(reader.string(column))\"", remedy: "Write a number that tells the order.")
      }
      order = whole
    }
    try sink.append(song, order: order, to: playlist)
  }
}

extension CSVReader {
  /// Goes through all rows; those that cannot be read, and those of which `body` says so, are faults.
  func forEachRow(faults: ImportFaults, _ body: () throws -> Void) throws {
    while true {
      do {
        guard try next() else { return }
        guard isText else { throw error("the row is not UTF-8 text", remedy: "Save the file as UTF-8.") }
        try body()
      } catch let error as InputError {
        guard error.line != nil else { throw error }  // the file itself
        try faults.report(error, kind: "rows that cannot be read")
      }
    }
  }
}
