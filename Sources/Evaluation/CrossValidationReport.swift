/// What a cross-validation came to for one number of seeds: every playlist continued once, by methods that were fitted
/// without its fold, and all folds' playlists judged as one set.
package struct CrossValidationReport: Sendable {
  /// One fold's playlists.
  package struct Fold: Sendable, Equatable {
    /// Playlists of its training, validation and test part.
    package var training, validation, test: Int
    /// Those of the test part that were continued, and those too short.
    package var evaluated, skipped: Int

    package init(training: Int, validation: Int, test: Int, evaluated: Int, skipped: Int) {
      (self.training, self.validation, self.test) = (training, validation, test)
      (self.evaluated, self.skipped) = (evaluated, skipped)
    }
  }

  /// A method's headline on each fold; NaN for a fold without playlists.
  package struct FoldMeans: Sendable, Equatable {
    package var name: String
    package var means: [Double]
  }

  /// The model's headline over that of a rival.
  package struct Ratio: Sendable, Equatable {
    package var rival: String
    /// Mean over mean; the interval over the same resamples for both.
    package var estimate: Estimate
  }

  package static let headline = Metric.averagePrecisionByReachable

  package let folds: [Fold]
  /// The figures over all playlists. With a model it is the first method: each playlist's value is its mean over the
  /// model's seeds.
  package let pooled: EvaluationReport
  /// The model trained with each seed by itself, over all playlists.
  package let seeds: [EvaluationReport.Method]
  /// Of each method of `pooled`, then of `seeds`.
  package let byFold: [FoldMeans]
  /// The model over the rival of the highest headline, and over the best blend; nil where there is no such pair.
  package let (overBestSingle, overBestBlend): (Ratio?, Ratio?)

  /// - Parameters:
  ///   - sets: what was continued in each fold.
  ///   - model: outcomes of the trained model. (seeds; folds each)
  ///   - rivals: outcomes of the others. (methods; folds each)
  package init(folds: [Fold], sets: [EvaluationSet], model: [[MethodOutcome]], rivals: [[MethodOutcome]]) {
    precondition(!sets.isEmpty && folds.count == sets.count, "CrossValidationReport: \(sets.count) sets")
    for fold in sets.indices {
      precondition(
        (model + rivals).allSatisfy { $0[fold].playlistCount == sets[fold].cases.count },
        "CrossValidationReport: outcomes on other playlists than those of fold \(fold + 1)")
    }
    self.folds = folds
    let pooledSeeds = model.map(MethodOutcome.pooled)
    let pooledRivals = rivals.map(MethodOutcome.pooled)
    let mean = pooledSeeds.isEmpty ? nil : MethodOutcome.mean(pooledSeeds, name: Self.modelName)
    func report(_ outcomes: [MethodOutcome]) -> EvaluationReport {
      EvaluationReport(
        seedCount: sets[0].seedCount, seedChoice: sets[0].seedChoice,
        skippedCount: sets.reduce(0) { $0 + $1.skippedCount },
        overlaps: sets.flatMap { $0.cases.map(\.trainingOverlap) }, outcomes: outcomes)
    }
    pooled = report([mean].compactMap { $0 } + pooledRivals)
    seeds = report(pooledSeeds).methods

    let means =
      model.isEmpty
      ? []
      : [
        sets.indices.map { fold in
          MethodOutcome.mean(model.map { $0[fold] }, name: Self.modelName)
        }
      ]
    byFold = (means + rivals + model).map { outcomes in
      FoldMeans(
        name: outcomes[0].name,
        means: outcomes.map { $0.mean(of: Self.headline, on: Array(0..<Int32($0.playlistCount))) })
    }
    func best(_ isCandidate: (String) -> Bool) -> Ratio? {
      let candidates = pooledRivals.filter { isCandidate($0.name) }
      let all = Array(0..<Int32(mean?.playlistCount ?? 0))
      guard let mean, !all.isEmpty,
        let rival = candidates.max(by: { $0.mean(of: Self.headline, on: all) < $1.mean(of: Self.headline, on: all) })
      else { return nil }
      func ratio(_ playlists: [Int32]) -> Double {
        let denominator = rival.mean(of: Self.headline, on: playlists)
        return denominator > 0 ? mean.mean(of: Self.headline, on: playlists) / denominator : .nan
      }
      let ratios = all.count > 1 ? Bootstrap.resamples(of: all.count).map(ratio) : []
      // A rival that finds nothing in some resamples is too weak for an interval.
      return Ratio(
        rival: rival.name,
        estimate: Estimate(mean: ratio(all), resampled: ratios.contains { $0.isNaN } ? [] : ratios))
    }
    overBestSingle = best { !Self.isBlend($0) }
    overBestBlend = best(Self.isBlend)
  }

  /// The model in reports; each of its seeds is a method of its own beside it.
  package static let modelName = "segue"
  package static func name(ofSeed seed: UInt64) -> String { "\(modelName)/seed-\(seed)" }
  static func isBlend(_ name: String) -> Bool { name.hasPrefix(Blend.name) }
}
