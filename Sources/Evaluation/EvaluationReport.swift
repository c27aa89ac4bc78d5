internal import FoundationEssentials
package import Recommendation

/// The result of an evaluation in the form of `segue evaluate --json`.
package struct EvaluationReport: Sendable, Equatable {
  package var seedCount: Int
  package var playlistCount: Int
  package var skippedCount: Int
  package var methods: [Method]
  /// Differences between each two methods, first minus second, on the same playlists.
  package var paired: [Difference]
  /// What was measured; the JSON names it.
  package var subject: Subject?

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

  package struct Method: Sendable, Equatable {
    package var name: String
    /// In the order of `Metric.allCases`.
    package var estimates: [Estimate]
  }

  package struct Difference: Sendable, Equatable {
    package var first: String
    package var second: String
    package var estimates: [Estimate]
  }

  package func estimate(_ metric: Metric, of method: String) -> Estimate? {
    methods.first { $0.name == method }?.estimates[Metric.allCases.firstIndex(of: metric)!]
  }

  /// Means over all playlists with intervals over 2,000 resamples of them. Coverage is a figure of all playlists
  /// together: resamples repeat playlists and so cover less, which is why it has no interval. One
  /// playlist has none either: its resamples are all the same.
  init(set: EvaluationSet, outcomes: [MethodOutcome], songCount: Int) {
    seedCount = set.seedCount
    playlistCount = set.cases.count
    skippedCount = set.skippedCount
    let all = (0..<Int32(playlistCount)).map { $0 }
    let resamples = playlistCount > 1 ? Bootstrap.resamples(of: playlistCount) : []
    // (methods; metrics each), then (methods; resamples; metrics each)
    let means = outcomes.map { $0.means(on: all) }
    let resampled = outcomes.map { outcome in resamples.map { outcome.means(on: $0) } }
    let coverages = outcomes.map { $0.coverage(songCount: songCount) }
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

  /// The JSON text.
  package var json: String {
    struct Report: Encodable {
      var seeds: Int
      var playlists: Int
      var skipped: Int
      var methods: [String: [String: Estimate]]
      var paired: [String: [String: Estimate]]
      var device, decode, evaluated: String?
      var synthetic: Bool?
    }
    func named(_ estimates: [Estimate]) -> [String: Estimate] {
      Dictionary(uniqueKeysWithValues: zip(Metric.allCases.map(\.rawValue), estimates))
    }
    var report = Report(
      seeds: seedCount, playlists: playlistCount, skipped: skippedCount,
      methods: Dictionary(uniqueKeysWithValues: methods.map { ($0.name, named($0.estimates)) }),
      paired: Dictionary(uniqueKeysWithValues: paired.map { ("\($0.first)-\($0.second)", named($0.estimates)) }))
    if let subject {
      (report.device, report.decode) = (subject.device, subject.decode.rawValue)
      (report.evaluated, report.synthetic) = (subject.evaluated, subject.isSynthetic)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do { return String(decoding: try encoder.encode(report), as: UTF8.self) + "\n" } catch {
      preconditionFailure("EvaluationReport.json: \(error)")
    }
  }
}
