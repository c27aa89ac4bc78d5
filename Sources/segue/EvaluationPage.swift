import Evaluation
import Files
import FoundationEssentials

/// The report of `segue evaluate --report`: a page of Markdown with its pictures and the JSON. Song titles and ids stay
/// out of it, so that it may be published where the songs may not.
struct EvaluationPage {
  let reports: [EvaluationReport]
  let origin: EvaluationReport.Origin

  /// The report for ten songs given where there is one, else for the first number asked for.
  private var headline: EvaluationReport { reports.first { $0.seedCount == 10 } ?? reports[0] }
  private var isSynthetic: Bool { headline.subject?.isSynthetic ?? false }

  /// Writes the page, the pictures and the JSON.
  /// - Throws: `OutputError`.
  func write(to folder: String) throws {
    let charts = EvaluationCharts(
      reports: reports, headline: headline,
      notes: [
        "\(origin.dataset), \(headline.subject?.evaluated ?? "")"
          + (isSynthetic ? "; SYNTHETIC: says nothing about real music" : "")
      ])
    let pictures = [
      ("metrics", charts.metrics), ("differences", charts.differences), ("seeds", charts.curves),
      ("drift", charts.drift),
    ]
    for case (let name, let picture?) in pictures { try AtomicFile.write(picture, to: "\(folder)/\(name).svg") }
    try AtomicFile.write(EvaluationReport.json(of: reports), to: "\(folder)/evaluation.json")
    try AtomicFile.write(markdown, to: "\(folder)/evaluation.md")
  }

  private var markdown: String {
    [
      "# Evaluation\(isSynthetic ? " on synthetic data" : "") of \(origin.dataset)", conditions, figures, differences,
      curves, unseen, leaks, drift, dissertation, definitions,
    ].compactMap { $0 }.joined(separator: "\n\n") + "\n"
  }

  private var conditions: String {
    var lines = [
      "Data set: \(origin.dataset), \(origin.fingerprints.joined(separator: "; "))",
      "Evaluated: \(headline.subject?.evaluated ?? "") (split \(origin.split)); every method is fitted on exactly the "
        + "model's training playlists",
      "Given: "
        + reports.map { "K = \($0.seedCount), \($0.playlistCount) playlists (\($0.skippedCount) skipped)" }
        .joined(separator: "; ")
        + (headline.seedChoice == .first
          ? "; the first K songs" : "; K songs drawn at random, the same ones every time"),
      "Ranking: the whole catalogue without the seeds, ties to the lower row; a short list's rest are misses",
      "Intervals: 95 % bootstrap over playlists, 2,000 resamples, seed 0; differences are paired",
      "Model: \(origin.model); \(headline.subject?.conditions ?? "")",
      "Made by segue \(origin.version), commit \(origin.commit ?? "not known (SEGUE_COMMIT is not set)"), "
        + Date.now.formatted(.iso8601),
    ]
    if let warning = headline.subject?.warning(of: headline.playlistCount) { lines.append("**Warning:** \(warning)") }
    return lines.map { "- \($0)" }.joined(separator: "\n")
  }

  private var figures: String {
    let tables = reports.map { report in
      "## Figures, K = \(report.seedCount)\n\nMean [95 %].\n\n\(Self.table(EvaluationReport.rows(of: report.methods)))"
    }
    return tables.joined(separator: "\n\n") + "\n\n![Figures of each method, K = \(headline.seedCount)](metrics.svg)"
  }

  private var differences: String? {
    guard !headline.paired.isEmpty else { return nil }
    let metrics = EvaluationCharts.comparedMetrics
    let rows = headline.paired.map { pair in
      ["\(pair.first) − \(pair.second)"]
        + metrics.map { metric in
          let estimate = pair.estimate(metric)
          return estimate.excludesZero ? "**\(estimate.text)**" : estimate.text
        }
    }
    return """
      ## Paired differences, K = \(headline.seedCount)

      Bold: the interval excludes zero. The other figures are in `evaluation.json`.

      \(Self.table([["difference"] + metrics.map(\.rawValue)] + rows))

      ![The first method against each other one](differences.svg)
      """
  }

  private var curves: String? {
    guard reports.count > 1 else { return nil }
    return "## Number of songs given\n\n![Over the number of songs given](seeds.svg)"
  }

  private var unseen: String? {
    let tables = reports.compactMap { report in
      report.cold.map { cold in
        """
        ## Songs that training never saw, K = \(report.seedCount)

        Here \(cold.words).

        \(Self.table(EvaluationReport.rows(of: cold.methods)))

        The same, these songs ranked among themselves.

        \(Self.table(EvaluationReport.rows(of: cold.methodsAlone)))
        """
      }
    }
    return tables.isEmpty ? nil : tables.joined(separator: "\n\n")
  }

  private var leaks: String {
    let rows = headline.leaks.methods.map { method in
      [
        method.name, headline.estimate(.averagePrecisionByReachable, of: method.name)!.text,
        method.withoutNearIdentical.text, "\(method.seedFaults)", "\(method.repeatFaults)",
      ]
    }
    let heading = [
      "method", "ap@10/min", "without near-identical playlists", "lists with a seed", "lists with a song twice",
    ]
    let faults = reports.flatMap { report in
      report.leaks.faults.map { "\n\n**FAULT OF SEGUE, its figures are wrong:** K = \(report.seedCount): \($0)." }
    }.joined()
    return """
      ## Leak check, K = \(headline.seedCount)

      \(headline.leaks.nearIdenticalCount) of the \(headline.playlistCount) playlists are near-identical to a training \
      playlist (Jaccard ≥ 0.5 of their sets of songs), \(headline.leaks.identicalCount) of them identical. The last two \
      columns must be 0.

      \(Self.table([heading] + rows))\(faults)
      """
  }

  private var drift: String? {
    guard let steps = headline.drift?.steps, !steps.isEmpty else { return nil }
    let shown = steps.filter { [1, 2, 3, 5, 10, 20, DriftCurve.stepLimit].contains($0.step) }
    let rows = shown.map { step in
      ["\(step.step)", "\(step.playlists)"]
        + [
          step.teacherForced.error, step.freeRunning.error, step.seedMeanError, step.teacherForced.hitRate,
          step.freeRunning.hitRate,
        ].map { decimal($0, 4) }
    }
    let heading = [
      "step", "playlists", "error, played songs fed", "error, own songs fed", "error of the seeds' mean",
      "hit rate, played songs fed", "hit rate, own songs fed",
    ]
    return """
      ## Drift of the decoder, K = \(headline.seedCount)

      Error: Euclidean distance of the predicted 29 numbers from those of the song played at that step. Hit: the song \
      nearest to the prediction, seeds and songs fed before excluded, is one of the relevant songs. Teacher-forced, the \
      decoder is fed the songs played; free-running, its own. Both start from the seeds' mean.

      \(Self.table([heading] + rows))

      ![Error and hit rate by decode step](drift.svg)
      """
  }

  private var dissertation: String? {
    guard let ours = headline.dissertation else { return nil }
    let published = DissertationProtocol.published.map { [$0.method, "\(decimal($0.value, 4))", "", ""] }
    let five = "first \(min(DissertationProtocol.playlistCount, headline.playlistCount)) playlists"
    let rows = [
      [
        "Segue's seq2seq, /min(R, 10)", "", ours.meanByReachable.text, decimal(ours.firstFiveByReachable, 4),
      ], ["Segue's seq2seq, /R", "", ours.meanByAll.text, decimal(ours.firstFiveByAll, 4)],
    ]
    return """
      ## The dissertation's own protocol, K = \(headline.seedCount)

      \(DissertationProtocol.songCount) songs recommended in its way (`--decode original`), average precision at a cut-off \
      of \(DissertationProtocol.cutOff), the mean over playlists (its chapter 9.4; it took 5 of its test playlists and does \
      not say which, nor how many songs were given). Its AP@N is "a variation"; the source it cites (Sawtelle 2016) gives \
      both divisors. Its figures are of other playlists: beside ours they tell the order of size, no more. \
      \(ours.distinctSongs) different songs were recommended to \(headline.playlistCount) playlists.

      \(Self.table([["method", "its Table 9.2", "all \(headline.playlistCount) playlists [95 %]", five]] + published + rows))
      """
  }

  private var definitions: String { Self.definitions }

  static var definitions: String {
    """
    ## Definitions

    For one playlist; the figures are means over playlists, those without a value left out. h_i is 1 when rank i holds a \
    relevant song, R the number of relevant songs, P@i the precision of the first i ranks. Relevant: the songs of the \
    playlist that were not given, once each, known to the catalogue or not.

    \(table([["id", "definition"]] + Metric.allCases.map { ["`\($0.rawValue)`", $0.definition] }))
    """
  }

  static func table(_ rows: [[String]]) -> String {
    let lines = rows.map { "| " + $0.joined(separator: " | ") + " |" }
    return ([lines[0], "|" + String(repeating: "---|", count: rows[0].count)] + lines.dropFirst())
      .joined(separator: "\n")
  }
}
