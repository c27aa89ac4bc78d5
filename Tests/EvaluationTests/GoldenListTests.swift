import Evaluation
import Foundation
import Music
import Testing

/// Ranked lists with the value of each definition, computed by forty lines of Python from the formulas, not by Segue.
/// Song r of 600: artist r / 2; on r % 4 of 7 training playlists; its numbers are r / 16, then key r % 12, but a song
/// with r % 5 = 4 has none.
@Suite struct GoldenListTests {
  struct Golden: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var list: [Int32]
    var relevant: [Int32]
    /// In the order of `Metric.ofOnePlaylist`; NaN where there is no value.
    var values: [Double]
  }

  static let lists = [
    // The list that scores 0.210, 0.084 or 0.024 as "MAP@10" in different libraries; ours are the first two.
    Golden(
      testDescription: "hits at ranks 1, 3 and 7 of 10, 25 relevant songs", list: Array(0..<10),
      relevant: [0, 2, 6] + (1...22).map { -$0 },
      values: [
        0.2095238095238095, 0.08380952380952379, 0.12, 0.15, 0.22545329421598123, 0, 1, 1, 0.12, 1.9830074998557687,
        0.1857142857142857, 1.4375083807971414,
      ]),
    Golden(
      testDescription: "hits at ranks 6, 11 and 20, all that is relevant", list: (21...40).reversed(),
      relevant: [21, 30, 35],
      values: [
        0.05555555555555555, 0.05555555555555555, 0, 0, 0.40490324939618966, 0, 1, 1.0 / 6, 1, 1.8830074998557689,
        0.21428571428571425, 1.4403452977227498,
      ]),
    Golden(
      testDescription: "hits beyond rank 500", list: Array(0..<520), relevant: [510, 511, -1],
      values: [0, 0, 0, 0, 0, 51, 0, 1.0 / 511, 0, 1.9830074998557687, 0.1857142857142857, 1.4375083807971414]),
    Golden(
      testDescription: "one song, of a right artist", list: [8], relevant: [9, -1],
      values: [0, 0, 0, 0.125, 0, 51, 0, 0, 0, 3, 0, .nan]),
    Golden(
      testDescription: "nothing", list: [], relevant: [5],
      values: [0, 0, 0, 0, 0, 51, 0, 0, 0, .nan, .nan, .nan]),
  ]

  private func evaluator(_ goldens: [Golden]) -> Evaluator {
    let playlists = goldens.map { Playlist(pid: $0.testDescription, songs: [599] + $0.relevant) }
    let training = (0..<7).map { number in
      Playlist(pid: "\(number)", songs: (0..<Int32(600)).filter { number < $0 % 4 } + [-3])
    }
    let facts = SongFacts(artists: (0..<600).map { $0 / 2 }, training: training) { row in
      guard row % 5 != 4 else { return nil }
      var vector = [Float](repeating: 0, count: 29)
      vector[0] = Float(row) / 16
      vector[10 + Int(row) % 12] = 1
      return vector
    }
    return Evaluator(EvaluationSet(playlists, seedCount: 1), facts: facts)
  }

  @Test(arguments: lists)
  func `every definition has its value on a list`(golden: Golden) throws {
    let report = try evaluator([golden]).report([FixedLists(name: "list", lists: [golden.list])])
    for (metric, value) in zip(Metric.ofOnePlaylist, golden.values) {
      let found = try #require(report.estimate(metric, of: "list"))
      #expect(found.mean.isNaN == value.isNaN && !(abs(found.mean - value) > 1e-12), "\(metric): \(found.mean)")
      #expect(found.ci95 == nil)
    }
  }

  @Test func `the report is the mean over the lists that have a value`() throws {
    let report = try evaluator(Self.lists).report([FixedLists(name: "lists", lists: Self.lists.map(\.list))])
    for (number, metric) in Metric.ofOnePlaylist.enumerated() {
      let values = Self.lists.map { $0.values[number] }.filter { !$0.isNaN }
      let found = try #require(report.estimate(metric, of: "lists"))
      #expect(abs(found.mean - values.reduce(0, +) / Double(values.count)) < 1e-12, "\(metric)")
      #expect(found.ci95![0] <= found.mean && found.mean <= found.ci95![1])
    }
    #expect(report.estimate(.coverage, of: "lists")?.mean == 20.0 / 600)
  }

  @Test func `a figure that no list has is null in the JSON`() throws {
    let json = try evaluator([Self.lists[4]]).report([FixedLists(name: "none", lists: [[]])]).json
    struct Report: Decodable {
      struct Figure: Decodable { var mean: Double? }
      var methods: [String: [String: Figure]]
    }
    let report = try JSONDecoder().decode(Report.self, from: Data(json.utf8))
    let figures = try #require(report.methods["none"])
    #expect(Set(figures.keys) == Set(Metric.allCases.map(\.rawValue)))
    #expect(figures["novelty@10"]?.mean == nil && figures["distance@10"]?.mean == nil && figures["mrr"]?.mean == 0)
  }
}
