internal import FoundationEssentials

/// The result of an evaluation in the form of `segue evaluate --json`.
package struct EvaluationReport: Sendable, Equatable {
  package var seedCount: Int
  package var playlistCount: Int
  package var skippedCount: Int
  package var methods: [Method]
  /// Differences between each two methods, first minus second, on the same playlists.
  package var paired: [Difference]

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

  /// Means over all playlists; intervals over 2,000 resamples of them. Repeats in a resample make its coverage smaller
  /// than that of all playlists, so the interval of `coverage@10` lies low.
  init(set: EvaluationSet, outcomes: [MethodOutcome], songCount: Int) {
    seedCount = set.seedCount
    playlistCount = set.cases.count
    skippedCount = set.skippedCount
    let all = (0..<Int32(playlistCount)).map { $0 }
    let resamples = Bootstrap.resamples(of: playlistCount)
    var marks = RowMarks(capacity: songCount)
    // (methods; metrics each), then (methods; resamples; metrics each)
    let figures = outcomes.map { $0.figures(on: all, marks: &marks) }
    let resampled = outcomes.map { outcome in resamples.map { outcome.figures(on: $0, marks: &marks) } }
    methods = outcomes.indices.map { method in
      Method(
        name: outcomes[method].name,
        estimates: Metric.allCases.indices.map { metric in
          Estimate(mean: figures[method][metric], resampled: resampled[method].map { $0[metric] })
        })
    }
    paired = outcomes.indices.flatMap { first in
      outcomes.indices.dropFirst(first + 1).map { second in
        Difference(
          first: outcomes[first].name, second: outcomes[second].name,
          estimates: Metric.allCases.indices.map { metric in
            Estimate(
              mean: figures[first][metric] - figures[second][metric],
              resampled: zip(resampled[first], resampled[second]).map { $0[metric] - $1[metric] })
          })
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
    }
    func named(_ estimates: [Estimate]) -> [String: Estimate] {
      Dictionary(uniqueKeysWithValues: zip(Metric.allCases.map(\.rawValue), estimates))
    }
    let report = Report(
      seeds: seedCount, playlists: playlistCount, skipped: skippedCount,
      methods: Dictionary(uniqueKeysWithValues: methods.map { ($0.name, named($0.estimates)) }),
      paired: Dictionary(uniqueKeysWithValues: paired.map { ("\($0.first)-\($0.second)", named($0.estimates)) }))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do { return String(decoding: try encoder.encode(report), as: UTF8.self) + "\n" } catch {
      preconditionFailure("EvaluationReport.json: \(error)")
    }
  }
}
