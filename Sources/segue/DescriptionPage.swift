import Files
import FoundationEssentials
import Music

/// The report of `segue describe --report`: a page of Markdown with its pictures and the JSON. It names songs and artists
/// unless `--no-titles` asks for figures only.
struct DescriptionPage {
  private let answer: DescriptionAnswer
  private var description: DatasetDescription { answer.description }

  init(_ answer: DescriptionAnswer) { self.answer = answer }

  private var charts: [(name: String, picture: String?)] {
    let charts = DescriptionCharts(
      description: description,
      notes: [answer.dataset + (answer.isSynthetic ? "; SYNTHETIC: says nothing about real music" : "")])
    return [("lengths", charts.lengths), ("popularity", charts.popularity), ("features", charts.features)]
  }

  /// Writes the page, the pictures and the JSON.
  /// - Throws: `OutputError`.
  func write(to folder: String) throws {
    for case (let name, let picture?) in charts { try AtomicFile.write(picture, to: "\(folder)/\(name).svg") }
    try AtomicFile.write(try encodedJSON(answer) + "\n", to: "\(folder)/describe.json")
    try AtomicFile.write(markdown, to: "\(folder)/describe.md")
  }

  private var markdown: String {
    [
      "# \(Self.plain(answer.dataset)): what the dataset holds", origin, totals, published, lengths, popularity,
      coverage,
      features, duplicates, songs, artists,
    ].compactMap { $0 }.joined(separator: "\n\n") + "\n"
  }

  private var origin: String {
    var lines = [
      "Fingerprint \(answer.fingerprint) of songs and playlists",
      "Made by segue \(answer.version), commit \(answer.commit ?? "not known (SEGUE_COMMIT is not set)"), "
        + Date.now.formatted(.iso8601),
    ]
    if answer.isSynthetic { lines.append("**Synthetic**: says nothing about real music") }
    lines += description.remarks.map { "**Warning:** \($0)" }
    return lines.map { "- \($0)" }.joined(separator: "\n")
  }

  private var totals: String {
    let counts = description.counts
    let rows = [
      ["playlists", grouped(counts.playlists)], ["playlists with a title", grouped(counts.titledPlaylists)],
      ["playlists of fewer than two songs, left out", grouped(counts.skippedPlaylists)],
      ["rows (songs of all playlists, repeats counted)", grouped(counts.rows)], ["songs", grouped(counts.songs)],
      ["artists", grouped(counts.artists)], ["albums", counts.albums.map(grouped) ?? "not known"],
    ]
    return "## Counts\n\n\(Self.table([["what", "how many"]] + rows, numbersFrom: 1))"
  }

  private var published: String? {
    guard description.publishedTotals != nil else { return nil }
    return """
      ## Against the Million Playlist Dataset's published totals

      \(Self.table(description.publishedRows, numbersFrom: 1))

      \(DatasetDescription.publishedNote)
      """
  }

  private var lengths: String? {
    guard let lengths = description.lengths else { return nil }
    let values = [
      lengths.minimum, lengths.lowerQuartile, lengths.median, lengths.upperQuartile, lengths.maximum, lengths.mean,
    ]
    let heading = ["least", "25 %", "median", "75 %", "largest", "mean"]
    return """
      ## Lengths of playlists

      \(Self.table([heading, values.map { decimal($0, $0 == $0.rounded() ? 0 : 1) }], numbersFrom: 0))

      ![Histogram of the lengths of playlists](lengths.svg)
      """
  }

  private var popularity: String {
    let picture =
      description.popularityHistogram.total > 0
      ? "\n\n![Histogram of the playlists that hold a song](popularity.svg)" : ""
    return """
      ## Playlists that hold a song

      \(Self.table(description.popularityRows, numbersFrom: 0))\(picture)
      """
  }

  private var coverage: String {
    let (counts, coverage) = (description.counts, description.coverage)
    let rows = [
      ["what", "songs", "share", "rows", "share"],
      [
        "at least one of the ten numbers", grouped(coverage.songsWithFeatures),
        percent(coverage.songsWithFeatures, of: counts.songs), grouped(coverage.rowsWithFeatures),
        percent(coverage.rowsWithFeatures, of: counts.rows),
      ],
      [
        "all 13 features", grouped(coverage.completeSongs), percent(coverage.completeSongs, of: counts.songs),
        grouped(coverage.completeRows), percent(coverage.completeRows, of: counts.rows),
      ],
    ]
    let sources = description.sourceRows.map { $0.map(Self.plain) }
    return "## Audio features: who has them\n\n\(Self.table(rows, numbersFrom: 1))\n\n"
      + (sources.isEmpty
        ? "Where they come from is not said: `tracks.csv` has no `feature_source`."
        : "By source (`feature_source`):\n\n\(Self.table(sources, numbersFrom: 1))")
  }

  private var features: String {
    let picture =
      description.coverage.songsWithFeatures > 0
      ? "\n\n![Histograms of the audio features](features.svg)" : ""
    return """
      ## Audio features: how they lie

      Of the songs, each once; durations in minutes and seconds. Unusual is what lies beyond the expected: Spotify gives the \
      ranges from 0 to 1 and calls that of loudness typical, those of duration and tempo are Segue's. A tempo of 0 is \
      Spotify's sign for a beat that was not found.

      \(Self.table(description.numberRows(withExpected: true), numbersFrom: 1))\(picture)

      \(Self.table(description.categoryRows, numbersFrom: 3))
      """
  }

  private var duplicates: String {
    "## Twice, or for nothing\n\n" + description.duplicateLines.map { "- \($0)" }.joined(separator: "\n")
  }

  private var songs: String? {
    guard !description.commonSongs.isEmpty else { return nil }
    let rows = description.commonSongs.map {
      [Self.plain($0.trackName), Self.plain($0.artistName), Self.plain($0.trackId), grouped($0.playlists)]
    }
    return "## Songs that most playlists hold\n\n"
      + Self.table([["song", "artist", "track id", "playlists"]] + rows, numbersFrom: 3)
  }

  private var artists: String? {
    guard !description.commonArtists.isEmpty else { return nil }
    let rows = description.commonArtists.map {
      [Self.plain($0.artistName), grouped($0.playlists), grouped($0.songs)]
    }
    return "## Artists that most playlists hold\n\n"
      + Self.table([["artist", "playlists", "songs"]] + rows, numbersFrom: 1)
  }

  /// A table of Markdown whose columns from a number on stand right.
  private static func table(_ rows: [[String]], numbersFrom first: Int) -> String {
    let lines = rows.map { "| " + $0.joined(separator: " | ") + " |" }
    let rule = rows[0].indices.map { $0 < first ? "---|" : "---:|" }.joined()
    return ([lines[0], "|" + rule] + lines.dropFirst()).joined(separator: "\n")
  }

  /// Text of the data's that Markdown shall show as it is.
  private static func plain(_ text: String) -> String {
    var result = ""
    for character in text {
      if character.isNewline {
        result += " "
      } else {
        if "\\`*_[]<>|#&~".contains(character) { result += "\\" }
        result.append(character)
      }
    }
    return result
  }
}
