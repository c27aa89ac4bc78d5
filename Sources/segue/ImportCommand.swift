import ArgumentParser
import Formats

/// `segue import`: playlists, histories and features from other formats into a dataset folder.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Makes a dataset folder of playlists, listening histories and audio features in any known format.",
    discussion: """
      What a file is, its contents say, not its name. Playlists: slices and challenge set of the Million Playlist Dataset; \
      tables with a row for each song (CSV, TSV: Kaggle's, TidyTuesday's, Exportify's, RecBole's, GRU4Rec's, Segue's own); \
      M3U and M3U8, XSPF, JSPF. Histories: Spotify's (extended) streaming history, listens of ListenBrainz, cut into \
      playlists where nothing was heard for 30 minutes. Features: tables with a track_id and Spotify's feature names, \
      answers of ReccoBeats and of Spotify's Web API. Each plain, gzip, or in a zip archive; folders are searched.

      Songs are told from each other by id. One that came without (from M3U, say), or with an id of MusicBrainz's that no \
      file of songs has, is looked for by title and artist among all others; tracks.csv says how it was found in the column \
      match. Where several files have a song's features, each value is the first one's that has it: those of --features \
      first, then the sources in their order. Songs without features stay in playlists and catalogue unless \
      --drop-missing is given. Of histories, plays that are shorter than 30 seconds, of no song or read twice are left out.

      Every fault is told with its file and line and counted; the rest is imported.
      """)

  @Argument(help: "Files, archives or folders.")
  var sources: [String]

  @Option(name: .long, help: "The dataset folder to make; must not exist yet, or be empty.")
  var out: String

  @Option(name: .long, parsing: .upToNextOption, help: "Files of audio features.")
  var features: [String] = []

  @Flag(name: .long, help: "Leave out songs without features.")
  var dropMissing = false

  @Flag(
    name: .long,
    help:
      "Stop at the first fault, and at a file, playlist or row that would be passed over (plays of histories apart).")
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
    func add(_ count: Int, _ text: String) { if count > 0 { lines.append("\(text.replacing("#", with: "\(count)"))") } }
    add(report.songsFoundByTitle, "found by title and artist: # songs")
    add(report.songsFoundInOtherVersion, "found as another version: # songs")
    add(report.songsWithoutID, "songs without an id: # not found, with an id of artist and title or of the place")
    add(report.droppedRows, "dropped: # rows without features")
    add(report.localRows, "left out: # rows of local files")
    add(report.shortPlays, "left out: # plays shorter than 30 seconds")
    add(report.otherPlays, "left out: # plays of podcasts and other things")
    add(report.repeatedPlays, "left out: # plays that were read twice")
    add(report.skippedPlaylists, "skipped: # playlists with fewer than two songs left")
    for (kind, count) in report.faults.sorted(by: { $0.key < $1.key }) { lines.append("faults: \(count) \(kind)") }
    return lines.joined(separator: "\n")
  }

  private func share(_ part: Int, of whole: Int) -> String {
    let tenths = whole == 0 ? 0 : (part * 1000 + whole / 2) / whole
    return "\(part) of \(whole) (\(tenths / 10).\(tenths % 10) %)"
  }
}
