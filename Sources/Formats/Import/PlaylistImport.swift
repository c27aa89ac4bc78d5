internal import Files
internal import Music

/// Turns playlists, listening histories and audio features of any known format into a dataset folder.
///
/// Three passes: playlists are read and laid down row by row while songs are numbered; then everything that tells features
/// is read and joined with those songs; then the folder is written. Memory holds the different songs and a few bytes for
/// each playlist.
package struct PlaylistImport {
  /// Files, archives and folders, told by what they hold.
  package var sources: [String]
  /// Files of features that are asked before the sources are.
  package var featureFiles: [String]
  /// Leaves songs without features out of playlists and catalogue.
  package var dropsMissing: Bool
  /// Makes every fault, and everything that would be dropped, skipped or passed over, an error.
  package var isStrict: Bool

  package init(sources: [String], featureFiles: [String] = [], dropsMissing: Bool = false, isStrict: Bool = false) {
    self.sources = sources
    self.featureFiles = featureFiles
    self.dropsMissing = dropsMissing
    self.isStrict = isStrict
  }

  /// - Parameters:
  ///   - folder: the dataset folder to make; nothing is left there when something fails.
  ///   - progress: is told a line for each file and for each fault.
  /// - Throws: `UsageError`, `InputError`, `OutputError`.
  package func run(to folder: String, progress: @escaping (String) -> Void = { _ in }) throws -> ImportReport {
    guard !sources.isEmpty else { throw UsageError("Name at least one file or folder of playlists to import.") }
    guard !dropsMissing || !isStrict else {
      throw UsageError("--strict forbids what --drop-missing asks for: leave out one of them.")
    }
    try AtomicFolder.check(folder)
    let given = try sources.map(ImportedSource.init)
    let asked = try featureFiles.flatMap { try SourceFile.files(of: $0) }
    return try AtomicFolder.write(to: folder) { temporary in
      let faults = ImportFaults(isStrict: isStrict, print: progress)
      let sink = PlaylistSink(log: try PlaylistLog(in: temporary), faults: faults)
      var tables: [SourceFile] = []
      for source in given { tables += try source.readPlaylists(into: sink, progress: progress) }
      try sink.history.writeSessions(to: sink)
      guard sink.log.count > 0 else {
        throw faults.first
          ?? InputError(
            path: sources.joined(separator: ", "), reason: "there is no playlist in it",
            remedy: tables.isEmpty ? "Name files that hold some." : "There are songs only: name the playlists, too.")
      }
      sink.withSongs { $0.openFeatures() }
      for file in asked + tables { try readFeatures(file, into: sink) }
      guard !dropsMissing || !(asked + tables).isEmpty else {
        throw UsageError("--drop-missing would drop every song: name a file of features with --features.")
      }
      let writer = ImportWriter(sink, dropsMissing: dropsMissing, hasFeatureFiles: !asked.isEmpty)
      try writer.write(to: temporary)
      sink.report.faults = faults.counts
      return sink.report
    }
  }

  private func readFeatures(_ file: SourceFile, into sink: PlaylistSink) throws {
    let source = try file.open()
    let rows = FeatureRows(file.name, into: sink)
    let format = SourceFormat(try source.peek())
    do {
      switch format {
      case .table(let separator):
        let reader = try CSVReader(source, separator: separator, hasQuotes: separator != 0x09)
        let columns = TableColumns(reader.header)
        if columns.holdsSongs { return try rows.read(reader, columns) }
      case .features(let path): return try rows.read(source, path: path)
      default: break
      }
    } catch let error as InputError {
      return try sink.faults.report(error, kind: "files that cannot be read to their end")
    }
    throw foreign(file)
  }

  private func foreign(_ file: SourceFile) -> InputError {
    InputError(
      path: file.name, reason: "holds no audio features",
      remedy:
        "A file of features has a track_id and Spotify's feature columns, or is an answer of ReccoBeats or Spotify.")
  }
}

/// One of the sources that the user named.
struct ImportedSource {
  private let files: [SourceFile]
  /// Whether other files may lie beside those that hold playlists.
  private let isFolder: Bool
  /// A dataset folder of Segue's: its three files in this order, the catalogue whole, whatever else lies there.
  private let isDataset: Bool

  init(_ source: String) throws {
    let files = try SourceFile.files(of: source)
    let prefix = (source.hasSuffix("/") ? source : source + "/")
    isFolder = files.count > 1 || files.first.map { $0.name != source } ?? false
    let own = Self.datasetStems.compactMap { stem in files.first { $0.stem == stem && $0.name.hasPrefix(prefix + stem) }
    }
    isDataset = isFolder && own.count { $0.stem != "playlist_meta" } == 2
    self.files = isDataset ? own : files
  }

  private static let datasetStems = ["tracks", "playlist_meta", "playlists"]

  /// - Returns: the files that tell features, in their order.
  func readPlaylists(into sink: PlaylistSink, progress: (String) -> Void) throws -> [SourceFile] {
    var tables: [SourceFile] = []
    for file in files {
      let before = (playlists: sink.log.count, rows: sink.report.rows)
      let source = try file.open()
      guard let format = SourceFormat(try source.peek()) else {
        guard isFolder else { throw unknown(file, try source.peek()) }
        progress("\(file.name): passed over: none of the formats that are read")
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
    sink.meta = [:]
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
      let reader = try CSVReader(source, separator: separator, hasQuotes: separator != 0x09)
      let columns = TableColumns(reader.header)
      if columns.holdsPlaylists {
        try TablePlaylists(file, into: sink).read(reader, columns)
      } else if columns.holdsMeta {
        try readMeta(reader, columns, into: sink)
      } else if isDataset, file.stem == "tracks" {
        try reader.forEachRow(faults: sink.faults) { _ = sink.add(columns.fields(of: reader)) }
      }
      return columns.holdsSongs
    }
    return false
  }

  /// Titles and other columns of playlists that are read after this.
  private func readMeta(_ reader: CSVReader, _ columns: TableColumns, into sink: PlaylistSink) throws {
    try reader.forEachRow(faults: sink.faults) {
      let pid = reader.string(columns.playlist!)
      sink.meta[pid] = PlaylistFields(
        pid: pid, title: columns.playlistTitle.map(reader.string) ?? "",
        meta: columns.meta.map { ($0.name, reader.string($0.column)) })
    }
  }

  private func unknown(_ file: SourceFile, _ prefix: Bytes) -> InputError {
    InputError(
      path: file.name, line: prefix.isEmpty ? nil : 1,
      reason: prefix.isEmpty ? "the file is empty" : "is in none of the formats that are read",
      remedy:
        "Those are Million Playlist Dataset slices, tables of playlists or features (CSV, TSV), M3U, XSPF, JSPF, and "
        + "histories of Spotify and ListenBrainz.")
  }
}
