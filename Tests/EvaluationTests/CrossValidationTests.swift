import Evaluation
import Foundation
import Music
import Testing

/// Two folds, of two playlists and of one, whose figures are worked out by hand. One song is given; ap@10/min is, of
///
///              a: 0 | 1 2      b: 0 | 3      c: 5 | 6 7 8        mean
///     seed 1   1               1             0                   2/3
///     seed 2   0               1/2           1                   1/2
///     model    1/2             3/4           1/2                 7/12
///     rival    1/2             0             1/6                 2/9
///     blend    1               0             1/6                 7/18
@Suite struct CrossValidationTests {
  private let sets = [
    [Playlist(pid: "a", songs: [0, 1, 2]), Playlist(pid: "b", songs: [0, 3])],
    [Playlist(pid: "c", songs: [5, 6, 7, 8]), Playlist(pid: "short", songs: [4])],
  ].map { EvaluationSet($0, seedCount: 1) }
  private let folds = [
    CrossValidationReport.Fold(training: 2, validation: 0, test: 2, evaluated: 2, skipped: 0),
    CrossValidationReport.Fold(training: 2, validation: 0, test: 2, evaluated: 1, skipped: 1),
  ]

  /// - Parameter lists: (folds; playlists each; songs each)
  private func outcomes(_ name: String, _ lists: [[[Int32]]]) throws -> [MethodOutcome] {
    let facts = SongFacts(artists: Array(0..<10), training: []) { _ in nil }
    return try zip(sets, lists).map { set, lists in
      try Evaluator(set, facts: facts).outcome(of: FixedLists(name: name, lists: lists))
    }
  }

  private func model() throws -> [[MethodOutcome]] {
    [
      try outcomes("segue/seed-1", [[[1, 2], [3]], [[9]]]),
      try outcomes("segue/seed-2", [[[9], [9, 3]], [[6, 7, 8]]]),
    ]
  }

  private func report(model: [[MethodOutcome]]) throws -> CrossValidationReport {
    CrossValidationReport(
      folds: folds, sets: sets, model: model,
      rivals: [
        try outcomes("weak", [[[9], [9]], [[]]]), try outcomes("rival", [[[1, 9], [9]], [[9, 6]]]),
        try outcomes("blend", [[[1, 2], [9]], [[9, 6]]]),
      ])
  }

  private func isNear(_ value: Double?, _ expected: Double) -> Bool {
    value.map { abs($0 - expected) < 1e-12 } ?? false
  }

  @Test func `playlists of all folds are judged as one set, the model by its mean over the seeds`() throws {
    let report = try report(model: model())
    #expect(report.pooled.playlistCount == 3 && report.pooled.skippedCount == 1 && report.pooled.seedCount == 1)
    #expect(report.pooled.methods.map(\.name) == ["segue", "weak", "rival", "blend"])
    let headline = CrossValidationReport.headline
    for (name, mean) in [("segue", 7.0 / 12), ("weak", 0), ("rival", 2.0 / 9), ("blend", 7.0 / 18)] {
      #expect(isNear(report.pooled.estimate(headline, of: name)?.mean, mean), "\(name)")
    }
    #expect(report.seeds.map(\.name) == ["segue/seed-1", "segue/seed-2"])
    #expect(isNear(report.seeds[0].estimates[0].mean, 2.0 / 3) && isNear(report.seeds[1].estimates[0].mean, 0.5))
    // Songs among the first ten, of ten: {1, 2, 3} and {9}, {3, 9} and {6, 7, 8}; {1, 9} and {6, 9}.
    #expect(isNear(report.pooled.estimate(.coverage, of: "segue")?.mean, (0.3 + 0.1 + 0.2 + 0.3) / 4))
    #expect(isNear(report.pooled.estimate(.coverage, of: "rival")?.mean, 0.2))
    // A song that no playlist holds has log2 of 1 bit; an empty list has no value and counts no playlist.
    #expect(isNear(report.pooled.estimate(.novelty, of: "weak")?.mean, 0))
    #expect(report.byFold.map(\.name) == ["segue", "weak", "rival", "blend", "segue/seed-1", "segue/seed-2"])
    #expect(isNear(report.byFold[0].means[0], 0.625) && isNear(report.byFold[0].means[1], 0.5))
    #expect(isNear(report.byFold[2].means[0], 0.25) && isNear(report.byFold[2].means[1], 1.0 / 6))
  }

  @Test func `differences and ratios are paired, over the best single rival and the best blend`() throws {
    let report = try report(model: model())
    let pair = try #require(report.pooled.paired.first { $0.first == "segue" && $0.second == "rival" })
    #expect(isNear(pair.estimates[0].mean, 13.0 / 36))
    let (single, blend) = (try #require(report.overBestSingle), try #require(report.overBestBlend))
    #expect(single.rival == "rival" && isNear(single.estimate.mean, 21.0 / 8))
    #expect(blend.rival == "blend" && isNear(blend.estimate.mean, 1.5))

    let ours = [1.0 / 2, 3.0 / 4, 1.0 / 2]
    func ends(_ theirs: [Double], _ value: (_ ours: Double, _ theirs: Double) -> Double) -> [Double] {
      let values = Bootstrap.resamples(of: 3).map { places in
        value(
          places.reduce(0) { $0 + ours[Int($1)] } / 3, places.reduce(0) { $0 + theirs[Int($1)] } / 3)
      }.sorted()
      return [0.025, 0.975].map { share in
        let place = share * Double(values.count - 1)
        let below = values[Int(place)]
        return below + (place - place.rounded(.down)) * (values[Int(place) + 1] - below)
      }
    }
    let differences = ends([1.0 / 2, 0, 1.0 / 6]) { $0 - $1 }
    for (found, expected) in zip(pair.estimates[0].ci95!, differences) { #expect(abs(found - expected) < 1e-12) }
    // A rival that finds nothing in some resamples has no interval; one that always finds something has.
    #expect(single.estimate.ci95 == nil)
    let steady = CrossValidationReport(
      folds: folds, sets: sets, model: try model(),
      rivals: [try outcomes("steady", [[[1, 9], [9, 3]], [[9, 6]]])])
    let ratio = try #require(steady.overBestSingle).estimate
    #expect(isNear(ratio.mean, 1.5))
    for (found, expected) in zip(try #require(ratio.ci95), ends([1.0 / 2, 1.0 / 2, 1.0 / 6]) { $0 / $1 }) {
      #expect(abs(found - expected) < 1e-12)
    }
  }

  @Test func `without a model there are figures of the rivals, and nothing to compare them with`() throws {
    let report = try report(model: [])
    #expect(report.pooled.methods.map(\.name) == ["weak", "rival", "blend"] && report.seeds.isEmpty)
    #expect(report.overBestSingle == nil && report.overBestBlend == nil && report.byFold.count == 3)
  }

  @Test func `a fold without a playlist to continue takes no part`() throws {
    let empty = EvaluationSet([Playlist(pid: "short", songs: [1])], seedCount: 1)
    let rival = try outcomes("rival", [[[1, 9], [9]], [[9, 6]]])
    let nothing = try Evaluator(empty, facts: SongFacts(artists: [0], training: []) { _ in nil })
      .outcome(of: FixedLists(name: "rival", lists: []))
    let report = CrossValidationReport(
      folds: folds + [.init(training: 3, validation: 0, test: 1, evaluated: 0, skipped: 1)], sets: sets + [empty],
      model: [], rivals: [rival + [nothing]])
    #expect(isNear(report.pooled.estimate(.averagePrecisionByReachable, of: "rival")?.mean, 2.0 / 9))
    #expect(isNear(report.pooled.estimate(.coverage, of: "rival")?.mean, 0.2))
    #expect(report.byFold[0].means[2].isNaN && report.pooled.skippedCount == 2)
  }

  @Test func `outcomes come back from JSON bit by bit, and other metrics are an error`() throws {
    for outcome in try model().joined() + outcomes("weak", [[[9], [1, 1, 0]], [[]]]) {
      let json = try JSONEncoder().encode(outcome)
      let back = try JSONDecoder().decode(MethodOutcome.self, from: json)
      #expect(back.values.map { $0.map(\.bitPattern) } == outcome.values.map { $0.map(\.bitPattern) })
      #expect(back.name == outcome.name && back.coverage == outcome.coverage)
      #expect(back.seedFaults == outcome.seedFaults && back.repeatFaults == outcome.repeatFaults)
      let other = String(decoding: json, as: UTF8.self).replacingOccurrences(of: "mrr", with: "mmr")
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(MethodOutcome.self, from: Data(other.utf8)) }
    }
    #expect(try outcomes("weak", [[[9], [1, 1, 0]], [[]]])[0].repeatFaults == 1)
  }
}
