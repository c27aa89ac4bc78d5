import Music
import Recommendation

/// The answer of `segue recommend` for people.
struct RecommendationText {
  let catalogue: Catalogue
  /// Of the model, as in `SongRecommender`: whether it tells scores or distances.
  let ranksCatalogue: Bool
  /// Songs that were asked for.
  let wanted: Int

  /// Prints the songs, and on stderr what else is to be said.
  func show(_ result: Recommendations, reasons: [Reason]?) {
    if let reasons {
      for (place, song) in result.songs.enumerated() {
        print(lines(place, song, reasons[place]).joined(separator: "\n"))
      }
    } else if !result.songs.isEmpty {
      print(songTable(result.songs))
    }
    showRemarks(result)
  }

  /// Says on stderr why there are fewer songs than wanted, and which of those given were passed over.
  func showRemarks(_ result: Recommendations) {
    if let shortage = result.shortage {
      let reason =
        switch shortage {
        case .catalogueUsedUp: "every other song of the catalogue was given or has no audio features"
        case .wishesForbidOthers: "the wishes forbid every other song"
        case .triesUsedUp: "the original decoder used up its \(Recommender.originalTries) tries on repeats"
        }
      let found = result.songs.isEmpty ? "nothing left to recommend" : "only \(result.songs.count) of \(wanted) songs"
      Console.print("\(found): \(reason)")
    }
    if !result.ignored.isEmpty { Console.print("not in the catalogue: \(result.ignored.joined(separator: ", "))") }
    if !result.withoutNumbers.isEmpty {
      let names = result.withoutNumbers.map { "\(catalogue.name($0)) (\(catalogue.id($0)))" }
      Console.print("without audio features, passed over: \(names.joined(separator: ", "))")
    }
  }

  private func songTable(_ songs: [Recommendation]) -> String {
    var rows = [["", "song", "artist", "track id", ranksCatalogue ? "score" : "distance"]]
    for (index, song) in songs.enumerated() {
      rows.append([
        "\(index + 1)", shortened(catalogue.name(song.row), 40), shortened(catalogue.artist(song.row), 30),
        catalogue.id(song.row), (ranksCatalogue ? song.score : song.distance).map { decimal($0, 3) } ?? "",
      ])
    }
    return table(rows)
  }

  /// A song with its reasons, no line longer than 80 columns.
  private func lines(_ place: Int, _ song: Recommendation, _ reason: Reason) -> [String] {
    let number = padded("\(place + 1)", 3, left: true)
    let title = "\(catalogue.name(song.row)) by \(catalogue.artist(song.row))"
    var lines = ["\(number)  \(shortened(title, 75))"]
    let distance =
      song.distance.map { ", distance \(decimal($0, 3))" } ?? (song.prediction.isEmpty ? "" : ", no audio features")
    lines.append("     \(catalogue.id(song.row)), score \(decimal(song.score, 3))\(distance)")
    for (index, pull) in reason.pulls.enumerated() {
      let share = padded("\(decimal(100 * pull.share, 0)) %", 5, left: true)
      let seed = "\(catalogue.name(pull.row)) by \(catalogue.artist(pull.row))"
      lines.append("     \(index == 0 ? "pulled by" : "         ") \(share)  \(shortened(seed, 58))")
    }
    if reason.pulls.isEmpty { lines.append("     pulled by no single song") }
    return lines + numberLines(reason.numbers) + [""]
  }

  /// What was expected above what the song has.
  private func numberLines(_ numbers: [Reason.Number]) -> [String] {
    guard !numbers.isEmpty else { return [] }
    var rows = ["         ", "expected ", "song     "]
    for number in numbers {
      let cells =
        [heading(number.feature), shown(number.predicted, number.feature)]
        + [number.actual.map { shown($0, number.feature) } ?? "-"]
      let width = (cells.map(\.count).max() ?? 0) + 1
      for row in rows.indices { rows[row] += padded(cells[row], width, left: true) }
    }
    return rows
  }

  private func heading(_ feature: AudioFeature) -> String {
    switch feature {
    case .acousticness: "acoust"
    case .danceability: "dance"
    case .durationMilliseconds: "length"
    case .energy: "energy"
    case .instrumentalness: "instr"
    case .liveness: "live"
    case .loudness: "dB"
    case .speechiness: "speech"
    case .tempo: "BPM"
    case .valence: "valence"
    case .key, .mode, .timeSignature: feature.rawValue
    }
  }

  private func shown(_ value: Double, _ feature: AudioFeature) -> String {
    switch feature {
    case .durationMilliseconds:
      let seconds = Int((value / 1000).rounded())
      return "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
    case .loudness: return decimal(value, 1)
    case .tempo: return decimal(value, 0)
    default: return decimal(value, 2)
    }
  }
}
