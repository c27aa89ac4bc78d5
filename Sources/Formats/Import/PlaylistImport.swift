internal import Files
internal import Music

/// Turns playlists, listening histories and audio features of any known format into a dataset folder.
///
/// Three passes: playlists are read and laid down row by row while songs are numbered; then everything that tells features
/// is read and joined with those songs, after a look at the names in it where songs must be found by title; then the folder
/// is written. Memory holds the different songs and a few bytes for each playlist.
package struct PlaylistImport {
  /// Files, archives and folders, told by what they hold.
  package var sources: [String]
  /// Files of features that are asked before the sources are.
  package var featureFiles: [String]
  /// Leaves songs without features out of playlists and catalogue.
  package var dropsMissing: Bool
  /// Makes every fault an error, and every file, playlist and row that would be passed over. Plays that are short, repeated
  /// or of no song are none of these.
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
    let asked = try featureFiles.map(ImportedSource.init)
    return try AtomicFolder.write(to: folder) { temporary in
      let faults = ImportFaults(isStrict: isStrict, print: progress)
      let sink = PlaylistSink(log: try PlaylistLog(in: temporary), faults: faults)
      var tables: [SourceFile] = []
      for source in given where !source.isFolder { try source.readMeta(into: sink) }
      for source in given { tables += try source.readPlaylists(into: sink, progress: progress) }
      try sink.history.writeSessions(to: sink)
      guard sink.log.count > 0 else {
        throw faults.first
          ?? InputError(
            path: sources.joined(separator: ", "), reason: "there is no playlist in it",
            remedy: tables.isEmpty ? "Name files that hold some." : "There are songs only: name the playlists, too.")
      }
      let files = asked.flatMap(\.files) + tables
      if !sink.matching.isEmpty { for file in files { try match(file, into: sink) } }
      sink.matching.settle()
      sink.withSongs { $0.openFeatures() }
      for source in asked {
        for file in source.files { try join(file, isAlone: !source.isFolder, into: sink, progress) }
      }
      for file in tables { try join(file, isAlone: true, into: sink, progress) }
      guard !dropsMissing || !files.isEmpty else {
        throw UsageError("--drop-missing would drop every song: name a file of features with --features.")
      }
      let writer = ImportWriter(sink, dropsMissing: dropsMissing, hasFeatureFiles: !asked.isEmpty)
      try writer.write(to: temporary)
      sink.report.faults = faults.counts
      return sink.report
    }
  }

  private func match(_ file: SourceFile, into sink: PlaylistSink) throws {
    guard file.canBeReadTwice else {
      let error = InputError(
        path: file.name, reason: "cannot be read twice, so no song is looked for by title in it",
        remedy: "Save it as a file.")
      return try sink.faults.report(error, kind: "files that cannot be read twice")
    }
    guard let (source, format) = try file.open(faults: ImportFaults(isStrict: false) { _ in }) else { return }
    try FeatureRows(file.name, into: sink).match(source, format)
  }

  /// - Parameter isAlone: the user named the file itself.
  private func join(
    _ file: SourceFile, isAlone: Bool, into sink: PlaylistSink, _ progress: (String) -> Void
  ) throws {
    guard let (source, format) = try file.open(faults: sink.faults) else { return }
    let count: FeatureRows.Count?
    do { count = try FeatureRows(file.name, into: sink).join(source, format) } catch let error as InputError {
      return try sink.faults.report(error, kind: "files that cannot be read to their end")
    }
    guard let count else {
      let error = InputError(
        path: file.name, reason: "holds no audio features",
        remedy:
          "A file of features has a track_id and Spotify's feature columns, or is an answer of ReccoBeats or Spotify.")
      guard !isAlone else { throw error }
      return try sink.faults.passOver(error)
    }
    guard count.joined > 0 else {
      let error = InputError(
        path: file.name, reason: "nothing of it was used: none of its \(count.rows) rows is of a song in a playlist",
        remedy: "Leave it out.")
      return try sink.faults.passOver(error)
    }
    progress("\(file.name): \(count.joined) of its \(count.rows) rows joined")
  }
}
