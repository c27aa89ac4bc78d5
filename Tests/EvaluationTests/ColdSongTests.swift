import Evaluation
import Foundation
import Learning
import Music
import TestSupport
import Testing

@Suite struct ColdSongTests {
  @Test func `songs are drawn by seed, a share of them, and playlists lose them`() {
    let cold = ColdSongs.draw(share: 0.25, of: 200, seed: 7)
    #expect(cold.count == 50 && cold.allSatisfy { $0 >= 0 && $0 < 200 })
    #expect(
      cold == ColdSongs.draw(share: 0.25, of: 200, seed: 7) && cold != ColdSongs.draw(share: 0.25, of: 200, seed: 8))
    #expect(Playlist(pid: "a", songs: [1, 2, 1, 3]).without([1, 9]) == Playlist(pid: "a", songs: [2, 3]))
  }

  @Test func `only judged songs are right, everything is ranked, and playlists without one are skipped`() throws {
    let playlists = [
      Playlist(pid: "a", songs: [0, 1, 2, 7, 3]), Playlist(pid: "b", songs: [0, 1, 2, 3]),
      Playlist(pid: "c", songs: [7, 8, 3, 4]),
    ]
    let set = EvaluationSet(playlists, seedCount: 2, judgedSongs: [7, 8])
    #expect(set.cases.map(\.pid) == ["a"] && set.skippedCount == 2)
    #expect(set.cases[0].relevant == [7] && set.cases[0].continuation == [2, 7, 3])
    let facts = SongFacts(artists: Array(0..<10), training: []) { _ in nil }
    let report = try Evaluator(set, facts: facts).report([FixedLists(name: "list", lists: [[2, 3, 7]])])
    #expect(report.estimate(.reciprocalRank, of: "list")?.mean == 1.0 / 3)
  }

  @Test func `methods are fitted without the songs that training never saw`() throws {
    let data = try SmallModel(coldSongs: 0.2)
    let cold = ColdSongs.draw(share: 0.2, of: 40, seed: 1)
    let input = try EvaluationInput(model: data.model, dataset: data.dataset, part: .test)
    // The catalogue has the songs in another order and lacks four.
    #expect(
      Set(input.coldSongs.filter { $0 >= 0 }.map(data.model.catalogue.id))
        == Set(cold.filter { $0 < 36 }.map { "t\($0)" }))
    #expect(!input.training.contains { !input.coldSongs.isDisjoint(with: $0.songs) })
    #expect(input.evaluated.contains { !input.coldSongs.isDisjoint(with: $0.songs) })
    let seen = try EvaluationInput(model: data.model, dataset: data.dataset, part: .train)
    #expect(seen.trainingOverlaps.allSatisfy { $0 == 1 }, "leaks are looked for in whole playlists")
    let warm = try SmallModel()
    #expect(try EvaluationInput(model: warm.model, dataset: warm.dataset, part: .test).coldSongs.isEmpty)
  }
}
