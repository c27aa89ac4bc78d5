import Compute
import Files
import Music
import Recommendation
import Testing

@Suite struct RecommenderTests {
  @Test(arguments: DecodeStyle.allCases)
  func `the songs are those of the definition with an exhaustive search`(style: DecodeStyle) throws {
    let model = try TestModel(paddedLength: 17)
    let recommender = try model.recommender()
    for length in [1, 2, 5, 17, 30] {
      let playlist = model.playlist(length * 31, length)
      let songs = try recommender.recommend(for: [playlist], count: 12, decode: style)[0]
      let expected = try model.expected(playlist, count: 12, style: style, paddedLength: 17)
      #expect(songs.map(\.row) == expected.map(\.row), "\(length) songs")
      #expect(zip(songs, expected).allSatisfy { abs($0.distance! - $1.distance!) < 1e-6 })
    }
  }

  @Test(arguments: Devices.list().devices.filter { $0.exchange != .none })
  func `a device whose work-groups waited in vain recommends the same songs`(device: OpenCLDeviceDescription) throws {
    let model = try TestModel(hiddenSize: 16)
    func songs(_ recurrence: Recurrence, failing: Bool) throws -> [[Recommendation]] {
      let backend = try OpenCLBackend(device: device, parameters: .standard(for: device), recurrence: recurrence)
      if failing { backend.failNextWaits(patience: 1000) }
      let recommender = try Recommender(ModelFolder(path: model.folder.path), backend: backend)
      let playlists = [model.playlist(3, 5), model.playlist(40, 2)]
      defer { #expect(backend.hasGivenUpWaiting == failing) }
      return try recommender.recommend(for: playlists, count: 4)
    }
    let groups = try #require(Recurrence(named: "groups:2"))
    #expect(try songs(groups, failing: true) == songs(.steps, failing: false))
  }

  @Test(arguments: DecodeStyle.allCases)
  func `a batch gives each playlist what it gets alone`(style: DecodeStyle) throws {
    let model = try TestModel(paddedLength: 20)
    let recommender = try model.recommender()
    let playlists = [3, 1, 25, 8, 8, 2, 40].enumerated().map { model.playlist($0 * 57, $1) }
    let together = try recommender.recommend(for: playlists, count: 20, decode: style)
    for (playlist, songs) in zip(playlists, together) {
      let alone = try recommender.recommend(for: [playlist], count: 20, decode: style)[0]
      #expect(songs.map(\.row) == alone.map(\.row))
    }
    #expect(Set(together.map { $0.map(\.row) }).count > 1)
  }

  @Test(arguments: DecodeStyle.allCases)
  func `the number of threads changes nothing`(style: DecodeStyle) throws {
    let model = try TestModel(paddedLength: 20)
    let playlists = (0..<11).map { model.playlist($0 * 37, 1 + $0 * 3) }
    let one = try model.recommender(threads: 1).recommend(for: playlists, count: 20, decode: style)
    let two = try model.recommender(threads: 2).recommend(for: playlists, count: 20, decode: style)
    #expect(one == two)
    #expect(one.allSatisfy { !$0.isEmpty })
  }

  @Test(arguments: DecodeStyle.allCases)
  func `a recommender forgets the batches before, larger or smaller`(style: DecodeStyle) throws {
    let model = try TestModel(paddedLength: 20)
    let recommender = try model.recommender()
    let playlists = (0..<6).map { model.playlist($0 * 41, 3 + $0) }
    for batch in [playlists, [playlists[2]], [playlists[5], playlists[1]], playlists] {
      let fresh = try model.recommender().recommend(for: batch, count: 8, decode: style)
      #expect(try recommender.recommend(for: batch, count: 8, decode: style) == fresh)
    }
  }

  @Test(arguments: DecodeStyle.allCases)
  func `no song given and no song twice`(style: DecodeStyle) throws {
    let model = try TestModel(songs: 900, paddedLength: 30)
    let playlist = model.playlist(5, 40)
    let songs = try model.recommender().recommend(for: [playlist], count: 500, decode: style)[0].map(\.row)
    #expect(Set(songs).count == songs.count)
    #expect(Set(songs).isDisjoint(with: playlist))
    #expect(style == .original || songs.count == 500)
  }

  @Test func `a small catalogue gives all its songs and then no more`() throws {
    let model = try TestModel(songs: 30)
    let playlist = model.playlist(0, 3)
    let songs = try model.recommender().recommend(for: [playlist, model.playlist(9, 1)], count: 100)
    let withNumbers = (0..<30).count(where: model.vectors.hasNumbers)
    #expect(songs[0].count == withNumbers - Set(playlist).count && songs[1].count == withNumbers - 1)
  }

  @Test func `a shortage says whether the catalogue or the tries are used up`() throws {
    let small = try TestModel(songs: 30)
    let withNumbers = (0..<30).filter(small.vectors.hasNumbers)
    let rest = try small.recommender().recommend(ids: ["t\(withNumbers[0])"], count: 100, source: "")
    #expect(rest.songs.count == withNumbers.count - 1 && rest.shortage == .catalogueUsedUp)
    let enough = try small.recommender().recommend(ids: ["t\(withNumbers[0])"], count: 3, source: "")
    #expect(enough.songs.count == 3 && enough.shortage == nil)

    // Weights of zero predict the same always, so that the original decoder finds one song, again and again.
    let constant = try TestModel(songs: 30, weightScale: 0).recommender()
    let nearest = try constant.recommend(ids: ["t\(withNumbers[0])"], count: 1, source: "").songs[0].row
    let others = withNumbers.filter { $0 != nearest }.map { "t\($0)" }
    let tried = try constant.recommend(ids: [others[0]], count: 2, decode: .original, source: "")
    #expect(tried.songs.map(\.row) == [nearest] && tried.shortage == .triesUsedUp)
    let last = try constant.recommend(ids: others, count: 2, decode: .original, source: "")
    #expect(last.songs.map(\.row) == [nearest] && last.shortage == .catalogueUsedUp)
  }

  @Test func `unknown ids and songs without numbers are reported, once each`() throws {
    let model = try TestModel()
    let silent = (0..<400).filter { !model.vectors.hasNumbers($0) }.map { Int32($0) }
    try #require(silent.count >= 2)
    let recommender = try model.recommender()
    let known = model.playlist(40, 3)
    let ids = ["nobody", "t\(silent[0])"] + known.map { "t\($0)" } + ["", "nobody", "t\(silent[0])"]
    let result = try recommender.recommend(ids: ids, count: 5, source: "--tracks")
    #expect(result.ignored == ["nobody", ""])
    #expect(result.withoutNumbers == [silent[0]])
    #expect(result.songs.map(\.row) == (try recommender.recommend(for: [known], count: 5)[0].map(\.row)))

    let unknown = #expect(throws: InputError.self) {
      try recommender.recommend(ids: ["x", "y"], count: 5, source: "--tracks")
    }
    #expect(unknown?.reason == "none of the 2 track ids is in the model's catalogue")
    #expect(throws: InputError.self) {
      try recommender.recommend(ids: ["t\(silent[0])", "x"], count: 5, source: "--tracks")
    }
    for (ids, count) in [(["t1"], 0), (["t1"], 501), ([], 3), (Array(repeating: "t1", count: 1001), 3)] {
      #expect(throws: UsageError.self) { try recommender.recommend(ids: ids, count: count, source: "--tracks") }
    }
  }

  @Test func `an overflowing model is an error and no crash`() throws {
    let model = try TestModel(weightScale: 1e37)
    let recommender = try model.recommender()
    do {
      let songs = try recommender.recommend(for: [model.playlist(0, 4)], count: 3)[0]
      #expect(songs.count == 3)
    } catch { #expect((error as? InputError)?.reason == "the model predicts numbers that are not finite") }
  }
}
