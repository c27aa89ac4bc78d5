import ArgumentParser
import Compute
import Evaluation
import Files
import Glibc
import Learning
import Music
import Recommendation

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures how well playlists are continued, beside simple rivals.",
    discussion: """
      Of each playlist with more than K songs the first K are given; the later ones are relevant. Every method is \
      fitted on exactly the playlists that the model was trained on; all but segue are fitted on the spot. Intervals \
      are 95 % bootstrap intervals over playlists; with more than four methods the table leaves them to --json and \
      --report. Methods: \(methodNames.joined(separator: ", ")).
      """)

  /// In the order of the report.
  private static let methodNames =
    ["segue"] + Rivals.all.map { $0.name } + ["popularity", "content-knn", "random"]

  enum SplitPart: String, ExpressibleByArgument, CaseIterable { case train, validation, test }

  @Argument(help: "The model folder.") var model: String
  @Argument(help: "The dataset folder that it was trained on.") var dataset: String

  @Option(help: ArgumentHelp("Playlists of a file (playlists.csv, .gz) instead of the dataset's.", valueName: "file"))
  var holdout: String?
  @Option(help: "Part of the model's split: train, validation or test (default).") var on: SplitPart?
  @Option(help: ArgumentHelp("Songs given of each playlist, K.", valueName: "k")) var seeds = 10
  @Option(help: ArgumentHelp("Methods, separated by commas, or all.", valueName: "a,b|all")) var methods = "all"
  @Option(help: "How the model decodes: default or original.") var decode = DecodeStyle.default
  @Option(help: ArgumentHelp("Also write evaluation.json and evaluation.md here.", valueName: "folder"))
  var report: String?
  @Flag(help: "Print JSON: all intervals, and those of all differences.") var json = false
  @Option(
    help: ArgumentHelp(
      "Search settings of a rival on the validation playlists instead.", valueName: "method", visibility: .hidden))
  var tune: String?

  func validate() throws {
    guard holdout == nil || on == nil else { throw ValidationError("Give either --holdout or --on.") }
    guard (1...Recommender.idLimit).contains(seeds) else {
      throw ValidationError("--seeds must lie in 1…1000, got \(seeds).")
    }
    _ = try methodNames()
    if let tune {
      guard Rivals.all.contains(where: { $0.name == tune }) else {
        throw ValidationError("--tune \(tune) is unknown. Use \(Rivals.all.map { $0.name }.joined(separator: ", ")).")
      }
      guard on == .validation else { throw ValidationError("--tune needs --on validation.") }
    }
  }

  private func methodNames() throws -> [String] {
    if methods == "all" { return Self.methodNames }
    var names: [String] = []
    for name in methods.split(separator: ",").map(String.init) {
      guard Self.methodNames.contains(name) else {
        throw ValidationError("--methods \(name) is unknown. Use \(Self.methodNames.joined(separator: ", ")), or all.")
      }
      if !names.contains(name) { names.append(name) }
    }
    guard !names.isEmpty else { throw ValidationError("--methods names none.") }
    return names
  }

  func run() throws {
    try reportingErrors {
      let folder = try ModelFolder(path: model)
      let data = try Dataset.load(folder: dataset, maxPlaylists: folder.description.training.maxPlaylists)
      let part: EvaluationInput.Part =
        holdout.map { .holdout($0) } ?? (on == .train ? .train : on == .validation ? .validation : .test)
      let input = try EvaluationInput(model: folder, dataset: data, part: part)
      let set = EvaluationSet(input.evaluated, seedCount: seeds, alreadySkipped: input.skippedCount)
      guard !set.cases.isEmpty else {
        throw InputError(
          path: holdout ?? dataset, reason: "none of \(set.skippedCount) playlists has more than \(seeds) songs",
          remedy: "Give fewer seeds with --seeds.")
      }
      let backend = try CPUBackend()
      let trained = Set(input.training.map(\.pid))
      let subject = EvaluationReport.Subject(
        device: backend.device.name, decode: decode, evaluated: evaluatedName(part),
        isSynthetic: folder.catalogue.isSynthetic || data.songs.isSynthetic,
        seenCount: set.cases.count { trained.contains($0.pid) })
      Console.print(
        "\(set.cases.count) playlists (\(subject.evaluated)), \(seeds) songs given of each; "
          + "\(set.skippedCount) skipped; \(subject.conditions)")
      if let warning = subject.warning(of: set.cases.count) { Console.print("warning: \(warning)") }
      let rivals = RivalInput(playlists: input.training.map(\.songs), catalogue: folder.catalogue)
      let evaluator = Evaluator(set, catalogue: folder.catalogue)
      if let tune {
        try search(settingsOf: tune, RivalTuning(evaluator, input: rivals, backend: backend))
        return
      }
      let methods: [any RankingMethod] = try methodNames().map { name in
        switch name {
        case "segue": DecodedRanking(try Recommender(folder, backend: backend), style: decode)
        case "popularity": Popularity(rivals.matrix)
        case "content-knn": ContentNeighbours(catalogue: folder.catalogue, songs: folder.songs)
        case "random": RandomRanking(songCount: folder.catalogue.count)
        default: Rivals.fit(Rivals.all.first { $0.name == name }!, on: rivals, backend: backend)
        }
      }
      var result = try evaluator.report(methods) { method, done in
        if Console.isTerminal { Console.write("\r\(padded("\(method): \(done)/\(set.cases.count)", 40))\r") }
      }
      result.subject = subject
      if json {
        print(result.json, terminator: "")
      } else {
        print(table(result.methods.count > 4 ? result.means : result.rows))
      }
      fflush(nil)  // the result is out before a report can fail
      if let report { try write(result, to: report) }
    }
  }

  /// Prints every trial; those that were the best so far carry a star.
  private func search(settingsOf name: String, _ tuning: RivalTuning) throws {
    print((["", "settings"] + RivalTuning.metrics.map(\.rawValue)).joined(separator: "\t"))
    try tuning.search(Rivals.all.first { $0.name == name }!) { trial in
      print(([trial.isBest ? "*" : "", trial.settings] + trial.means.map { decimal($0, 4) }).joined(separator: "\t"))
      fflush(nil)
    }
  }

  private func evaluatedName(_ part: EvaluationInput.Part) -> String {
    switch part {
    case .train: "train"
    case .validation: "validation"
    case .test: "test"
    case .holdout(let path): path.split(separator: "/").last.map(String.init) ?? path
    }
  }

  private func write(_ result: EvaluationReport, to folder: String) throws {
    try Folder.make(folder)
    try AtomicFile.write(result.json, to: "\(folder)/evaluation.json")
    try AtomicFile.write(result.markdown, to: "\(folder)/evaluation.md")
    Console.print("report written to \(folder)")
  }
}

extension EvaluationReport.Subject {
  /// How the figures came about, in a phrase.
  fileprivate var conditions: String {
    "decode \(decode.rawValue), \(device)"
      + (isSynthetic ? "; synthetic data: the numbers say nothing about real music" : "")
  }

  /// What to hold against the figures.
  fileprivate func warning(of playlistCount: Int) -> String? {
    guard seenCount > 0 else { return nil }
    return "the model was trained on \(seenCount) of these \(playlistCount) playlists (by pid), "
      + "so its figures do not tell how it continues new ones"
  }
}

extension EvaluationReport {
  /// A row for each metric, a column for each method.
  fileprivate var rows: [[String]] {
    [["metric"] + methods.map(\.name)]
      + Metric.allCases.enumerated().map { index, metric in
        [metric.rawValue] + methods.map { text($0.estimates[index]) }
      }
  }

  /// A row for each method, a column for each metric, without intervals: what a screen holds of many methods.
  fileprivate var means: [[String]] {
    [["method"] + Metric.allCases.map(\.rawValue)]
      + methods.map { [$0.name] + $0.estimates.map { decimal($0.mean, $0.mean < 10 ? 4 : 2) } }
  }

  fileprivate var markdown: String {
    let lines = rows.map { "| " + $0.joined(separator: " | ") + " |" }
    let rule = "|" + String(repeating: "---|", count: methods.count + 1)
    var heading = "\(playlistCount) playlists"
    if let subject { heading += " (\(subject.evaluated))" }
    heading += ", the first \(seedCount) songs given, \(skippedCount) skipped; mean [95 %]"
    if let subject { heading += "; \(subject.conditions)" }
    heading += "."
    if let warning = subject?.warning(of: playlistCount) { heading += "\n\nWarning: \(warning)." }
    return ([heading, "", lines[0], rule] + lines.dropFirst()).joined(separator: "\n") + "\n"
  }

  private func text(_ estimate: Estimate) -> String {
    let digits = estimate.mean < 10 ? 4 : 2
    let mean = decimal(estimate.mean, digits)
    guard let interval = estimate.ci95 else { return mean }
    return "\(mean) [\(interval.map { decimal($0, digits) }.joined(separator: ", "))]"
  }
}
