import Music

/// The answer of `segue describe` for people: what fits a terminal of 80 columns.
struct DescriptionText {
  private let answer: DescriptionAnswer
  private var description: DatasetDescription { answer.description }
  /// Of the most common songs and artists.
  private static let commonCount = 5

  init(_ answer: DescriptionAnswer) { self.answer = answer }

  var text: String {
    let parts = [
      "\(answer.dataset)\(answer.isSynthetic ? " (synthetic)" : ""), fingerprint \(answer.fingerprint)", summary,
      featureTable, table(description.sourceRows), table(description.popularityRows), songTable, artistTable,
      table(description.publishedRows), description.remarks.joined(separator: "\n"),
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private var summary: String {
    let (counts, coverage) = (description.counts, description.coverage)
    var lines = [
      (
        "playlists",
        grouped(counts.playlists)
          + (counts.titledPlaylists > 0 ? " (\(grouped(counts.titledPlaylists)) with a title)" : "")
      ),
      ("rows", grouped(counts.rows)),
      (
        "songs",
        "\(grouped(counts.songs)), \(grouped(counts.artists)) artists"
          + (counts.albums.map { ", \(grouped($0)) albums" } ?? "")
      ),
    ]
    if counts.skippedPlaylists > 0 {
      lines.append(("left out", "playlists of fewer than two songs: \(grouped(counts.skippedPlaylists))"))
    }
    if let lengths = description.lengths { lines.append(("lengths", lengths.lengthText)) }
    lines += [
      (
        "features",
        "\(percent(coverage.rowsWithFeatures, of: counts.rows)) of the rows, "
          + "\(percent(coverage.songsWithFeatures, of: counts.songs)) of the songs"
      ),
      (
        "all 13",
        "\(percent(coverage.completeRows, of: counts.rows)) of the rows, "
          + "\(percent(coverage.completeSongs, of: counts.songs)) of the songs"
      ),
    ]
    for (place, line) in description.duplicateLines.enumerated() {
      lines.append((place == 0 ? "duplicates" : "", line))
    }
    return lines.map { padded($0.0, 12) + $0.1 }.joined(separator: "\n")
  }

  /// The ten numbers, then the three categories, of which the page has the values.
  private var featureTable: String {
    let rows = description.numberRows()
    let categories = description.categoryRows.dropFirst().map { row in
      Array(row.prefix(2)) + Array(repeating: "", count: rows[0].count - 2)
    }
    return table(rows + categories)
  }

  private var songTable: String {
    guard !description.commonSongs.isEmpty else { return "" }
    return table(
      [["playlists", "most common songs", "artist"]]
        + description.commonSongs.prefix(Self.commonCount).map {
          [grouped($0.playlists), shortened($0.trackName, 38), shortened($0.artistName, 28)]
        })
  }

  private var artistTable: String {
    guard !description.commonArtists.isEmpty else { return "" }
    return table(
      [["playlists", "songs", "most common artists"]]
        + description.commonArtists.prefix(Self.commonCount).map {
          [grouped($0.playlists), grouped($0.songs), shortened($0.artistName, 60)]
        })
  }
}

extension Distribution {
  /// As lengths of playlists.
  var lengthText: String {
    func text(_ length: Double) -> String { decimal(length, length == length.rounded() ? 0 : 1) }
    return "\(text(minimum)) to \(text(maximum)) songs: median \(text(median)), "
      + "middle half \(text(lowerQuartile)) to \(text(upperQuartile)), mean \(decimal(mean, 1))"
  }
}
