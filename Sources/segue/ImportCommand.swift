import ArgumentParser
import Music

/// `segue import`: playlists and features from other formats into a dataset folder.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Makes a dataset folder of Million Playlist Dataset slices and files of audio features.",
    discussion: """
      Slices are read one playlist at a time, so the whole dataset fits through a small memory. Features come from CSV \
      files with a column track_id (or id) and Spotify's 13 feature names; the first file that has a song wins. \
      Songs without features stay in playlists and catalogue unless --drop-missing is given.
      """)

  @Argument(help: "Slices (mpd.slice.*.json, also .gz), or folders of them.")
  var sources: [String]

  @Option(name: .long, help: "The dataset folder to make; must not exist yet, or be empty.")
  var out: String

  @Option(name: .long, parsing: .upToNextOption, help: "CSV files of audio features, also .gz.")
  var features: [String] = []

  @Flag(name: .long, help: "Leave out songs without features.")
  var dropMissing = false

  @Flag(name: .long, help: "Stop at everything that would otherwise be dropped, skipped or passed over.")
  var strict = false

  @Flag(name: .long, help: "Print what was found as JSON.")
  var json = false

  func run() throws {
    try reportingErrors {
      let job = PlaylistImport(
        sources: sources, featureFiles: features, dropsMissing: dropMissing, isStrict: strict)
      let report = try job.run(to: out) { Console.print($0) }
      if json {
        print(try encodedJSON(report))
      } else {
        print(summary(report))
      }
    }
  }

  private func summary(_ report: ImportReport) -> String {
    var lines = [
      "\(out): \(report.playlists) playlists, \(report.writtenRows) rows, \(report.writtenSongs) songs",
      "features: \(share(report.rowsWithFeatures, of: report.rows)) rows, "
        + "\(share(report.songsWithFeatures, of: report.songs)) songs",
    ]
    if report.droppedRows > 0 { lines.append("dropped: \(report.droppedRows) rows without features") }
    if report.localRows > 0 { lines.append("left out: \(report.localRows) rows of local files") }
    if report.skippedPlaylists > 0 {
      lines.append("skipped: \(report.skippedPlaylists) playlists with fewer than two songs left")
    }
    if report.repeatedFeatureRows > 0 {
      lines.append("passed over: \(report.repeatedFeatureRows) feature rows of a song that the file had before")
    }
    return lines.joined(separator: "\n")
  }

  private func share(_ part: Int, of whole: Int) -> String {
    let tenths = whole == 0 ? 0 : (part * 1000 + whole / 2) / whole
    return "\(part) of \(whole) (\(tenths / 10).\(tenths % 10) %)"
  }
}
