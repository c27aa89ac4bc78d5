internal import Files

/// What an import found and wrote.
package struct ImportReport: Codable, Sendable, Equatable {
  package var files = 0
  /// Playlists written.
  package var playlists = 0
  /// Playlists not written: fewer than two songs were left.
  package var skippedPlaylists = 0
  /// Rows read.
  package var rows = 0
  /// Rows read whose song has features.
  package var rowsWithFeatures = 0
  /// Rows of songs that only exist on somebody's disk (`spotify:local:…`), not written.
  package var localRows = 0
  /// Rows not written because their song has no features.
  package var droppedRows = 0
  /// Rows written.
  package var writtenRows = 0
  /// Different songs read, local ones not counted.
  package var songs = 0
  /// Different songs read that have features.
  package var songsWithFeatures = 0
  /// Songs written.
  package var writtenSongs = 0
  /// Rows of feature files whose song was in the same file before.
  package var repeatedFeatureRows = 0

  package init() {}
}

/// Turns slices of the Million Playlist Dataset and files of audio features into a dataset folder.
///
/// Slices are read one playlist at a time and written as they are read; only the songs are kept in memory.
package struct PlaylistImport {
  /// Slices, or folders of `mpd.slice.*.json`, each plain or gzip.
  package var sources: [String]
  /// CSV files of features; the first that has a song wins.
  package var featureFiles: [String]
  /// Leaves songs without features out of playlists and catalogue.
  package var dropsMissing: Bool
  /// Makes everything that would be dropped, skipped or passed over an error.
  package var isStrict: Bool

  package init(sources: [String], featureFiles: [String] = [], dropsMissing: Bool = false, isStrict: Bool = false) {
    self.sources = sources
    self.featureFiles = featureFiles
    self.dropsMissing = dropsMissing
    self.isStrict = isStrict
  }

  /// - Parameters:
  ///   - folder: the dataset folder to make; nothing is left there when something fails.
  ///   - progress: is told a line for each slice.
  /// - Throws: `UsageError`, `InputError`, `OutputError`.
  package func run(to folder: String, progress: (String) -> Void = { _ in }) throws -> ImportReport {
    guard !sources.isEmpty else { throw UsageError("Name at least one slice or folder of slices to import.") }
    guard !dropsMissing || !featureFiles.isEmpty else {
      throw UsageError("--drop-missing would drop every song: name a file of features with --features.")
    }
    guard !dropsMissing || !isStrict else {
      throw UsageError("--strict forbids what --drop-missing asks for: leave out one of them.")
    }
    try AtomicFolder.check(folder)
    let slices = try sources.flatMap(SliceFiles.files)
    var features = FeatureFiles()
    for path in featureFiles { try features.read(path, isStrict: isStrict) }

    return try AtomicFolder.write(to: folder) { temporary in
      var songs = ImportedSongs(features: features)
      var report = ImportReport()
      report.repeatedFeatureRows = features.repeatedRows
      try AtomicFile.write(to: "\(temporary)/playlists.csv") { rows in
        try AtomicFile.write(to: "\(temporary)/playlist_meta.csv") { meta in
          var writer = ImportedPlaylists()
          for slice in slices {
            let before = report
            try read(slice, songs: &songs, report: &report) { try writer.write($0, rows: &rows, meta: &meta) }
            report.files += 1
            progress("\(slice): \(report.playlists - before.playlists) playlists, \(report.rows - before.rows) rows")
          }
          try writer.flush(rows: &rows, meta: &meta)
        }
      }
      guard report.playlists > 0 else {
        throw InputError(
          path: slices.joined(separator: ", "), reason: "no playlist has two songs or more",
          remedy: report.skippedPlaylists == 0
            ? "There is no playlist at all: name slices that have some."
            : dropsMissing
              ? "Do the features belong to these songs?" : "\(report.skippedPlaylists) shorter ones were skipped.")
      }
      let table = songs.table(dropsMissing: dropsMissing)
      report.songs = songs.count
      report.songsWithFeatures = songs.countWithFeatures
      report.writtenSongs = table.count
      try table.write(csv: "\(temporary)/tracks.csv")
      return report
    }
  }

  /// Reads one slice and hands over every playlist that is to be written.
  private func read(
    _ path: String, songs: inout ImportedSongs, report: inout ImportReport,
    write: (ImportedPlaylist) throws -> Void
  ) throws {
    let slice = try MillionPlaylistSlice(path: path)
    while let playlist = try slice.next() {
      guard songs.pids.insert(playlist.pid).inserted else {
        throw slice.error("playlist \(playlist.pid) was read before", remedy: "Is a slice named twice?")
      }
      var result = ImportedPlaylist(source: playlist)
      for (index, track) in playlist.tracks.enumerated() {
        report.rows += 1
        guard !track.track_uri.hasPrefix("spotify:local:") else {
          if isStrict {
            throw slice.error(
              "playlist \(playlist.pid) has the local file \(track.track_uri)",
              remedy: "Leave out --strict to pass it over.")
          }
          report.localRows += 1
          continue
        }
        let id = TrackList.id(track.track_uri)
        guard !id.isEmpty else {
          throw slice.error(
            "playlist \(playlist.pid) has a track without track_uri", remedy: MillionPlaylistSlice.trackRemedy)
        }
        let hasFeatures = songs.add(track, id: id)
        if hasFeatures {
          report.rowsWithFeatures += 1
          result.rowsWithFeatures += 1
        } else if isStrict && !featureFiles.isEmpty {
          throw slice.error(
            "track \(id) of playlist \(playlist.pid) has no features", remedy: "Name a file that has it.")
        } else if dropsMissing {
          report.droppedRows += 1
          continue
        }
        result.tracks.append((track.pos ?? index, id))
      }
      guard result.tracks.count > 1 else {
        if isStrict {
          throw slice.error(
            "playlist \(playlist.pid) has fewer than two songs", remedy: "Leave out --strict to skip it.")
        }
        report.skippedPlaylists += 1
        continue
      }
      report.playlists += 1
      report.writtenRows += result.tracks.count
      try write(result)
    }
  }
}
