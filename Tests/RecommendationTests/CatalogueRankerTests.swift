import Compute
import Files
import Foundation
import Learning
import Music
import Recommendation
import Testing

/// Recommending by a model that ranks its catalogue.
@Suite struct CatalogueRankerTests {
  @Test func `the songs are the best of the whole ranking, with falling scores`() throws {
    let model = try TestRanker()
    let ranker = try model.ranker()
    for length in [1, 4, 30] {
      let request = PlaylistRequest(
        songs: model.playlist(length * 11, length), context: PlaylistContext(title: "a sad party"))
      let songs = try ranker.recommend([request], count: 25)[0]
      #expect(songs.map(\.row) == (try ranker.rank([request], depth: 25)[0]))
      #expect(zip(songs, songs.dropFirst()).allSatisfy { $0.score >= $1.score })
      #expect(Set(songs.map(\.row)).isDisjoint(with: request.songs))
    }
    let all = try ranker.recommend([PlaylistRequest(songs: [5, 5, 9])], count: 500)[0]
    #expect(all.count == 298)
  }

  @Test func `distances are those from what the decoder predicts along the songs chosen`() throws {
    let model = try TestRanker()
    let playlist: [Int32] = [3, -1, 80, 3, 120]
    let songs = try model.ranker().recommend([PlaylistRequest(songs: playlist)], count: 12)[0]
    let folder = try ModelFolder(path: model.folder.path)
    let learned = try CatalogueVectors(path: model.folder.file(CatalogueVectors.fileName), of: folder.catalogue)
    let decoder = SequenceDecoder(try folder.makeModel(on: CPUBackend(threads: 1)))
    let known = playlist.filter { $0 >= 0 }.map { Array(learned.vector($0)) }
    try decoder.encode(lengths: [known.count]) { vector, _, step in _ = vector.update(fromContentsOf: known[step]) }
    var input = (0..<model.dimension).map { column in known.reduce(0) { $0 + $1[column] } / Float(known.count) }
    var prediction = [Float](repeating: 0, count: SongVector.width)
    for song in songs {
      try decoder.step(input, into: &prediction)
      #expect(zip(song.prediction, prediction).allSatisfy { abs($0 - $1) < 1e-6 })
      let squares = zip(prediction, model.vectors.vector(Int(song.row))).map { Double(($0 - $1) * ($0 - $1)) }
      let expected = squares.reduce(0, +).squareRoot()
      #expect(abs(try #require(song.distance) - expected) < 1e-5)
      input = Array(learned.vector(song.row))
    }
  }

  @Test func `a batch gives each playlist what it gets alone, with any number of threads`() throws {
    let model = try TestRanker()
    let requests = (0..<9).map { PlaylistRequest(songs: model.playlist($0 * 23, 1 + $0 * 2)) }
    let together = try model.ranker(threads: 2).recommend(requests, count: 15)
    for (request, songs) in zip(requests, together) {
      let alone = try model.ranker().recommend([request], count: 15)[0]
      #expect(alone.map(\.row) == songs.map(\.row))
      #expect(zip(alone, songs).allSatisfy { abs($0.score - $1.score) < 1e-4 })
    }
    #expect(Set(together.map { $0.map(\.row) }).count > 1)
  }

  @Test func `songs without numbers are given and recommended like others`() throws {
    let model = try TestRanker()
    let silent = try #require(model.silent.first)
    let ranker = try model.ranker()
    let result = try ranker.recommend(ids: ["t\(silent)", "nobody"], count: 500, source: "")
    #expect(result.withoutNumbers.isEmpty && result.ignored == ["nobody"] && result.songs.count == 299)
    #expect(result.shortage == .catalogueUsedUp)
    let others = Set(model.silent).subtracting([silent])
    try #require(!others.isEmpty)
    #expect(Set(result.songs.filter { $0.distance == nil }.map(\.row)) == others)
    let other = try ranker.recommend(ids: ["t\(silent + 1)"], count: 500, source: "")
    #expect(other.songs.map(\.row).prefix(20) != result.songs.map(\.row).prefix(20))
  }

  @Test func `a folder opens as the kind of model that it holds`() throws {
    let (ranking, other) = (try TestRanker(), try TestModel())
    let backend = try CPUBackend(threads: 1)
    #expect(try ModelFolder(path: ranking.folder.path).makeRecommender(on: backend).ranksCatalogue)
    #expect(try !ModelFolder(path: other.folder.path).makeRecommender(on: backend).ranksCatalogue)
  }

  @Test func `an overflowing model is an error and no crash`() throws {
    let model = try TestRanker(weightScale: 1e38)
    #expect(throws: InputError.self) {
      try model.ranker().recommend([PlaylistRequest(songs: [1, 2, 3])], count: 3)
    }
  }

  @Test(arguments: [(neighbours: Float(1), rules: Float(0)), (0, 1)])
  func `songs that nobody played count as their artist's others, and so do added ones`(
    neighbours: Float, rules: Float
  ) throws {
    // Rows 290 … 299 are unplayed: those of artist 48 beside 288 and 289, and all six of artist 49.
    let model = try TestRanker(unplayed: 10, neighbours: neighbours, rules: rules)
    let plain = try TestRanker(unplayed: 10, neighbours: 0, rules: 0)
    let playlists = try ModelFolder(path: model.folder.path).requiredTrainingPlaylists()
    let before = (0..<playlists.count).lazy.map { playlists[$0].prefix { $0 != 288 && $0 != 289 } }
    let seeds = try #require(before.first { $0.count > 1 && $0.count < 12 })
    let request = PlaylistRequest(songs: seeds.filter { $0 < 280 })
    let added = SongTable(
      ids: ["new"], names: ["New"], artists: ["Artist 48"], features: .init(repeating: .nan, count: AudioFeature.count))
    for model in [model, plain] { _ = try ModelFolder.add(added, to: model.folder.path) }
    let scores = try [model, plain].map { model in
      Dictionary(
        uniqueKeysWithValues: try model.ranker().recommend([request], count: 500)[0].map { ($0.row, $0.score) })
    }
    func probability(_ row: Int32) throws -> Double {
      exp(try #require(scores[0][row]) - (try #require(scores[1][row]))) - 3e-5
    }
    let (first, second) = (try probability(288), try probability(289))
    let mean = ((first * first + second * second) / 2).squareRoot()
    #expect(mean > 1e-4, "the seeds stood with one of them")
    for row in Int32(290)...293 { #expect(abs(try probability(row) / mean - 1) < 1e-2) }
    #expect(abs(try probability(300) / mean - 1) < 1e-2)
    for row in Int32(294)...299 { #expect(abs(try probability(row)) < 1e-7) }
  }
}
