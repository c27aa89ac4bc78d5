import Evaluation
import Foundation
import Music
import Testing

@Suite struct SeedAndLeakTests {
  private let playlists = (0..<40).map { number in
    Playlist(pid: "p\(number)", songs: (0..<Int32(12)).map { ($0 * 7) % 12 + 12 * Int32(number) })
  }
  private let facts = SongFacts(artists: Array(0..<500), training: []) { _ in nil }

  @Test func `random seeds are songs of the playlist in its order and all others are relevant`() {
    let sets = [1, 4, 9].map { EvaluationSet(playlists, seedCount: $0, seedChoice: .random) }
    for (set, count) in zip(sets, [1, 4, 9]) {
      for (item, playlist) in zip(set.cases, playlists) {
        #expect(item.seeds.count == count && item.relevant == Set(playlist.songs).subtracting(item.seeds))
        #expect(item.seeds == playlist.songs.filter(item.seeds.contains))
        #expect(item.continuation == playlist.songs.filter { !item.seeds.contains($0) })
      }
    }
    for number in playlists.indices {
      #expect(Set(sets[0].cases[number].seeds).isSubset(of: sets[1].cases[number].seeds))
    }
    let first = sets[1].cases.count { $0.seeds == Array(playlists[$0.index].songs.prefix(4)) }
    #expect(first < 5, "drawn, not taken from the beginning")
  }

  @Test func `the draw hangs on the playlist's id, not on its place`() {
    let all = EvaluationSet(playlists, seedCount: 3, seedChoice: .random)
    let some = EvaluationSet(Array(playlists[30...]), seedCount: 3, seedChoice: .random)
    #expect(some.cases.map(\.seeds) == all.cases[30...].map(\.seeds))
  }

  @Test func `a drawn song that repeats is relevant nowhere, and a playlist of nothing else is skipped`() {
    let set = EvaluationSet(
      [Playlist(pid: "a", songs: [1, 1, 1, 1]), Playlist(pid: "b", songs: [1, 2, 1, 2, 1, 2])], seedCount: 2,
      seedChoice: .random)
    #expect(set.skippedCount + set.cases.count == 2 && set.skippedCount >= 1)
    for item in set.cases { #expect(item.relevant.isDisjoint(with: item.seeds)) }
  }

  @Test func `playlists that training gives away are counted, and the headline is told without them`() throws {
    let training = [
      Playlist(pid: "t0", songs: playlists[0].songs.reversed()),
      Playlist(pid: "t1", songs: Array(playlists[1].songs.prefix(8)) + [-1, -2]),
      Playlist(pid: "t2", songs: Array(playlists[2].songs.prefix(4)) + [490, 491, 492]),
    ]
    let overlaps = LeakCheck.overlaps(of: playlists, with: training)
    #expect(overlaps[0] == 1 && abs(overlaps[1] - 8.0 / 14) < 1e-12 && overlaps[2...].allSatisfy { $0 == 0 })

    let set = EvaluationSet(playlists, seedCount: 2, trainingOverlaps: overlaps)
    // Right for the two leaks, wrong for all others.
    let lists = set.cases.map { $0.index < 2 ? $0.continuation : [] }
    let report = try Evaluator(set, facts: facts).report([FixedLists(name: "copy", lists: lists)])
    #expect(report.leaks.identicalCount == 1 && report.leaks.nearIdenticalCount == 2 && report.leaks.faults.isEmpty)
    #expect(report.estimate(.averagePrecisionByReachable, of: "copy")!.mean > 0.04)
    #expect(report.leaks.methods[0].withoutNearIdentical == Estimate(mean: 0, ci95: [0, 0]))

    struct Decoded: Decodable {
      struct Leak: Decodable {
        var identical, near_identical: Int
        var seeds_recommended, songs_repeated: [String: Int]
      }
      var seeds: Int
      var seed_choice: String
      var leak: Leak
    }
    let decoded = try JSONDecoder().decode(Decoded.self, from: Data(report.json.utf8))
    #expect(decoded.leak.near_identical == 2 && decoded.leak.seeds_recommended == ["copy": 0])
    #expect(decoded.seed_choice == "first" && decoded.seeds == 2 && decoded.leak.songs_repeated == ["copy": 0])
  }

  @Test func `a method that recommends a seed or a song twice is found out`() throws {
    let set = EvaluationSet(playlists, seedCount: 2)
    let lists = set.cases.map { item in
      switch item.index {
      case 3: [item.continuation[0], item.seeds[1]]
      case 5, 6: [item.continuation[0], item.continuation[0]]
      default: item.continuation
      }
    }
    let report = try Evaluator(set, facts: facts).report([
      FixedLists(name: "honest", lists: set.cases.map(\.continuation)), FixedLists(name: "broken", lists: lists),
    ])
    #expect(report.leaks.methods.map(\.seedFaults) == [0, 1] && report.leaks.methods.map(\.repeatFaults) == [0, 2])
    #expect(
      report.leaks.faults == [
        "broken recommended songs that were given in 1 lists", "broken recommended a song twice in 2 lists",
      ])
  }

  @Test func `several numbers of seeds are a list of evaluations, one is an object`() throws {
    let reports = try [1, 5].map { count in
      let set = EvaluationSet(playlists, seedCount: count)
      return try Evaluator(set, facts: facts).report([FixedLists(name: "a", lists: set.cases.map(\.continuation))])
    }
    struct One: Decodable { var seeds: Int }
    struct All: Decodable { var evaluations: [One] }
    let all = try JSONDecoder().decode(All.self, from: Data(EvaluationReport.json(of: reports).utf8))
    #expect(all.evaluations.map(\.seeds) == [1, 5])
    #expect(EvaluationReport.json(of: [reports[1]]) == reports[1].json)
  }
}
