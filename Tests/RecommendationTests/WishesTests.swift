import Music
import Recommendation
import Testing

@Suite struct WishesTests {
  /// What a list of songs breaks of the wishes, told from the table alone.
  private func violations(_ rows: [Int32], given: [Int32], _ wishes: Wishes, _ table: SongTable) -> [String] {
    var (found, artists, albums, versions): ([String], [String: Int], [String: Int], Set<String>) = ([], [:], [:], [])
    func version(_ row: Int32) -> String {
      let name = table.names[Int(row)]
      return table.artists[Int(row)] + name.replacing(" (Live)", with: "").replacing(" - Remix", with: "")
    }
    for row in given { versions.insert(version(row)) }
    for row in rows {
      let artist = table.artists[Int(row)]
      artists[artist, default: 0] += 1
      albums[artist + table.extras["album_name"]![Int(row)], default: 0] += 1
      if wishes.excludedSongs.contains(row) || wishes.excludedArtists.contains(artist.lowercased()) {
        found.append("\(row) is excluded")
      }
      if !versions.insert(version(row)).inserted && !wishes.allowsVersions { found.append("\(row) is a version") }
    }
    if let most = wishes.songsPerArtist, artists.values.contains(where: { $0 > most }) { found.append("artist") }
    if let most = wishes.songsPerAlbum, albums.values.contains(where: { $0 > most }) { found.append("album") }
    return found
  }

  private var several: [Wishes] {
    var (artist, album, versions, never) = (Wishes(), Wishes(), Wishes(), Wishes())
    artist.songsPerArtist = 2
    album.songsPerAlbum = 1
    versions.allowsVersions = false
    never.excludedSongs = Set(0..<100)
    never.excludedArtists = ["artist 20", "artist 33"]
    var all = never
    (all.songsPerArtist, all.songsPerAlbum, all.allowsVersions) = (1, 1, false)
    return [artist, album, versions, never, all]
  }

  @Test func `a ranking is walked down to its end, and only forbidden songs are left out`() throws {
    let model = try TestRanker()
    let ranker = try model.ranker()
    let given = model.playlist(40, 6)
    let ranking = try ranker.rank([PlaylistRequest(songs: given)], depth: 300)[0]
    for wishes in several {
      // Taking whatever breaks nothing after what was taken before.
      var expected: [Int32] = []
      for row in ranking where violations(expected + [row], given: given, wishes, model.table).isEmpty {
        expected.append(row)
      }
      for count in [1, 7, 500] {
        let songs = try ranker.recommend([PlaylistRequest(songs: given, wishes: wishes)], count: count)[0]
        #expect(songs.map(\.row) == Array(expected.prefix(count)))
      }
      #expect(expected.count < ranking.count, "the wishes forbid something")
      #expect(try ranker.rank([PlaylistRequest(songs: given, wishes: wishes)], depth: 300)[0] == ranking)
    }
  }

  @Test(arguments: DecodeStyle.allCases)
  func `the 29-number model leaves out what is forbidden and goes on searching`(style: DecodeStyle) throws {
    let model = try TestModel(songs: 300, paddedLength: 20)
    let recommender = try model.recommender()
    let given = model.playlist(9, 4)
    var wishes = Wishes()
    wishes.songsPerArtist = 3
    wishes.excludedArtists = ["artist 4"]
    wishes.excludedSongs = Set(0..<150)
    let songs = try recommender.recommend([PlaylistRequest(songs: given, wishes: wishes)], count: 15, decode: style)[0]
      .map(\.row)
    let artists = songs.map { $0 % 7 }
    #expect(songs.allSatisfy { $0 >= 150 } && !artists.contains(4))
    #expect(Dictionary(grouping: artists) { $0 }.values.allSatisfy { $0.count <= 3 })
    #expect(style == .original || songs.count == 15)
    let first = try recommender.recommend(for: [given], count: 1)[0][0]
    var without = Wishes()
    without.excludedSongs = [first.row]
    let next = try recommender.recommend([PlaylistRequest(songs: given, wishes: without)], count: 1, decode: style)[0]
    #expect(next.first?.row != first.row && (next.first?.distance ?? 1e9) >= first.distance!)
  }

  @Test func `candidates are what was played together with the playlist, best neighbours first, whoever ranks them`()
    throws
  {
    let model = try TestRanker()
    let playlists: [[Int32]] = (0..<60).map { (number: Int) -> [Int32] in
      (0..<12).map { Int32((number * 13 + $0 * $0 * 7) % 280) }
    }
    func near(_ seeds: [Int32]) -> Set<Int32> {
      var songs: Set<Int32> = []
      for playlist in playlists where !Set(playlist).isDisjoint(with: seeds) { songs.formUnion(playlist) }
      return songs.subtracting(seeds)
    }
    let given = [playlists[3][0], playlists[3][5]]
    var wishes = Wishes()
    func ranked(_ count: Int) throws -> [Int32] {
      wishes.candidateCount = count
      return try model.ranker().recommend([PlaylistRequest(songs: given, wishes: wishes)], count: 300)[0].map(\.row)
    }
    let (all, few) = (try ranked(1000), try ranked(10))
    #expect(Set(all) == near(given))
    #expect(few.count == 10)
    let chosen = Set(few)
    let inOrder = all.filter { chosen.contains($0) }
    #expect(few == inOrder, "the ranking stays")

    let other = try TestModel(songs: 300)
    let path = other.folder.path
    try ModelFolder.writeTrainingPlaylists(
      playlists.enumerated().map { Playlist(pid: "p\($0.offset)", songs: $0.element) }, vectors: other.vectors, to: path
    )
    for style in DecodeStyle.allCases {
      wishes.candidateCount = 10
      let request = PlaylistRequest(songs: [other.playlist(9, 1)[0]] + given, wishes: wishes)
      let songs = Set(try other.recommender().recommend([request], count: 8, decode: style)[0].map(\.row))
      let allowed = near(request.songs)
      #expect(songs.isSubset(of: allowed))
      #expect(style == .original || songs.count == 8)
    }
  }

  @Test func `songs of the playlist count as versions, but not for artists`() throws {
    let model = try TestRanker()
    let ranker = try model.ranker()
    var wishes = Wishes()
    (wishes.allowsVersions, wishes.songsPerArtist) = (false, 1)
    let rows = try ranker.recommend([PlaylistRequest(songs: [30], wishes: wishes)], count: 500)[0].map(\.row)
    #expect(!rows.contains(31) && !rows.contains(32), "versions of the song given")
    #expect(rows.contains { (33...35).contains($0) }, "another song by its artist")
  }

  @Test func `a list of exclusions knows ids and artists, and tells which ids are unknown`() throws {
    let model = try TestRanker()
    let catalogue = try model.ranker().catalogue
    var (list, wishes) = (SongExclusions(), Wishes())
    (list.ids, list.artists) = (["t4", "nobody", "t9"], ["ARTIST 3"])
    #expect(wishes.exclude(list, in: catalogue) == ["nobody"])
    #expect(wishes.excludedSongs == [4, 9] && wishes.excludedArtists == ["artist 3"])
  }

  @Test func `when the wishes forbid all others the answer says so`() throws {
    for recommender: any SongRecommender in [try TestRanker().ranker(), try TestModel().recommender()] {
      var request = PlaylistRequest(songs: [])
      request.wishes.excludedSongs = Set(0..<Int32(recommender.catalogue.count))
      let result = try recommender.recommend(ids: ["t1", "t2", "t3"], as: request, count: 5, source: "")
      #expect(result.songs.isEmpty && result.shortage == .wishesForbidOthers)
    }
  }
}
