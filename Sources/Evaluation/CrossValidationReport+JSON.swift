internal import FoundationEssentials
package import Learning

extension CrossValidationReport {
  /// What was cross-validated; the JSON and the page name it.
  package struct Subject: Sendable, Encodable {
    /// One training run of the model.
    package struct Training: Sendable, Encodable {
      package var fold: Int
      package var seed: UInt64
      /// Wall time, saving included.
      package var seconds: Double
      /// As the model folder's `config.json` has it: with the device, and the fold as its split.
      package var configuration: ModelDescription

      package init(fold: Int, seed: UInt64, seconds: Double, configuration: ModelDescription) {
        (self.fold, self.seed, self.seconds, self.configuration) = (fold, seed, seconds, configuration)
      }
    }

    /// Name of the dataset's folder, without its place.
    package var dataset: String
    /// Of its songs and playlists, in hexadecimal.
    package var fingerprint: String
    package var playlists: Int
    /// Whether the songs are invented, so that the numbers say nothing about music.
    package var synthetic: Bool
    package var foldCount: Int
    package var foldSeed: UInt64
    package var validationShare: Double
    package var modelSeeds: [UInt64]
    package var training: [Training]
    package var version: String
    /// Of the program's source, where the environment says it (`SEGUE_COMMIT`).
    package var commit: String?

    package init(
      dataset: String, fingerprint: String, playlists: Int, synthetic: Bool, foldCount: Int, foldSeed: UInt64,
      validationShare: Double, modelSeeds: [UInt64], training: [Training], version: String, commit: String?
    ) {
      (self.dataset, self.fingerprint, self.playlists, self.synthetic) = (dataset, fingerprint, playlists, synthetic)
      (self.foldCount, self.foldSeed, self.validationShare) = (foldCount, foldSeed, validationShare)
      (self.modelSeeds, self.training, self.version, self.commit) = (modelSeeds, training, version, commit)
    }

    /// Mean over the training runs; NaN without any.
    package var meanTrainingSeconds: Double { training.reduce(0) { $0 + $1.seconds } / Double(training.count) }
  }

  /// The JSON text of a cross-validation, an evaluation for each number of seeds.
  package static func json(of reports: [CrossValidationReport], subject: Subject) -> String {
    let names = reports.first?.pooled.methods.map(\.name) ?? []
    return EvaluationReport.text(
      of: Encoded(
        crossValidation: subject,
        rivalSettings: Dictionary(
          uniqueKeysWithValues: names.compactMap { name in Rivals.settings(of: name).map { (name, $0) } }),
        evaluations: reports.map(\.encodable)))
  }

  private struct Encoded: Encodable {
    struct Part: Encodable {
      var training, validation, test, evaluated, skipped: Int
    }
    struct OverRival: Encodable {
      var rival: String
      var ratio: Estimate
    }
    struct Leak: Encodable {
      var identical, nearIdentical: Int
      var seedsRecommended, songsRepeated: [String: Int]
    }
    struct Evaluation: Encodable {
      /// K
      var seeds: Int
      var seedChoice: String
      var playlists, skipped: Int
      var folds: [Part]
      var methods, modelSeeds, paired: [String: [String: Estimate]]
      var overBestSingle, overBestBlend: OverRival?
      /// Of `ap@10/min`.
      var byFold: [String: [Double?]]
      var leak: Leak
    }
    var crossValidation: Subject
    /// Of the rivals that have any, as Swift prints them.
    var rivalSettings: [String: String]
    var evaluations: [Evaluation]
  }

  private var encodable: Encoded.Evaluation {
    func over(_ ratio: Ratio?) -> Encoded.OverRival? {
      ratio.map { Encoded.OverRival(rival: $0.rival, ratio: $0.estimate) }
    }
    func byMethod(_ value: (LeakCheck.Method) -> Int) -> [String: Int] {
      Dictionary(uniqueKeysWithValues: pooled.leaks.methods.map { ($0.name, value($0)) })
    }
    return Encoded.Evaluation(
      seeds: pooled.seedCount, seedChoice: pooled.seedChoice.rawValue, playlists: pooled.playlistCount,
      skipped: pooled.skippedCount,
      folds: folds.map {
        Encoded.Part(
          training: $0.training, validation: $0.validation, test: $0.test, evaluated: $0.evaluated, skipped: $0.skipped)
      },
      methods: EvaluationReport.named(pooled.methods), modelSeeds: EvaluationReport.named(seeds),
      paired: EvaluationReport.named(pooled.paired), overBestSingle: over(overBestSingle),
      overBestBlend: over(overBestBlend),
      byFold: Dictionary(uniqueKeysWithValues: byFold.map { ($0.name, $0.means.map { $0.isNaN ? nil : $0 }) }),
      leak: Encoded.Leak(
        identical: pooled.leaks.identicalCount, nearIdentical: pooled.leaks.nearIdenticalCount,
        seedsRecommended: byMethod(\.seedFaults), songsRepeated: byMethod(\.repeatFaults)))
  }
}
