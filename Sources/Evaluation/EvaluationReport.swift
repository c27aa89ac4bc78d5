package import Recommendation

/// The result of an evaluation in the form of `segue evaluate --json`.
package struct EvaluationReport: Sendable, Equatable {
  package var seedCount: Int
  package var seedChoice: SeedChoice
  package var playlistCount: Int
  package var skippedCount: Int
  package var methods: [Method]
  /// Differences between each two methods, first minus second, on the same playlists.
  package var paired: [Difference]
  package var leaks: LeakCheck
  /// How the model's predictions drift from what was played; nil where the model is not among the methods.
  package var drift: DriftCurve?
  /// The dissertation's own protocol; nil for models of another objective, and where no report was asked for.
  package var dissertation: DissertationProtocol?
  /// The same with the songs that training never saw as the only right answers; nil where it saw all.
  package var cold: Cold?
  /// What was measured; the JSON names it.
  package var subject: Subject?
  /// Where the figures come from; the JSON names it.
  package var origin: Origin?

  /// What a reader needs to know to believe the figures.
  package struct Origin: Sendable, Equatable, Encodable {
    /// Name of the dataset's folder, without its place.
    package var dataset: String
    /// Of songs and playlists, and of a holdout file's bytes.
    package var fingerprints: [String]
    package var split: String
    package var model: String
    /// Of the program's source, where the environment says it (`SEGUE_COMMIT`).
    package var commit: String?
    package var version: String

    package init(
      dataset: String, fingerprints: [String], split: String, model: String, commit: String?, version: String
    ) {
      (self.dataset, self.fingerprints, self.split, self.model) = (dataset, fingerprints, split, model)
      (self.commit, self.version) = (commit, version)
    }
  }

  /// What an evaluation was made of.
  package struct Subject: Sendable, Equatable {
    /// The device that computed the model.
    package var device: String
    package var decode: DecodeStyle
    /// Part of the model's split, or the name of a holdout file.
    package var evaluated: String
    /// Whether the songs are invented, so that the numbers say nothing about music.
    package var isSynthetic: Bool
    /// Playlists among the evaluated ones that the model was trained on.
    package var seenCount: Int

    package init(device: String, decode: DecodeStyle, evaluated: String, isSynthetic: Bool, seenCount: Int) {
      self.device = device
      self.decode = decode
      self.evaluated = evaluated
      self.isSynthetic = isSynthetic
      self.seenCount = seenCount
    }
  }

  /// An evaluation in which only some songs are right: everything is ranked, and then these songs alone.
  package struct Cold: Sendable, Equatable {
    /// Songs that can be right.
    package var songCount: Int
    package var playlistCount: Int
    package var skippedCount: Int
    /// Among all songs.
    package var methods: [Method]
    package var paired: [Difference]
    /// Among themselves.
    package var methodsAlone: [Method]
    package var pairedAlone: [Difference]

    package init(songCount: Int, amongAll: EvaluationReport, alone: EvaluationReport) {
      self.songCount = songCount
      (playlistCount, skippedCount) = (amongAll.playlistCount, amongAll.skippedCount)
      (methods, paired) = (amongAll.methods, amongAll.paired)
      (methodsAlone, pairedAlone) = (alone.methods, alone.paired)
    }
  }

  package struct Method: Sendable, Equatable {
    package var name: String
    /// In the order of `Metric.allCases`.
    package var estimates: [Estimate]
  }

  package struct Difference: Sendable, Equatable {
    package var first: String
    package var second: String
    package var estimates: [Estimate]

    package func estimate(_ metric: Metric) -> Estimate { estimates[Metric.allCases.firstIndex(of: metric)!] }
  }

  package func estimate(_ metric: Metric, of method: String) -> Estimate? {
    methods.first { $0.name == method }?.estimates[Metric.allCases.firstIndex(of: metric)!]
  }

  init(set: EvaluationSet, outcomes: [MethodOutcome]) {
    self.init(
      seedCount: set.seedCount, seedChoice: set.seedChoice, skippedCount: set.skippedCount,
      overlaps: set.cases.map(\.trainingOverlap), outcomes: outcomes)
  }

  /// Means over all playlists with intervals over 2,000 resamples of them. Coverage is a figure of all playlists
  /// together: resamples repeat playlists and so cover less, which is why it has no interval. One
  /// playlist has none either: its resamples are all the same.
  /// - Parameters:
  ///   - overlaps: `trainingOverlap` of each playlist that was continued.
  ///   - outcomes: of each method, on those playlists.
  init(
    seedCount: Int, seedChoice: SeedChoice, skippedCount: Int, overlaps: [Double], outcomes: [MethodOutcome]
  ) {
    self.seedCount = seedCount
    self.seedChoice = seedChoice
    self.skippedCount = skippedCount
    playlistCount = overlaps.count
    let all = Array(0..<Int32(playlistCount))
    let resamples = playlistCount > 1 ? Bootstrap.resamples(of: playlistCount) : []
    leaks = LeakCheck(overlaps: overlaps, outcomes: outcomes)
    // (methods; metrics each), then (methods; resamples; metrics each)
    let means = outcomes.map { $0.means(on: all) }
    let resampled = outcomes.map { outcome in resamples.map { outcome.means(on: $0) } }
    let coverages = outcomes.map(\.coverage)
    methods = outcomes.indices.map { method in
      let estimates = Metric.ofOnePlaylist.indices.map { metric in
        Estimate(mean: means[method][metric], resampled: resampled[method].map { $0[metric] })
      }
      return Method(name: outcomes[method].name, estimates: estimates + [Estimate(mean: coverages[method], ci95: nil)])
    }
    paired = outcomes.indices.flatMap { first in
      outcomes.indices.dropFirst(first + 1).map { second in
        let estimates = Metric.ofOnePlaylist.indices.map { metric in
          Estimate(
            mean: means[first][metric] - means[second][metric],
            resampled: zip(resampled[first], resampled[second]).map { $0[metric] - $1[metric] })
        }
        let coverage = Estimate(mean: coverages[first] - coverages[second], ci95: nil)
        return Difference(
          first: outcomes[first].name, second: outcomes[second].name, estimates: estimates + [coverage])
      }
    }
  }
}
