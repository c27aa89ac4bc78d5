internal import FoundationEssentials
internal import Recommendation

extension EvaluationReport {
  /// The JSON text of one evaluation.
  package var json: String { Self.text(of: encodable) }

  /// One evaluation as it is; several as `{"evaluations":[…]}`.
  package static func json(of reports: [EvaluationReport]) -> String {
    reports.count == 1 ? reports[0].json : text(of: ["evaluations": reports.map(\.encodable)])
  }

  static func text(of value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase  // names of fields; ids and methods are keys of dictionaries
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do { return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n" } catch {
      preconditionFailure("EvaluationReport.json: \(error)")
    }
  }

  private struct Encoded: Encodable {
    struct Leak: Encodable {
      var identical, nearIdentical: Int
      var seedsRecommended, songsRepeated: [String: Int]
      var withoutNearIdentical: [String: [String: Estimate]]
    }
    struct Cold: Encodable {
      var songs, playlists, skipped: Int
      var methods, paired, methodsAlone, pairedAlone: [String: [String: Estimate]]
    }
    var seeds: Int
    var seedChoice: String
    var playlists, skipped: Int
    var methods, paired: [String: [String: Estimate]]
    var cold: Cold?
    var leak: Leak
    var drift: [DriftCurve.Step]?
    var dissertation: DissertationProtocol?
    var device, decode, evaluated: String?
    var synthetic: Bool?
    var origin: Origin?
  }

  private var encodable: Encoded {
    func byMethod<Value>(_ value: (LeakCheck.Method) -> Value) -> [String: Value] {
      Dictionary(uniqueKeysWithValues: leaks.methods.map { ($0.name, value($0)) })
    }
    return Encoded(
      seeds: seedCount, seedChoice: seedChoice.rawValue, playlists: playlistCount, skipped: skippedCount,
      methods: Self.named(methods),
      paired: Self.named(paired),
      cold: cold.map { cold in
        Encoded.Cold(
          songs: cold.songCount, playlists: cold.playlistCount, skipped: cold.skippedCount,
          methods: Self.named(cold.methods), paired: Self.named(cold.paired),
          methodsAlone: Self.named(cold.methodsAlone), pairedAlone: Self.named(cold.pairedAlone))
      },
      leak: Encoded.Leak(
        identical: leaks.identicalCount, nearIdentical: leaks.nearIdenticalCount,
        seedsRecommended: byMethod(\.seedFaults), songsRepeated: byMethod(\.repeatFaults),
        withoutNearIdentical: byMethod { [Metric.averagePrecisionByReachable.rawValue: $0.withoutNearIdentical] }),
      drift: drift?.steps, dissertation: dissertation, device: subject?.device, decode: subject?.decode.rawValue,
      evaluated: subject?.evaluated,
      synthetic: subject?.isSynthetic, origin: origin)
  }

  static func named(_ methods: [Method]) -> [String: [String: Estimate]] {
    Dictionary(uniqueKeysWithValues: methods.map { ($0.name, named($0.estimates)) })
  }

  static func named(_ paired: [Difference]) -> [String: [String: Estimate]] {
    Dictionary(uniqueKeysWithValues: paired.map { ("\($0.first)-\($0.second)", named($0.estimates)) })
  }

  static func named(_ estimates: [Estimate]) -> [String: Estimate] {
    Dictionary(uniqueKeysWithValues: zip(Metric.allCases.map(\.rawValue), estimates))
  }
}
