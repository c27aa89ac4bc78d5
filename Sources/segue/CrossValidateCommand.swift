import ArgumentParser
import Evaluation
import Files
import Glibc
import Learning
import Music

struct CrossValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cross-validate", abstract: "Trains and judges on every fold of a dataset, beside its rivals.",
    discussion: """
      The playlists are dealt into folds of near-equal size by --fold-seed, near-identical ones (Jaccard ≥ 0.5 of their \
      songs) into one. On every fold all methods are fitted on the other folds: each rival once, with its settings as \
      tuned, the model once for each of --model-seeds, exactly as `segue train DATASET --split fold:1/5:SEED --seed S` \
      does. Then every playlist has been continued by every method without having been seen. Figures are means over all \
      playlists with 95 % bootstrap intervals, the model's after each playlist's mean over the model seeds.

      What is finished is kept in REPORT/folds: the same command goes on where an interrupted one stopped, and with more \
      methods does these alone. Remove that folder to do all again, after a change of the program, too, unless \
      SEGUE_COMMIT tells its versions apart.

      Flags of `segue train` that decide a model are taken here, too, except --split, --seed and --cold-songs. \
      Methods: \(EvaluationMethods.names.joined(separator: ", ")).
      """)

  @Argument(help: "The dataset folder.") var dataset: String
  @Option(help: "Folds, at least 2.") var folds = 5
  @Option(help: "Decides which playlists are in which fold.") var foldSeed: UInt64 = 1
  @Option(help: ArgumentHelp("Seeds of the model's training runs, each on every fold.", valueName: "s,s"))
  var modelSeeds = "1,2,3"
  @Option(
    help: ArgumentHelp(
      "Share of the other folds' playlists that is kept from training for the validation loss, which chooses the epoch; "
        + "without any the last weights are kept.", valueName: "share"))
  var validationShare = 0.0
  @OptionGroup var evaluation: EvaluationOptions
  @Option(
    help: ArgumentHelp(
      "The report: cross-validation.md with pictures, cross-validation.json.", valueName: "folder"))
  var report: String
  @Option(help: ArgumentHelp("Also keep the models, in FOLDER/fold-1-seed-2 and so on.", valueName: "folder"))
  var keep: String?
  @Flag(help: "Print JSON: all intervals, and those of all differences.") var json = false
  @OptionGroup var device: DeviceOptions
  @OptionGroup var settings: SettingOptions

  func validate() throws {
    guard folds >= 2 else { throw ValidationError("--folds must be at least 2, got \(folds).") }
    guard (0..<1).contains(validationShare) else {
      throw ValidationError("--validation-share must lie in 0 ..< 1, got \(validationShare).")
    }
    guard settings.earlyStopping == nil || validationShare > 0 else {
      throw ValidationError("--early-stopping needs --validation-share.")
    }
    for (flag, isGiven, instead) in [
      ("--split", settings.split != nil, "the folds are the split: use --folds and --fold-seed"),
      ("--seed", settings.seed != nil, "use --model-seeds and --fold-seed"),
      ("--cold-songs", settings.coldSongs != nil, "use `segue train` and `segue evaluate`"),
    ] where isGiven {
      throw ValidationError("\(flag) is not for cross-validate; \(instead).")
    }
    guard !report.isEmpty, keep?.isEmpty != true else { throw ValidationError("--report and --keep need a folder.") }
    _ = try seeds()
  }

  /// In the order given, repeats dropped.
  private func seeds() throws -> [UInt64] {
    var seeds: [UInt64] = []
    for text in modelSeeds.split(separator: ",", omittingEmptySubsequences: false) {
      guard let seed = UInt64(text) else {
        throw ValidationError("--model-seeds must be whole numbers from 0, separated by commas, got \(modelSeeds).")
      }
      if !seeds.contains(seed) { seeds.append(seed) }
    }
    return seeds
  }

  func run() throws {
    try reportingErrors {
      let description = try settings.resolved(over: nil)
      let kept = "\(report)/folds"
      try Folder.makeWritable(report)  // not to fail after the work
      try Folder.makeWritable(kept)
      if let keep { try Folder.makeWritable(keep) }
      let lock = try FolderLock(folder: kept)
      defer { withExtendedLifetime(lock) {} }
      let data = try Dataset.load(
        folder: dataset, maxPlaylists: description.training.maxPlaylists,
        contextColumns: description.training.context)
      let validation = try CrossValidation(
        dataset: data, description: description, foldCount: folds, foldSeed: foldSeed,
        validationShare: validationShare, modelSeeds: seeds(), methods: evaluation.methodNames(),
        seedCounts: evaluation.seedCounts(), seedChoice: evaluation.seedChoice, folder: kept, keep: keep,
        device: device)
      let words = ["segue"] + CommandLine.arguments.dropFirst()
      let (reports, training) = try validation.run(
        resumeCommand: words.map(shellQuoted).joined(separator: " "))
      let subject = CrossValidationReport.Subject(
        dataset: fileName(dataset), fingerprint: validation.fingerprint, playlists: data.playlists.count,
        synthetic: data.songs.isSynthetic, foldCount: folds, foldSeed: foldSeed, validationShare: validationShare,
        modelSeeds: try seeds(), training: training, version: Segue.configuration.version, commit: Segue.commit)
      if json {
        print(CrossValidationReport.json(of: reports, subject: subject), terminator: "")
      } else {
        printTables(of: reports)
      }
      fflush(nil)  // the result is out before a report can fail
      try CrossValidationPage(reports: reports, subject: subject).write(to: report)
      Console.print("report written to \(report)")
      let faults = reports.flatMap(\.faults)
      guard faults.isEmpty else {
        for fault in faults { Console.print("FAULT OF SEGUE, its figures are wrong: \(fault)") }
        throw ExitCode(ExitStatus.ownFault.rawValue)
      }
    }
  }

  private func printTables(of reports: [CrossValidationReport]) {
    for (number, report) in reports.enumerated() {
      let heading = "K = \(report.pooled.seedCount), \(report.pooled.playlistCount) playlists in \(folds) folds"
      print((number > 0 ? "\n" : "") + heading)
      print(table(EvaluationReport.screenRows(of: report.pooled.methods + report.seeds)))
      for line in report.comparisons { print(line) }
    }
  }
}
