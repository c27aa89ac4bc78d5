import Evaluation
import Recommendation

extension EvaluationReport.Subject {
  /// How the figures came about, in a phrase.
  var conditions: String {
    "decode \(decode.rawValue), \(device)"
      + (isSynthetic ? "; synthetic data: the numbers say nothing about real music" : "")
  }

  /// What to hold against the figures.
  func warning(of playlistCount: Int) -> String? {
    guard seenCount > 0 else { return nil }
    return "the model was trained on \(seenCount) of these \(playlistCount) playlists (by pid), "
      + "so its figures do not tell how it continues new ones"
  }
}

extension EvaluationReport {
  /// A row for each metric, a column for each method.
  static func rows(of methods: [Method]) -> [[String]] {
    [["metric"] + methods.map(\.name)]
      + Metric.allCases.enumerated().map { index, metric in
        [metric.rawValue] + methods.map { $0.estimates[index].text }
      }
  }
}

extension EvaluationReport {
  /// The same as far as a screen holds it: of more than four methods a row for each, without intervals.
  static func screenRows(of methods: [Method]) -> [[String]] {
    guard methods.count > 4 else { return rows(of: methods) }
    let places = Metric.allCases.indices.filter { screenMetrics.contains(Metric.allCases[$0]) }
    return [["method"] + places.map { Metric.allCases[$0].rawValue }]
      + methods.map { method in [method.name] + places.map { method.estimates[$0].meanText } }
  }

  /// What fits beside many methods on a terminal of 80 columns.
  private static let screenMetrics: [Metric] = [
    .averagePrecisionByReachable, .rPrecisionOfTracks, .discountedGain, .hitRate, .coverage,
  ]
}

extension EvaluationReport.Cold {
  /// What was judged, in words.
  var words: String {
    "only songs that training never saw are right (\(songCount) of the catalogue's), among all songs ranked: "
      + "\(playlistCount) playlists, \(skippedCount) skipped"
  }
}

extension Estimate {
  private var digits: Int { abs(mean) < 10 ? 4 : 2 }

  /// The mean, short; a dash where no playlist has a value.
  var meanText: String { mean.isNaN ? "–" : decimal(mean, digits) }

  /// Mean and interval, short.
  var text: String {
    guard let interval = ci95 else { return meanText }
    return "\(meanText) [\(interval.map { decimal($0, digits) }.joined(separator: ", "))]"
  }
}

extension SeedChoice {
  /// Which songs were given, in words.
  func words(_ count: Int) -> String {
    switch self {
    case .first: count == 1 ? "the first song given" : "the first \(count) songs given"
    case .random: "\(count) song\(count == 1 ? "" : "s") given, drawn at random"
    }
  }
}

extension LeakCheck {
  var summary: String {
    "\(nearIdenticalCount) playlists near-identical to a training playlist (Jaccard ≥ 0.5), \(identicalCount) of them "
      + "identical; "
      + (faults.isEmpty ? "no seed among the recommended songs" : faults.joined(separator: "; "))
  }
}
