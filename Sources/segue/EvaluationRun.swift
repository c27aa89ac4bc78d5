import Compute
import Evaluation
import Files
import Learning
import Music
import Recommendation

/// A model and its rivals on the same playlists.
struct EvaluationRun {
  private let folder: ModelFolder
  private let input: EvaluationInput
  private let evaluated: String
  private let isSynthetic: Bool
  private let seedChoice: SeedChoice
  private let decode: DecodeStyle
  private let backend: CPUBackend
  private let methods: EvaluationMethods
  private let facts: SongFacts
  private let others: [any RankingMethod]

  /// - Parameters:
  ///   - evaluated: what the playlists are called in reports.
  ///   - others: more models, by their names in reports.
  /// - Throws: `InputError` for another model that was trained on other playlists or knows other songs.
  init(
    folder: ModelFolder, input: EvaluationInput, evaluated: String, isSynthetic: Bool, seedChoice: SeedChoice,
    decode: DecodeStyle, others: [(name: String, folder: ModelFolder)]
  ) throws {
    self.folder = folder
    self.input = input
    self.evaluated = evaluated
    self.isSynthetic = isSynthetic
    self.seedChoice = seedChoice
    self.decode = decode
    backend = try CPUBackend()
    methods = EvaluationMethods(
      catalogue: folder.catalogue, songs: folder.songs, training: input.training, backend: backend)
    facts = SongFacts(catalogue: folder.catalogue, training: input.training)
    let backend = backend
    self.others = try others.map { name, other in
      guard other.catalogue.fingerprint == folder.catalogue.fingerprint,
        try Set(other.trainingPids()) == Set(folder.trainingPids()),
        other.description.training.coldSongs == folder.description.training.coldSongs
      else {
        throw InputError(
          path: other.path, reason: "was trained on other playlists or songs than \(folder.path)",
          remedy: "Train both on the same dataset with the same --split, --seed and --cold-songs.")
      }
      return try EvaluationMethods.model(other, name: name, backend: backend)
    }
  }

  /// The playlists to be continued, for each number of seeds.
  /// - Throws: `InputError` when there is none; `place` is where they come from.
  func sets(of seedCounts: [Int], place: String) throws -> [EvaluationSet] {
    let overlaps = input.trainingOverlaps
    return try seedCounts.map { count in
      let set = EvaluationSet(
        input.evaluated, seedCount: count, seedChoice: seedChoice, trainingOverlaps: overlaps, contexts: input.contexts,
        alreadySkipped: input.skippedCount)
      guard !set.cases.isEmpty else {
        throw InputError(
          path: place, reason: "none of \(set.skippedCount) playlists leaves a song to find after \(count) given",
          remedy: "Give fewer seeds with --seeds.")
      }
      return set
    }
  }

  func tuning(on set: EvaluationSet) -> RivalTuning {
    RivalTuning(Evaluator(set, facts: facts), input: methods.rivals, backend: backend)
  }

  /// - Parameter withDissertation: whether the dissertation's own protocol is wanted, too.
  func reports(
    on sets: [EvaluationSet], methods names: [String], withDissertation: Bool
  ) throws -> [EvaluationReport] {
    let methods =
      try names.map { name in
        name == EvaluationMethods.modelName
          ? try EvaluationMethods.model(folder, decode: decode, backend: backend) : self.methods.rival(name)
      } + others
    return try sets.map { set in
      var report = try report(on: set, methods)
      if names.contains(EvaluationMethods.modelName), folder.description.model.catalogue == nil {
        let recommender = try Recommender(folder, backend: backend)
        report.drift = try DriftCurve(recommender, songs: folder.songs, set: set)
        if withDissertation && folder.description.training.objective == .dissertation {
          report.dissertation = try DissertationProtocol(recommender, evaluator: Evaluator(set, facts: facts))
        }
      }
      Console.print("leak check: \(report.leaks.summary)")
      return report
    }
  }

  private func report(on set: EvaluationSet, _ methods: [any RankingMethod]) throws -> EvaluationReport {
    let trained = Set(input.training.map(\.pid))
    let subject = EvaluationReport.Subject(
      device: backend.device.name, decode: decode, evaluated: evaluated, isSynthetic: isSynthetic,
      seenCount: set.cases.count { trained.contains($0.pid) })
    Console.print(
      "\(set.cases.count) playlists (\(evaluated)), \(seedChoice.words(set.seedCount)); \(set.skippedCount) skipped; "
        + subject.conditions)
    if let warning = subject.warning(of: set.cases.count) { Console.print("warning: \(warning)") }
    var report = try Evaluator(set, facts: facts).report(methods) { method, done in
      if Console.isTerminal { Console.write("\r\(padded("\(method): \(done)/\(set.cases.count)", 40))\r") }
    }
    report.subject = subject
    report.cold = try coldReport(beside: set, methods)
    return report
  }

  /// The songs that were kept out of training as the only right ones: ranked among all, and among themselves.
  private func coldReport(
    beside set: EvaluationSet, _ methods: [any RankingMethod]
  ) throws -> EvaluationReport.Cold? {
    guard !input.coldSongs.isEmpty else { return nil }
    let cold = EvaluationSet(
      input.evaluated, seedCount: set.seedCount, seedChoice: seedChoice, judgedSongs: input.coldSongs,
      contexts: input.contexts,
      alreadySkipped: input.skippedCount)
    guard !cold.cases.isEmpty else {
      Console.print("warning: no playlist goes on with one of the \(input.coldSongs.count) songs kept out of training")
      return nil
    }
    let evaluator = Evaluator(cold, facts: facts)
    let songs = SongSet(capacity: folder.catalogue.count, rows: input.coldSongs)
    return EvaluationReport.Cold(
      songCount: songs.count, amongAll: try evaluator.report(methods),
      alone: try evaluator.report(methods.map { RankingAmong(songs, by: $0) }))
  }
}
