import ArgumentParser
import Compute
import Evaluation
import Files
import FoundationEssentials
import Learning
import Music
import Recommendation

/// Trains and judges on every fold, a method at a time, and keeps what is done.
struct CrossValidation {
  /// One fold's playlists.
  private struct Part {
    let fold: Fold
    let split: Split
    /// What is continued, for each number of songs given.
    let sets: [EvaluationSet]
  }

  private typealias Kept = CrossValidationStore.Kept

  private let dataset: Dataset
  private let description: ModelDescription
  private let parts: [Part]
  private let modelSeeds: [UInt64]
  private let methods: [String]
  private let store: CrossValidationStore
  private let keep: String?
  private let device: DeviceOptions
  /// What every kept result depends on, whatever its method and fold.
  private let conditions: String
  /// Tells the dataset's songs and playlists from any others, in hexadecimal.
  let fingerprint: String

  /// - Parameters:
  ///   - description: resolved settings; split and seed are those of the fold and the run.
  ///   - methods: of `EvaluationMethods.names`.
  ///   - folder: where the results of finished parts are kept.
  ///   - keep: where the models go; nil for a temporary folder.
  /// - Throws: `UsageError` for more folds than can be made; `InputError` when no playlist is long enough.
  init(
    dataset: Dataset, description: ModelDescription, foldCount: Int, foldSeed: UInt64, validationShare: Double,
    modelSeeds: [UInt64], methods: [String], seedCounts: [Int], seedChoice: SeedChoice, folder: String, keep: String?,
    device: DeviceOptions
  ) throws {
    (self.dataset, self.description, self.methods) = (dataset, description, methods)
    (self.keep, self.device) = (keep, device)
    self.modelSeeds = methods.contains(EvaluationMethods.modelName) ? modelSeeds : []
    store = CrossValidationStore(folder: folder)
    let splits = try Fold.splits(
      dataset.playlists, count: foldCount, seed: foldSeed, validationShare: validationShare)
    parts = splits.enumerated().map { place, split in
      let test = split.test.map { dataset.playlists[$0] }
      let overlaps = LeakCheck.overlaps(of: test, with: split.training.map { dataset.playlists[$0] })
      return Part(
        fold: Fold(number: place + 1, of: foldCount, seed: foldSeed, validationShare: validationShare), split: split,
        sets: seedCounts.map {
          EvaluationSet(
            test, seedCount: $0, seedChoice: seedChoice, trainingOverlaps: overlaps, contexts: dataset.contexts)
        })
    }
    for (index, count) in seedCounts.enumerated() where parts.allSatisfy({ $0.sets[index].cases.isEmpty }) {
      throw InputError(
        path: dataset.folder, reason: "none of \(dataset.playlists.count) playlists has more than \(count) songs",
        remedy: "Give fewer seeds with --seeds.")
    }
    let vectors = SongVectors(
      songs: dataset.songs, scaling: .fit(songs: dataset.songs, playlists: dataset.playlists))
    fingerprint = String(dataset.fingerprint(vectors), radix: 16)
    conditions =
      "segue \(Segue.configuration.version), commit \(Segue.commit ?? "not known"); dataset \(fingerprint); "
      + "given: \(seedChoice.rawValue)"
  }

  /// Does what is not done yet, and pools all folds: a report for each number of songs given.
  /// - Throws: what training and evaluating throw; `ExitCode` 130 after an interruption.
  func run(
    resumeCommand: String
  ) throws -> (reports: [CrossValidationReport], training: [CrossValidationReport.Subject.Training]) {
    let scratch = FileManager.default.temporaryDirectory.appending(path: "segue-folds-\(UUID().uuidString)").path
    defer {
      if FileManager.default.fileExists(atPath: scratch) { try? FileManager.default.removeItem(atPath: scratch) }
    }
    Interruption.watch()
    var results: [[Kept]] = []  // (folds; model seeds, then rivals)
    do {
      for part in parts {
        let kept = try rivals(of: part, scratch: scratch)
        results.append(try modelSeeds.map { try model(of: part, seed: $0, scratch: scratch) } + kept)
        let outcomes = results.last!.map { $0.outcomes(on: part.sets)! }
        for (index, set) in part.sets.enumerated() {
          let leaks = LeakCheck(overlaps: set.cases.map(\.trainingOverlap), outcomes: outcomes.map { $0[index] })
          Console.print("\(name(of: part)), K = \(set.seedCount): leak check: \(leaks.summary)")
        }
      }
    } catch let code as ExitCode where code.rawValue == ExitStatus.interrupted.rawValue {
      Console.print("\ninterrupted; what is finished is kept in \(store.folder)\ngo on with: \(resumeCommand)")
      throw code
    }
    let training = zip(parts, results).flatMap { part, kept in
      zip(modelSeeds, kept).map { seed, kept in
        CrossValidationReport.Subject.Training(
          fold: part.fold.number, seed: seed, seconds: kept.trainingSeconds ?? .nan,
          configuration: kept.configuration ?? description)
      }
    }
    return (parts[0].sets.indices.map { report(on: $0, results) }, training)
  }

  private func report(on index: Int, _ results: [[Kept]]) -> CrossValidationReport {
    let outcomes = zip(parts, results).map { part, kept in kept.map { $0.outcomes(on: part.sets)![index] } }
    let byMethod = outcomes[0].indices.map { method in outcomes.map { $0[method] } }  // (methods; folds)
    return CrossValidationReport(
      folds: parts.map { part in
        CrossValidationReport.Fold(
          training: part.split.training.count, validation: part.split.validation.count, test: part.split.test.count,
          evaluated: part.sets[index].cases.count, skipped: part.sets[index].skippedCount)
      }, sets: parts.map { $0.sets[index] }, model: Array(byMethod.prefix(modelSeeds.count)),
      rivals: Array(byMethod.dropFirst(modelSeeds.count)))
  }

  private func name(of part: Part) -> String { "fold \(part.fold.number) of \(part.fold.count)" }

  private func stopIfInterrupted() throws {
    if Interruption.isRequested { throw ExitCode(ExitStatus.interrupted.rawValue) }
  }

  // MARK: - Rivals

  /// All methods but the model, each fitted once on the fold's training playlists unless it is done.
  private func rivals(of part: Part, scratch: String) throws -> [Kept] {
    let names = methods.filter { $0 != EvaluationMethods.modelName }
    func settings(_ name: String) -> String {
      "\(conditions); \(part.fold.text); \(name) \(Rivals.settings(of: name) ?? "")"
    }
    var kept: [String: Kept] = [:]
    for name in names {
      kept[name] = try store.kept(name, fold: part.fold.number, settings: settings(name), sets: part.sets)
    }
    let missing = names.filter { kept[$0] == nil }
    if missing.count < names.count {
      Console.print("\(self.name(of: part)): \(names.count - missing.count) methods are there from before")
    }
    guard !missing.isEmpty else { return names.map { kept[$0]! } }

    let training = part.split.training.map { dataset.playlists[$0] }
    let folder = "\(scratch)/catalogue"
    try Folder.make(folder)
    let scaling = FeatureScaling.fit(songs: dataset.songs, playlists: training)
    try ModelFolder.writeCatalogue(
      songs: dataset.songs, vectors: SongVectors(songs: dataset.songs, scaling: scaling), scaling: scaling, to: folder)
    let catalogue = try Catalogue(path: "\(folder)/\(Catalogue.fileName)")
    let methods = EvaluationMethods(
      catalogue: catalogue, songs: try NearestSongs(path: "\(folder)/\(NearestSongs.fileName)"), training: training,
      backend: try CPUBackend())
    let facts = SongFacts(catalogue: catalogue, training: training)
    for name in missing {
      try stopIfInterrupted()
      Console.print("\(self.name(of: part)): \(name)")
      let method = methods.rival(name)
      let result = Kept(settings: settings(name), results: try results(of: method, on: part.sets, facts: facts))
      try store.keep(result, of: name, fold: part.fold.number)
      kept[name] = result
    }
    return names.map { kept[$0]! }
  }

  private func results(
    of method: any RankingMethod, on sets: [EvaluationSet], facts: SongFacts
  ) throws -> [Kept.Result] {
    try sets.map { set in
      Kept.Result(
        seeds: set.seedCount,
        outcome: try Evaluator(set, facts: facts).outcome(of: method) { method, done in
          if Console.isTerminal { Console.write("\r\(padded("\(method): \(done)/\(set.cases.count)", 40))\r") }
        })
    }
  }

  // MARK: - The model

  /// The model trained on the fold as `segue train --split fold:…` does, and judged, unless that is done.
  private func model(of part: Part, seed: UInt64, scratch: String) throws -> Kept {
    var description = description
    description.training.split = part.fold.text
    description.training.seed = seed
    let settings = "\(conditions); \(description.json)"
    let name = CrossValidationReport.name(ofSeed: seed)
    if let kept = try store.kept(name, fold: part.fold.number, settings: settings, sets: part.sets) {
      Console.print("\(self.name(of: part)), seed \(seed): there from before")
      return kept
    }
    try stopIfInterrupted()
    Console.print("\(self.name(of: part)), seed \(seed): training")
    let folder = "\(keep ?? scratch)/fold-\(part.fold.number)-seed-\(seed)"
    let clock = ContinuousClock.now
    let run = try TrainingRun(
      dataset: dataset, out: folder, description: &description, stored: nil, device: device, log: nil,
      checkpointEvery: nil)
    try run.run(resumeCommand: nil)
    let seconds = (ContinuousClock.now - clock) / .seconds(1)

    let model = try ModelFolder(path: folder)
    // The playlists as `segue evaluate` sees them through the model: the very ones of this fold.
    let input = try EvaluationInput(model: model, dataset: dataset, part: .test)
    precondition(
      input.evaluated == part.split.test.map { dataset.playlists[$0] }
        && input.training.map(\.pid) == part.split.training.map { dataset.playlists[$0].pid },
      "CrossValidation: the model of \(part.fold.text) was trained on another split")
    let method = try EvaluationMethods.model(model, name: name, backend: CPUBackend())
    let facts = SongFacts(catalogue: model.catalogue, training: input.training)
    let kept = Kept(
      settings: settings,
      results: try results(of: method, on: part.sets, facts: facts),
      trainingSeconds: seconds, configuration: run.description)
    try store.keep(kept, of: name, fold: part.fold.number)
    if keep == nil { try FileManager.default.removeItem(atPath: folder) }
    return kept
  }
}
