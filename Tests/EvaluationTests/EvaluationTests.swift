import Evaluation
import Music
import Recommendation
import Sequences
import Testing

/// Songs of artists of their own, without numbers, on no training playlist.
private func plainFacts(_ count: Int32) -> SongFacts {
  SongFacts(artists: Array(0..<count), training: []) { _ in nil }
}

@Suite struct EvaluationTests {
  @Test func `seeds are the first songs and relevant the later ones, once each, without the seeds`() {
    let set = EvaluationSet(
      [
        Playlist(pid: "a", songs: [5, 6, 5, 7, 6, 8, 8, -3]), Playlist(pid: "short", songs: [1, 2, 3]),
        Playlist(pid: "circle", songs: [1, 2, 3, 2, 1]), Playlist(pid: "b", songs: [-1, -2, -1, 4]),
      ], seedCount: 3, alreadySkipped: 4)
    #expect(set.skippedCount == 6 && set.cases.map(\.pid) == ["a", "b"])
    #expect(set.cases[0].seeds == [5, 6, 5] && set.cases[0].relevant == [7, 8, -3] && set.cases[0].relevantCount == 3)
    #expect(set.cases[1].knownSeeds == [] && set.cases[1].index == 1)
  }

  @Test func `the report holds means, intervals around them, coverage and paired differences`() throws {
    var random = Philox(seed: 3, purpose: .testData)
    let playlists = (0..<150).map { number in
      Playlist(pid: "\(number)", songs: [0, 1] + (0..<20).map { _ in Int32(random.below(98)) + 2 })
    }
    let set = EvaluationSet(playlists, seedCount: 2)
    let right = set.cases.map { $0.relevant.sorted() }
    let half = right.enumerated().map { $0.offset % 2 == 0 ? $0.element : [] }
    let evaluation = Evaluator(set, facts: plainFacts(100))
    let report = try evaluation.report([FixedLists(name: "right", lists: right), FixedLists(name: "half", lists: half)])
    #expect(report.playlistCount == 150 && report.seedCount == 2 && report.skippedCount == 0)
    // Not 1 here.
    let special: [Metric] = [.clicks, .coverage, .averagePrecisionByAll, .novelty, .popularity, .distance]
    for metric in Metric.allCases where !special.contains(metric) {
      let (all, some) = (
        try #require(report.estimate(metric, of: "right")), try #require(report.estimate(metric, of: "half"))
      )
      #expect(abs(all.mean - 1) < 1e-12 && all.ci95!.allSatisfy { abs($0 - 1) < 1e-12 }, "\(metric)")
      #expect(abs(some.mean - 0.5) < 1e-12)
      // Standard error √(0.25 / 150) = 0.0408; the interval is about ± 1.96 of it.
      #expect(abs(some.ci95![0] - 0.42) < 0.01 && abs(some.ci95![1] - 0.58) < 0.01, "\(some)")
    }
    #expect(report.estimate(.clicks, of: "right")?.mean == 0 && report.estimate(.clicks, of: "half")?.mean == 25.5)
    let covered = Set(right.flatMap { $0.prefix(10) })
    #expect(report.estimate(.coverage, of: "right")?.mean == Double(covered.count) / 100)
    #expect(report.estimate(.coverage, of: "right")?.ci95 == nil)
    let difference = try #require(report.paired.first)
    #expect(report.paired.count == 1 && difference.first == "right" && difference.second == "half")
    #expect(abs(difference.estimates[0].mean - 0.5) < 1e-12)
    #expect(
      abs(difference.estimates[0].ci95![0] + (report.estimate(.averagePrecisionByReachable, of: "half")!.ci95![1]) - 1)
        < 1e-9)
    let again = try evaluation.report([FixedLists(name: "right", lists: right), FixedLists(name: "half", lists: half)])
    #expect(again.json == report.json)
  }

  @Test func `the JSON has the names that programs rely on`() throws {
    let set = EvaluationSet([Playlist(pid: "1", songs: [0, 1, 2])], seedCount: 1)
    let methods = [FixedLists(name: "a", lists: [[1, 2]]), FixedLists(name: "b", lists: [[]])]
    let json = try Evaluator(set, facts: plainFacts(3)).report(methods).json
    for text in ["\"seeds\" : 1", "\"playlists\" : 1", "\"skipped\" : 0", "\"a-b\"", "\"mean\"", "\"ci95\""]
      + Metric.allCases.map({ "\"\($0.rawValue)\"" })
    {
      #expect(json.contains(text), "\(text)")
    }
  }

  @Test func `popularity counts a song once for each training playlist, ties to the lower row`() {
    let set = EvaluationSet([Playlist(pid: "1", songs: [3, 0])], seedCount: 1)
    let method = Popularity(PlaylistMatrix([[1, 1, 1, 4], [4, 3], [3, 2]], songCount: 6))
    #expect(method.rank(set.cases, depth: 500) == [[4, 1, 2, 0, 5]])
    #expect(method.rank(set.cases, depth: 2) == [[4, 1]])
  }

  @Test(arguments: [20, 5000])
  func `random lists hold no seed and no song twice, and depend on the playlist's number only`(songCount: Int) {
    let set = EvaluationSet((0..<3).map { Playlist(pid: "\($0)", songs: [1, 2, 3, 4]) }, seedCount: 3)
    let method = RandomRanking(songCount: songCount)
    let lists = method.rank(set.cases, depth: 500)
    for list in lists {
      #expect(list.count == min(500, songCount - 3) && Set(list).count == list.count)
      #expect(Set(list).isDisjoint(with: [1, 2, 3]) && list.allSatisfy { $0 >= 0 && $0 < songCount })
    }
    #expect(Set(lists).count == 3 && method.rank([set.cases[2]], depth: 500)[0] == lists[2])
  }

  @Test func `resamples are drawn with replacement and always the same`() {
    let resamples = Bootstrap.resamples(of: 50)
    #expect(resamples.count == 2000 && resamples.allSatisfy { $0.count == 50 })
    #expect(resamples == Bootstrap.resamples(of: 50) && resamples != Bootstrap.resamples(of: 50, seed: 1))
    let mean = Double(resamples.joined().reduce(0) { $0 + Int($1) }) / 100_000
    #expect(abs(mean - 24.5) < 0.2)
    #expect(Set(resamples[0]).count < 50)
  }
}
