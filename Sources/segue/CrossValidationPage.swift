import Evaluation
import Files
import FoundationEssentials
import Learning

/// The report of `segue cross-validate`: a page of Markdown with its pictures and the JSON. Song titles and ids stay out of
/// it, so that it may be published where the songs may not.
struct CrossValidationPage {
  /// One for each number of songs given.
  let reports: [CrossValidationReport]
  let subject: CrossValidationReport.Subject

  /// The report for ten songs given where there is one, else for the first number asked for.
  private var main: CrossValidationReport { reports.first { $0.pooled.seedCount == 10 } ?? reports[0] }
  private var hasModel: Bool { !main.seeds.isEmpty }
  private var headline: Metric { CrossValidationReport.headline }

  /// Writes the page, the pictures and the JSON.
  /// - Throws: `OutputError`.
  func write(to folder: String) throws {
    let charts = EvaluationCharts(
      reports: reports.map(\.pooled), headline: main.pooled,
      notes: [
        "\(subject.dataset), \(subject.foldCount) folds\(hasModel ? ", \(subject.modelSeeds.count) model seeds" : "")"
          + (subject.synthetic ? "; SYNTHETIC: says nothing about real music" : "")
      ])
    let pictures = [("metrics", charts.metrics), ("differences", charts.differences), ("seeds", charts.curves)]
    for case (let name, let picture?) in pictures { try AtomicFile.write(picture, to: "\(folder)/\(name).svg") }
    try AtomicFile.write(
      CrossValidationReport.json(of: reports, subject: subject), to: "\(folder)/cross-validation.json")
    try AtomicFile.write(markdown, to: "\(folder)/cross-validation.md")
  }

  private var markdown: String {
    [
      "# Cross-validation\(subject.synthetic ? " on synthetic data" : "") of \(subject.dataset)", conditions, outcome,
      figures, differences, curves, folds, training, leaks, settings, EvaluationPage.definitions,
    ].compactMap { $0 }.joined(separator: "\n\n") + "\n"
  }

  private var conditions: String {
    let given = reports.map {
      "K = \($0.pooled.seedCount), \($0.pooled.playlistCount) playlists (\($0.pooled.skippedCount) skipped)"
    }
    let choice =
      main.pooled.seedChoice == .first ? "the first K songs" : "K songs drawn at random, the same ones every time"
    let warning = subject.synthetic ? "; synthetic: the numbers say nothing about real music" : ""
    let held =
      subject.validationShare > 0
      ? ", without the \(decimal(100 * subject.validationShare, 1)) % of their playlists that are for validation" : ""
    var lines = [
      """
      Data set: \(subject.dataset), \(subject.playlists) playlists, fingerprint \(subject.fingerprint) of songs and \
      playlists\(warning)
      """,
      """
      Folds: \(subject.foldCount) of near-equal size, dealt by seed \(subject.foldSeed); near-identical playlists (Jaccard \
      ≥ 0.5 of their sets of songs) share one. Every method is fitted on the other folds\(held), and every playlist is \
      continued once
      """,
    ]
    if let configuration = subject.training.first?.configuration.training {
      let seeds = subject.modelSeeds.map { "\($0)" }.joined(separator: ", ")
      lines.append(
        """
        Model: \(configuration.objective), trained on every fold with each of the seeds \(seeds); a playlist's \
        value is its mean over these seeds, and each seed stands by itself, too
        """)
    }
    lines += [
      "Given: \(given.joined(separator: "; ")); \(choice)",
      "Ranking: the whole catalogue without the seeds, ties to the lower row; a short list's rest are misses",
      "Figures: over the playlists of all folds together; coverage@10 is the mean of the folds",
      """
      Intervals: 95 % bootstrap over playlists, 2,000 resamples, seed 0; differences and ratios are paired. They hold the \
      playlists' chance, not that of the training's seeds
      """,
      """
      Made by segue \(subject.version), commit \(subject.commit ?? "not known (SEGUE_COMMIT is not set)"), \
      \(Date.now.formatted(.iso8601))
      """,
    ]
    return lines.map { "- \($0)" }.joined(separator: "\n")
  }

  private var outcome: String? {
    let lines = reports.flatMap { report in
      report.comparisons.map { "- K = \(report.pooled.seedCount): \($0)" }
    }
    guard !lines.isEmpty else { return nil }
    return "## The model beside the best of the others\n\n" + lines.joined(separator: "\n")
  }

  private var figures: String {
    let tables = reports.map { report in
      let methods = report.pooled.methods + report.seeds
      let rows = methods.map { method in [method.name] + method.estimates.map(\.text) }
      return "## Figures, K = \(report.pooled.seedCount)\n\nMean [95 %].\n\n"
        + EvaluationPage.table([["method"] + Metric.allCases.map(\.rawValue)] + rows)
    }
    return tables.joined(separator: "\n\n") + "\n\n![Figures of each method, K = \(main.pooled.seedCount)](metrics.svg)"
  }

  private var differences: String? {
    guard let first = main.pooled.methods.first?.name, main.pooled.methods.count > 1 else { return nil }
    let metrics = EvaluationCharts.comparedMetrics
    let rows = main.pooled.paired.filter { $0.first == first }.map { pair in
      ["\(pair.first) − \(pair.second)"]
        + metrics.map { metric in
          let estimate = pair.estimate(metric)
          return estimate.excludesZero ? "**\(estimate.text)**" : estimate.text
        }
    }
    return """
      ## Paired differences, K = \(main.pooled.seedCount)

      Bold: the interval excludes zero. The other figures and pairs are in `cross-validation.json`.

      \(EvaluationPage.table([["difference"] + metrics.map(\.rawValue)] + rows))

      ![The first method against each other one](differences.svg)
      """
  }

  private var curves: String? {
    guard reports.count > 1 else { return nil }
    return "## Number of songs given\n\n![Over the number of songs given](seeds.svg)"
  }

  private var folds: String {
    let heading = ["fold"] + main.folds.indices.map { "\($0 + 1)" }
    let sizes = [
      ["playlists trained on"] + main.folds.map { "\($0.training)" },
      ["playlists continued (skipped)"] + main.folds.map { "\($0.evaluated) (\($0.skipped))" },
    ]
    let means = main.byFold.map { method in
      [method.name] + method.means.map { $0.isNaN ? "–" : decimal($0, 4) }
    }
    return """
      ## Folds, K = \(main.pooled.seedCount)

      `\(headline.rawValue)` on each fold.

      \(EvaluationPage.table([heading] + sizes + means))
      """
  }

  private var training: String? {
    guard !subject.training.isEmpty else { return nil }
    let rows = subject.modelSeeds.map { seed in
      ["seed \(seed)"] + subject.training.filter { $0.seed == seed }.map { decimal($0.seconds, 1) }
    }
    let devices = Set(subject.training.map(\.configuration.training.device)).sorted().joined(separator: ", ")
    return """
      ## Training seconds

      Wall time of each run, saving included, on \(devices); \(decimal(subject.meanTrainingSeconds, 1)) s on the average.

      \(EvaluationPage.table([["fold"] + (1...subject.foldCount).map { "\($0)" }] + rows))
      """
  }

  private var leaks: String {
    let leaks = main.pooled.leaks
    let rows = leaks.methods.map { [$0.name, "\($0.seedFaults)", "\($0.repeatFaults)"] }
    let faults = reports.flatMap(\.faults).map { "\n\n**FAULT OF SEGUE, its figures are wrong:** \($0)." }.joined()
    return """
      ## Leak check, K = \(main.pooled.seedCount)

      \(leaks.nearIdenticalCount) of the \(main.pooled.playlistCount) playlists are near-identical to a playlist that \
      their methods were fitted on, \(leaks.identicalCount) of them identical. All figures here must be 0.

      \(EvaluationPage.table([["method", "lists with a seed", "lists with a song twice"]] + rows))\(faults)
      """
  }

  private var settings: String {
    let rivals = main.pooled.methods.compactMap { method in
      Rivals.settings(of: method.name).map { "- \(method.name): `\($0)`" }
    }
    let model = subject.training.prefix(1).map { run in
      """
      The training run of fold \(run.fold) with seed \(run.seed); the others differ from it in `split`, in `seed` and in \
      the `fingerprint`, which holds the ranges of the fold's training songs:

      ```json
      \(run.configuration.json)```
      """
    }
    return (["## Settings"] + model + (rivals.isEmpty ? [] : [rivals.joined(separator: "\n")]))
      .joined(separator: "\n\n")
  }
}
