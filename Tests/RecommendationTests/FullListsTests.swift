import Compute
import Files
import Music
import Recommendation
import Testing

@Suite struct FullListsTests {
  private func lists(_ path: String, isAllowed: (String) -> Bool = { _ in true }) throws -> FullLists {
    try FullLists(ModelFolder(path: path), backend: CPUBackend(threads: 1), isAllowed: isAllowed)
  }

  @Test func `a model that ranks its catalogue is asked where it knows a song or a word, and nowhere else`() throws {
    let model = try TestRanker()
    let requests = [
      PlaylistRequest(songs: [3, -1, 80, 3]), PlaylistRequest(songs: [], context: PlaylistContext(title: "Sad songs")),
      PlaylistRequest(songs: [-1], context: PlaylistContext(title: "nothing")), PlaylistRequest(songs: []),
    ]
    let full = try lists(model.folder.path)
    let made = try full.lists(for: requests, count: 100, source: "model")
    let ranked = try model.ranker().rank(Array(requests.prefix(2)), depth: 100)
    #expect(made[0] == ranked[0] && made[1] == ranked[1])
    #expect(made[2] == made[3] && made[2] != made[1] && full.popularCount == 2)

    let playlists = try #require(try ModelFolder(path: model.folder.path).trainingPlaylists)
    let counts = made[2].map { song in (0..<playlists.count).count { playlists[$0].contains(song) } }
    #expect(zip(counts, counts.dropFirst()).allSatisfy { $0 >= $1 } && counts[0] > 1)
  }

  @Test func `lists are full, without what is given or forbidden, and without a song twice`() throws {
    let model = try TestRanker()
    let full = try lists(model.folder.path) { Int($0.dropFirst())! % 3 != 0 }
    let requests = [
      PlaylistRequest(songs: [1, 2, 4]), PlaylistRequest(songs: []),
      PlaylistRequest(songs: [], context: PlaylistContext(title: "party")),
    ]
    for (request, list) in zip(requests, try full.lists(for: requests, count: 197, source: "model")) {
      #expect(list.count == 197 && Set(list).count == 197)
      #expect(Set(list).isDisjoint(with: request.songs) && list.allSatisfy { $0 % 3 != 0 })
    }
    #expect(throws: InputError.self) { try full.lists(for: requests, count: 198, source: "model") }
  }

  @Test func `a model that knows songs by numbers is filled up with what most playlists hold`() throws {
    let model = try TestModel(songs: 60)
    try ModelFolder.writeTrainingPlaylists(
      [Playlist(pid: "p1", songs: [7, 8, 9]), Playlist(pid: "p2", songs: [9, 8, 9])], vectors: model.vectors,
      to: model.folder.path)
    let full = try lists(model.folder.path)
    let requests = [PlaylistRequest(songs: model.playlist(2, 5)), PlaylistRequest(songs: [-1])]
    let made = try full.lists(for: requests, count: 50, source: "model")
    #expect(made[1].prefix(4) == [8, 9, 7, 0] && full.popularCount == 1)
    let own = try model.recommender().recommend([requests[0]], count: 50, decode: .default)[0].map(\.row)
    #expect(Array(made[0].prefix(own.count)) == own && Set(made[0]).count == 50)
  }
}
