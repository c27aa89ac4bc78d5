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
    commandName: "evaluate", abstract: "Measures how well playlists are continued, beside its rivals.",
    discussion: """
      Of each playlist with more than K songs K are given; the others are relevant. Every method is fitted on \
      exactly the playlists that the model was trained on; all but segue are fitted on the spot. Intervals are 95 % \
      bootstrap intervals over playlists; with more than four methods the table shows five means and leaves the rest \
      to --json and --report. \
      Methods: \(EvaluationMethods.names.joined(separator: ", ")).
      """)

  enum SplitPart: String, ExpressibleByArgument, CaseIterable { case train, validation, test }

  /// A model and what it is called in tables.
  struct NamedModel: ExpressibleByArgument {
    var name: String
    var path: String

    init?(argument: String) {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { return nil }
      (name, path) = (parts[0], parts[1])
    }

    var plainName: String { String(name.map { $0 == "-" ? "_" : $0 }) }
  }

  @Argument(help: ArgumentHelp("The model folder.", valueName: "model")) var modelFolder: String
  @Argument(help: "The dataset folder that it was trained on.") var dataset: String

  @Option(help: ArgumentHelp("Playlists of a file (playlists.csv, .gz) instead of the dataset's.", valueName: "file"))
  var holdout: String?
  @Option(help: "Part of the model's split: train, validation or test (default).") var on: SplitPart?
  @OptionGroup var evaluation: EvaluationOptions
  @Option(
    help: ArgumentHelp(
      "Another trained model beside them, under a name of yours: one that was trained on the same playlists, such as the "
        + "objectives next-song and dissertation are. May be given several times.", valueName: "name=folder"))
  var model: [NamedModel] = []
  @Option(help: "How the model decodes: default or original.") var decode = DecodeStyle.default
  @Option(
    help: ArgumentHelp("Also write a report here: evaluation.md with pictures, evaluation.json.", valueName: "folder"))
  var report: String?
  @Flag(help: "Print JSON: all intervals, and those of all differences.") var json = false
  @Option(
    help: ArgumentHelp(
      "Search settings of a rival on the validation playlists instead.", valueName: "method", visibility: .hidden))
  var tune: String?

  func validate() throws {
    guard holdout == nil || on == nil else { throw ValidationError("Give either --holdout or --on.") }
    var names = Set(EvaluationMethods.names)
    for model in model where !names.insert(model.name).inserted {
      throw ValidationError("--model \(model.name)=\(model.path): there is a method \(model.name) already.")
    }
    if let model = model.first(where: { $0.name.contains("-") }) {  // which stands between two names that are compared
      throw ValidationError("--model \(model.name)=\(model.path): a name has no hyphen; write \(model.plainName).")
    }
    if let tune {
      guard Rivals.all.contains(where: { $0.name == tune }) else {
        throw ValidationError("--tune \(tune) is unknown. Use \(Rivals.all.map { $0.name }.joined(separator: ", ")).")
      }
      guard on == .validation else { throw ValidationError("--tune needs --on validation.") }
    }
  }

  func run() throws {
    try reportingErrors {
      if let report { try Folder.makeWritable(report) }  // not to fail after the work
      let folder = try ModelFolder(path: modelFolder)
      let data = try Dataset.load(
        folder: dataset, maxPlaylists: folder.description.training.maxPlaylists,
        contextColumns: folder.description.training.context)
      let part: EvaluationInput.Part =
        holdout.map { .holdout($0) } ?? (on == .train ? .train : on == .validation ? .validation : .test)
      guard decode == .default || folder.description.model.catalogue == nil else {
        throw UsageError("--decode original is for models of the objective dissertation; this one ranks its catalogue.")
      }
      let run = try EvaluationRun(
        folder: folder, input: try EvaluationInput(model: folder, dataset: data, part: part),
        evaluated: evaluatedName(part), isSynthetic: folder.catalogue.isSynthetic || data.songs.isSynthetic,
        seedChoice: evaluation.seedChoice, decode: decode,
        others: model.map { (name: $0.name, folder: try ModelFolder(path: $0.path)) })
      let sets = try run.sets(of: evaluation.seedCounts(), place: holdout ?? dataset)
      if let tune { return try search(settingsOf: tune, run.tuning(on: sets[0])) }
      var reports = try run.reports(on: sets, methods: evaluation.methodNames(), withDissertation: report != nil)
      let origin = try origin(folder, data)
      for number in reports.indices { reports[number].origin = origin }
      if json { print(EvaluationReport.json(of: reports), terminator: "") } else { printTables(of: reports) }
      fflush(nil)  // the result is out before a report can fail
      if let report {
        try EvaluationPage(reports: reports, origin: origin).write(to: report)
        Console.print("report written to \(report)")
      }
      let faults = reports.flatMap { report in report.leaks.faults.map { "K = \(report.seedCount): \($0)" } }
      guard faults.isEmpty else {
        for fault in faults { Console.print("FAULT OF SEGUE, its figures are wrong: \(fault)") }
        throw ExitCode(ExitStatus.ownFault.rawValue)
      }
    }
  }

  private func printTables(of reports: [EvaluationReport]) {
    for (number, report) in reports.enumerated() {
      if reports.count > 1 { print((number > 0 ? "\n" : "") + "K = \(report.seedCount)") }
      print(table(EvaluationReport.screenRows(of: report.methods)))
      if let cold = report.cold {
        print("\n\(cold.words)\n\(table(EvaluationReport.screenRows(of: cold.methods)))")
        print("\nthe same, ranked among themselves\n\(table(EvaluationReport.screenRows(of: cold.methodsAlone)))")
      }
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
    case .holdout(let path): fileName(path)
    }
  }

  /// What the report says of where its figures come from.
  private func origin(_ folder: ModelFolder, _ data: Dataset) throws -> EvaluationReport.Origin {
    let training = folder.description.training
    let fingerprint = String(
      data.fingerprint(SongVectors(songs: data.songs, scaling: folder.catalogue.scaling)), radix: 16)
    var fingerprints = [
      "fingerprint \(fingerprint) of songs and playlists"
        + (fingerprint == training.fingerprint ? ", the training's" : ", which is not the training's")
    ]
    if let holdout {
      let file = try MappedFile(path: holdout)
      let hash = withExtendedLifetime(file) { FNV1a.hash(file.bytes) }
      fingerprints.append("holdout file \(String(hash, radix: 16))")
    }
    return EvaluationReport.Origin(
      dataset: fileName(dataset), fingerprints: fingerprints,
      split: "\(training.split), seed \(training.seed)"
        + (training.coldSongs.map { "; \(decimal(100 * $0, 2)) % of the songs kept out of training" } ?? ""),
      model: "\(training.objective), \(training.padding), up to \(training.epochs) epochs, seed \(training.seed)",
      commit: Segue.commit, version: Segue.configuration.version)
  }
}
