import Files
import Music
import Recommendation
import Testing

@Suite struct SteeringTests {
  @Test func `signs move, bare numbers and those after @ are places to go`() throws {
    let steering = try Steering(parsing: "energy=+0.2, valence = 0.8,loudness=@-8,tempo=-12.5,duration_ms=180000")
    #expect(steering[.energy] == .by(0.2) && steering[.valence] == .to(0.8) && steering[.loudness] == .to(-8))
    #expect(steering[.tempo] == .by(-12.5) && steering[.durationMilliseconds] == .to(180_000))
    #expect(steering[.liveness] == nil && steering.strength == Steering.standardStrength)
  }

  @Test(arguments: [
    ("", "write FEATURE=NUMBER"), ("energy", "write FEATURE=NUMBER"), ("energy=0.1,", "write FEATURE=NUMBER"),
    ("enery=0.1", "enery is none of the features that can be steered: acousticness, danceability, duration_ms"),
    ("key=3", "key is none of the features"), ("energy=loud", "energy=loud: that is no number"),
    ("energy=nan", "no number"), ("energy=", "no number"), ("energy=1.5", "must lie in 0…1"),
    ("energy=+1.5", "must lie in -1…1"), ("tempo=400", "must lie in 0…300"), ("tempo=-301", "-300…300"),
    ("loudness=@-70", "-60…10"), ("energy=0.1,energy=0.2", "names energy twice"),
  ])
  func `what cannot be steered is refused`(text: String, reason: String) {
    let error = #expect(throws: UsageError.self) { try Steering(parsing: text) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  /// Tempo in steps of the scaling's 120 BPM, clamped at both ends.
  private static let moves: [(text: String, expected: @Sendable (Float) -> Float)] = [
    ("tempo=+12", { min($0 + 0.1, 1) }), ("tempo=-300", { _ in 0 }), ("tempo=90", { _ in 0.25 }),
    ("tempo=30", { _ in 0 }),
  ]

  @Test(arguments: moves.indices)
  func `a ranking model's prediction is moved in the song's units, clamped, and every song pays for its distance`(
    number: Int
  ) throws {
    let (text, expected) = Self.moves[number]
    let model = try TestRanker()
    let ranker = try model.ranker()
    let plain = PlaylistRequest(songs: [10, 20, 30])
    var steered = plain
    steered.steering = try Steering(parsing: text)
    let scores = try [plain, steered].map { request in
      try ranker.recommend([request], count: 500)[0]
    }
    let column = try #require(SongVector.regressionFeatures.firstIndex(of: .tempo))
    let target = expected(scores[0][0].prediction[column])
    #expect(abs(scores[1][0].prediction[column] - target) < 1e-6)
    #expect(scores[1][0].prediction[column - 1] == scores[0][0].prediction[column - 1])

    // The definition, in double, over the songs that have the number.
    let known = (0..<model.vectors.count).filter(model.vectors.hasNumbers)
    func value(_ row: Int) -> Double { Double(model.vectors.values[row * SongVector.width + column]) }
    let mean = known.reduce(0) { $0 + value($1) } / Double(known.count)
    let variance = known.reduce(0) { $0 + (value($1) - mean) * (value($1) - mean) } / Double(known.count)
    func penalty(_ row: Int) -> Double {
      let difference = value(row) - Double(target)
      return Double(Steering.standardStrength) * difference * difference / variance / 2
    }
    let ofSilent = known.reduce(0) { $0 + penalty($1) } / Double(known.count)
    let before = Dictionary(uniqueKeysWithValues: scores[0].map { ($0.row, $0.score) })
    #expect(scores[1].count == scores[0].count)
    for song in scores[1] {
      let expected = model.vectors.hasNumbers(Int(song.row)) ? penalty(Int(song.row)) : ofSilent
      #expect(abs(before[song.row]! - song.score - expected) < 1e-3 * max(1, expected))
    }
  }

  @Test func `no strength changes no order, and more strength more of it`() throws {
    let model = try TestRanker()
    let ranker = try model.ranker()
    let plain = try ranker.recommend([PlaylistRequest(songs: [1, 2])], count: 30)[0].map(\.row)
    let shared = try [0, 0.5, 50].map { (strength: Float) in
      var request = PlaylistRequest(songs: [1, 2])
      var steering = try Steering(parsing: "energy=0.9")
      steering.strength = strength
      request.steering = steering
      return Set(try ranker.recommend([request], count: 30)[0].map(\.row)).intersection(plain).count
    }
    #expect(shared[0] == 30 && shared[0] > shared[1] && shared[1] > shared[2])
  }

  @Test func `the 29-number model searches from the moved prediction`() throws {
    let model = try TestModel()
    let recommender = try model.recommender()
    let playlist = model.playlist(3, 6)
    let plain = try recommender.recommend(for: [playlist], count: 1)[0][0]
    var request = PlaylistRequest(songs: playlist)
    request.steering = try Steering(parsing: "energy=0.95,valence=-0.3")
    let steered = try recommender.recommend([request], count: 1, decode: .default)[0][0]
    var expected = plain.prediction
    (expected[3], expected[9]) = (0.95, max(0, expected[9] - 0.3))
    #expect(zip(steered.prediction, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    let excluded = SongSet(capacity: model.vectors.count, rows: playlist)
    let nearest = try #require(model.vectors.scan(expected, limit: 1, excluding: excluded).first)
    #expect(steered.row == nearest.row && abs(steered.distance! - nearest.distance) < 1e-6)
    #expect(steered.row != plain.row)
  }
}
