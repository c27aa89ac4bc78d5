import Music
import Recommendation
import Testing

@Suite struct ReasonsTests {
  @Test func `a ranking model's influences are differences of its scores`() throws {
    let model = try TestRanker()
    let ranker = try model.ranker()
    let request = PlaylistRequest(songs: [12, 40, -1, 12, 200, 7], context: PlaylistContext(title: "sad"))
    let songs = Array(try ranker.recommend([request], count: 500)[0].prefix(9))
    let influences = try ranker.influences(on: songs, of: request)
    for (song, found) in zip(songs, influences) {
      #expect(found.map(\.row) == [40, 12, 200, 7])
      for influence in found {
        var without = request
        without.songs.removeAll { $0 == influence.row }
        let score = try #require(
          try ranker.recommend([without], count: 500)[0].first { $0.row == song.row }?.score)
        #expect(abs(song.score - score - influence.influence) < 1e-3)
      }
    }
    #expect(influences[0] != influences[1])
  }

  @Test func `the 29-number model's influences are differences of distances from its predictions`() throws {
    let model = try TestModel()
    let recommender = try model.recommender()
    let silent = Int32(try #require((0..<400).first { !model.vectors.hasNumbers($0) }))
    let request = PlaylistRequest(songs: model.playlist(30, 3) + [silent, -1])
    let songs = try recommender.recommend([request], count: 4, decode: .default)[0]
    let influences = try recommender.influences(on: songs, of: request)
    #expect(influences.count == 4 && !influences[3].contains { $0.row == silent || $0.row < 0 })
    for influence in influences[0] {
      let rest = request.songs.filter { $0 != influence.row }
      let prediction = try recommender.recommend([PlaylistRequest(songs: rest)], count: 1, decode: .default)[0][0]
        .prediction
      let squares = zip(prediction, model.vectors.vector(Int(songs[0].row))).map { Double(($0 - $1) * ($0 - $1)) }
      #expect(abs(squares.reduce(0, +).squareRoot() - songs[0].distance! - influence.influence) < 1e-5)
    }
    // Without its only song a playlist is a vector of zeros, and the answer is finite.
    let alone = PlaylistRequest(songs: [request.songs[0]])
    let first = try recommender.recommend([alone], count: 2, decode: .default)[0]
    #expect(try recommender.influences(on: first, of: alone).allSatisfy { $0.count == 1 && $0[0].influence.isFinite })
  }

  @Test func `reasons name the strongest songs with their shares, and numbers in Spotify's units`() throws {
    let model = try TestRanker()
    let ranker = try model.ranker()
    let request = PlaylistRequest(songs: [12, 40, 200, 7, 90, 150])
    let songs = try ranker.recommend([request], count: 500)[0]
    let reasons = try ranker.reasons(for: songs, of: request)
    let influences = try ranker.influences(on: songs, of: request)
    #expect(reasons.count == songs.count)
    for (place, reason) in reasons.enumerated() {
      let positive = influences[place].map(\.influence).filter { $0 > 0 }.sorted(by: >)
      #expect(reason.pulls.map(\.influence) == Array(positive.prefix(3)))
      let sum = positive.reduce(0, +)
      #expect(reason.pulls.allSatisfy { abs($0.share - $0.influence / sum) < 1e-12 })
      let tempo = try #require(reason.numbers.first { $0.feature == .tempo })
      #expect(abs(tempo.predicted - (60 + 120 * Double(songs[place].prediction[8]))) < 1e-3)
      #expect((tempo.actual == nil) == !model.vectors.hasNumbers(Int(songs[place].row)))
    }
    #expect(reasons.contains { $0.pulls.count == 3 } && reasons.contains { $0.numbers[0].actual == nil })
    #expect(try ranker.reasons(for: [], of: request).isEmpty)
  }

  @Test func `only the last fifty songs of a long playlist are considered`() throws {
    let model = try TestRanker()
    let ranker = try model.ranker()
    let request = PlaylistRequest(songs: (0..<70).map { Int32($0) })
    let songs = try ranker.recommend([request], count: 1)[0]
    #expect(try ranker.influences(on: songs, of: request)[0].map(\.row) == (20..<70).map { Int32($0) })
  }
}
