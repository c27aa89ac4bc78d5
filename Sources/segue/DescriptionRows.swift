import Music

/// A dataset's figures as rows of tables and as sentences, for terminal and page alike.
extension DatasetDescription {
  /// How often songs stand in playlists.
  var popularityRows: [[String]] {
    [["playlists", "songs", "share"]]
      + songsByPlaylists.filter { $0.songs > 0 }.map { step in
        let range = step.from == step.to ? grouped(step.from) : "\(grouped(step.from))–\(grouped(step.to))"
        return [range, grouped(step.songs), percent(step.songs, of: counts.songs)]
      }
  }

  /// Where the features come from; empty where the dataset does not say.
  var sourceRows: [[String]] {
    guard !coverage.sources.isEmpty else { return [] }
    return [["source", "songs", "share", "rows", "share"]]
      + coverage.sources.map { source in
        [
          source.name ?? "not said", grouped(source.songs), percent(source.songs, of: counts.songs),
          grouped(source.rows), percent(source.rows, of: counts.rows),
        ]
      }
  }

  /// A row for each of the ten numbers.
  /// - Parameter withExpected: with a column of what is expected.
  func numberRows(withExpected: Bool = false) -> [[String]] {
    let heading = ["feature", "missing", "unusual"] + (withExpected ? ["expected"] : [])
    return [heading + ["least", "25 %", "median", "75 %", "largest"]]
      + features.compactMap { feature in
        guard let expected = feature.expected else { return nil }
        let range = expected.map { shown($0, feature.name, digits: 0) }.joined(separator: " to ")
        let values = feature.distribution.map {
          [$0.minimum, $0.lowerQuartile, $0.median, $0.upperQuartile, $0.maximum].map { shown($0, feature.name) }
        }
        return [feature.name, grouped(feature.missingSongs), values == nil ? "" : grouped(feature.unexpectedSongs)]
          + (withExpected ? [range] : []) + (values ?? Array(repeating: "", count: 5))
      }
  }

  /// A row for key, mode and time signature each.
  var categoryRows: [[String]] {
    [["feature", "missing", "songs of each value"]]
      + features.filter { $0.expected == nil }.map { feature in
        let values = (feature.values ?? []).map { "\($0.value): \(percent($0.songs, of: counts.songs))" }
        return [feature.name, grouped(feature.missingSongs), values.joined(separator: ", ")]
      }
  }

  /// What is there twice or for nothing, a line each.
  var duplicateLines: [String] {
    let found = duplicates
    func line(_ what: String, _ count: Int, _ detail: String, _ detailCount: Int) -> String {
      "\(what): \(grouped(count))" + (count > 0 ? " (\(detail): \(grouped(detailCount)))" : "")
    }
    let nearIdentical = "near-identical playlists (Jaccard ≥ 0.5)"
    return [
      line("playlists with a song more than once", found.playlistsWithRepeats, "rows too many", found.repeatedRows),
      line("playlists with the same songs as another", found.identicalPlaylists, "sets", found.identicalSets),
      found.nearIdenticalPlaylists.map { line(nearIdentical, $0, "pairs", found.nearIdenticalPairs ?? 0) }
        ?? "\(nearIdentical): not looked for among more than \(grouped(Self.nearIdenticalLimit))",
      line("songs with title and artist of another id", found.sameTitleIds, "titles", found.sameTitles),
      "songs in no playlist: \(grouped(found.songsInNoPlaylist))",
    ]
  }

  /// The Million Playlist Dataset's totals; empty for other sets.
  var publishedRows: [[String]] {
    guard let publishedTotals else { return [] }
    return [["total", "published", "here", ""]]
      + publishedTotals.map {
        [$0.name, grouped($0.published), grouped($0.here), $0.agrees ? "agrees" : "differs"]
      }
  }

  /// Albums have no ids in a dataset folder.
  static let publishedNote =
    "Albums are told apart by name and artist here, by their ids there; so their number alone may differ."

  /// A value of a feature in the units in which people read it: durations as minutes and seconds.
  private func shown(_ value: Double, _ feature: String, digits: Int? = nil) -> String {
    switch feature {
    case AudioFeature.durationMilliseconds.rawValue:
      let seconds = Int(min((abs(value) / 1000).rounded(), 1e15))
      return "\(value < 0 ? "-" : "")\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
    case AudioFeature.loudness.rawValue, AudioFeature.tempo.rawValue: return decimal(value, digits ?? 1)
    default: return decimal(value, digits ?? 3)
    }
  }
}

/// `1,234,567`.
func grouped(_ number: Int) -> String {
  let digits = String(number.magnitude)
  var text = ""
  for (place, digit) in digits.enumerated() {
    if place > 0 && (digits.count - place) % 3 == 0 { text += "," }
    text.append(digit)
  }
  return number < 0 ? "-" + text : text
}

/// A share with one digit after the point; what is neither all nor nothing is never written as such.
func percent(_ part: Int, of whole: Int) -> String {
  guard whole > 0 else { return "–" }
  let tenths = 1000 * Double(part) / Double(whole)
  let kept = part == 0 || part == whole ? tenths : min(max(tenths.rounded(), 1), 999)
  return decimal(kept / 10, 1) + " %"
}
