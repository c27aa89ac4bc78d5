internal import Files
internal import Music

/// One of the sources that the user named.
struct ImportedSource {
  let files: [SourceFile]
  /// A folder or an archive, where other files may lie beside those that are wanted.
  let isFolder: Bool
  private let name: String
  /// A dataset folder of Segue's: its three files in this order, the catalogue whole.
  private let isDataset: Bool
  /// Files that lie beside those three.
  private let neighbours: Int

  init(_ source: String) throws {
    let files = try SourceFile.files(of: source)
    let prefix = (source.hasSuffix("/") ? source : source + "/")
    isFolder = files.count > 1 || files.first.map { $0.name != source } ?? false
    let own = Self.datasetStems.compactMap { stem in files.first { $0.stem == stem && $0.name.hasPrefix(prefix + stem) }
    }
    isDataset = isFolder && own.count { $0.stem != "playlist_meta" } == 2
    name = source
    self.files = isDataset ? own : files
    let store = prefix + DatasetColumns.fileName
    neighbours = files.count { $0.name != store } - self.files.count { $0.name != store }
  }

  private static let datasetStems = ["tracks", "playlist_meta", "playlists"]

  /// Titles and other columns of playlists, which may stand behind these; what else is wrong with a file is told when it
  /// is read.
  func readMeta(into sink: PlaylistSink) throws {
    for file in files where file.canBeReadTwice {
      guard let table = try file.tableIfAny(), table.columns.holdsMeta else { continue }
      do { try readMeta(table, into: sink) } catch let error as InputError {
        try sink.faults.report(error, kind: "files that cannot be read to their end")
      }
    }
  }

  private func readMeta(_ table: SourceTable, into sink: PlaylistSink) throws {
    let (reader, columns) = (table.reader, table.columns)
    try reader.forEachRow(faults: sink.faults) {
      let pid = reader.string(columns.playlist!)
      sink.meta[pid] = PlaylistFields(
        pid: pid, title: columns.playlistTitle.map(reader.string) ?? "",
        meta: columns.meta.map { ($0.name, reader.string($0.column)) })
    }
  }

  /// A folder's own titles count for its playlists alone.
  /// - Returns: the files that tell features, in their order.
  func readPlaylists(into sink: PlaylistSink, progress: (String) -> Void) throws -> [SourceFile] {
    let outer = sink.meta
    defer { sink.meta = outer }
    if isFolder { try readMeta(into: sink) }
    if neighbours > 0 {
      let error = InputError(
        path: name, reason: "\(neighbours) files beside a dataset's three", remedy: "Name them, too, or take them away."
      )
      try sink.faults.passOver(error)
    }
    var tables: [SourceFile] = []
    for file in files {
      let before = (playlists: sink.log.count, rows: sink.report.rows)
      guard let (source, format) = try file.open(faults: sink.faults) else { continue }
      guard let format else {
        let error = file.unknown(isEmpty: try source.peek().isEmpty)
        guard isFolder else { throw error }
        try sink.faults.passOver(error)
        continue
      }
      do {
        if try read(source, format, file, into: sink) { tables.append(file) }
      } catch let error as InputError {
        try sink.faults.report(error, kind: "files that cannot be read to their end")
      }
      sink.report.files += 1
      let (playlists, rows) = (sink.log.count - before.playlists, sink.report.rows - before.rows)
      if playlists + rows > 0 { progress("\(file.name): \(playlists) playlists, \(rows) rows") }
    }
    return tables
  }

  /// - Returns: whether the file tells features, too.
  private func read(
    _ source: ByteReader, _ format: SourceFormat, _ file: SourceFile, into sink: PlaylistSink
  ) throws -> Bool {
    switch format {
    case .millionPlaylists(let path): try MillionPlaylists(file.name, into: sink).read(source, path: path)
    case .jspf: try JSPFPlaylists(file, into: sink).read(source)
    case .xspf: try XSPFPlaylists(file, into: sink).read(source)
    case .m3u: try M3UPlaylists(file, into: sink).read(source)
    case .spotifyHistory: try SpotifyHistory(file.name, into: sink).read(source)
    case .listens(let path): try Listens(file.name, into: sink).read(source, path: path)
    case .features: return true
    case .table(let separator):
      let table = try SourceTable(source, separator: separator)
      if table.columns.holdsPlaylists {
        try TablePlaylists(file, into: sink).read(table.reader, table.columns)
      } else if table.columns.holdsMeta {
        if !file.canBeReadTwice { try readMeta(table, into: sink) }
      } else if isDataset, file.stem == "tracks" {
        try table.reader.forEachRow(faults: sink.faults) { _ = sink.add(table.columns.fields(of: table.reader)) }
      }
      return table.columns.holdsSongs
    }
    return false
  }
}

/// A table that is open, and what its columns hold.
struct SourceTable {
  let reader: CSVReader
  let columns: TableColumns

  /// - Throws: `InputError` for a text without a header.
  init(_ source: ByteReader, separator: UInt8) throws {
    reader = try CSVReader(source, separator: separator, hasQuotes: separator != 0x09)
    columns = TableColumns(reader.header)
  }
}

extension SourceFile {
  /// The file and what it holds; nil, and a fault, for one that cannot be read at all.
  func open(faults: ImportFaults) throws -> (source: ByteReader, format: SourceFormat?)? {
    do {
      let source = try open()
      return (source, SourceFormat(try source.peek()))
    } catch let error as InputError {
      try faults.report(error, kind: "files that cannot be read")
      return nil
    }
  }

  /// Nil for what is no table or cannot be read.
  fileprivate func tableIfAny() throws -> SourceTable? {
    do {
      let source = try open()
      guard case .table(let separator)? = SourceFormat(try source.peek()) else { return nil }
      return try SourceTable(source, separator: separator)
    } catch is InputError { return nil }
  }

  func unknown(isEmpty: Bool) -> InputError {
    InputError(
      path: name, line: isEmpty ? nil : 1,
      reason: isEmpty ? "the file is empty" : "is in none of the formats that are read",
      remedy:
        "Those are Million Playlist Dataset slices, tables of playlists or features (CSV, TSV), M3U, XSPF, JSPF, and "
        + "histories of Spotify and ListenBrainz.")
  }
}
