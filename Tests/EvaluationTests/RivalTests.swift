import Compute
import Evaluation
import Foundation
import Music
import Recommendation
import Testing

/// Four training playlists over the songs 0…5; song 5 is in none. Songs 0…3 are in two playlists, song 4 in one.
private let training: [[Int32]] = [[0, 1, 2], [0, 2], [1, -1, 3], [3, 4, 3]]

/// - Parameter artists: 0 for songs 0, 2 and 5; 1 for songs 1, 3 and 4.
private func input(_ playlists: [[Int32]] = training, artists: [Int32] = [0, 1, 0, 1, 1, 0]) -> RivalInput {
  let vectors = SongVectors(
    values: [Float](repeating: 0, count: artists.count * SongVector.width),
    present: [UInt16](repeating: 0, count: artists.count))
  return RivalInput(playlists: playlists, artists: artists, vectors: vectors)
}

private func given(_ seeds: [Int32]) -> EvaluationCase {
  EvaluationCase(index: 0, pid: "1", seeds: seeds, relevant: [])
}

/// A rival's scores, and its list.
private func results<R: Rival>(
  _: R.Type, _ settings: R.Settings, _ seeds: [Int32], _ input: RivalInput = input(), depth: Int = 500
) throws -> (scores: [Float], list: [Int32]) {
  let backend = try CPUBackend(threads: 1)
  let rival = R(input, settings: settings, backend: backend)
  var scores = [Float](repeating: 0, count: input.artists.count)
  scores.withUnsafeMutableBufferPointer { rival.score(given(seeds), into: $0) }
  return (scores, RivalRanking(rival, input: input, backend: backend).rank([given(seeds)], depth: depth)[0])
}

private func isNear(_ scores: [Float], _ expected: [Int: Float]) -> Bool {
  expected.allSatisfy { abs(scores[$0.key] - $0.value) < 1e-5 }
}

@Suite struct RivalTests {
  @Test func `the matrix holds each known song of a playlist once, by playlists and by songs`() {
    let matrix = PlaylistMatrix([[2, 0, 2, -1], [], [2, 1]], songCount: 4)
    #expect(matrix.playlistCount == 3 && matrix.entryCount == 4)
    #expect((0..<3).map { Array(matrix.songs(of: $0)) } == [[2, 0], [], [2, 1]])
    #expect((0..<4).map { Array(matrix.playlists(of: $0)) } == [[0], [2], [0, 2], []])
    for (playlist, songs) in [[0, 2], [], [1, 2]].enumerated() {
      #expect((0..<4).filter { matrix.holds(Int32(playlist), $0) } == songs.map { Int32($0) })
    }
    #expect(matrix.songsByPopularity == [2, 0, 1, 3] && matrix.songCount(of: 2) == 2)
    #expect(abs(matrix.inverseFrequency(of: 2) - log(1.5)) < 1e-6 && matrix.inverseFrequency(of: 3) == 0)
  }

  @Test func `session kNN sums the cosines of the nearest playlists that hold a song`() throws {
    // With idf ln 2 for songs 0…3 and 2 ln 2 for song 4, lengths are √3, √2, √2, √5 times ln 2 and the seeds' is √2.
    // Cosines: 1/√6, 1/2, 1/2, 1/√10. Songs 1 and 2 tie at 1/2 + 1/√6; song 5 follows by popularity.
    let all = try results(SessionNeighbours.self, .init(neighbourCount: 100), [0, 3])
    #expect(isNear(all.scores, [1: 0.908248, 2: 0.908248, 4: 0.316228, 5: 0]) && all.list == [1, 2, 4, 5])
    // Playlists 1 and 2 tie; the lower row is the one neighbour. Then popularity: two playlists, one, none.
    let one = try results(SessionNeighbours.self, .init(neighbourCount: 1), [0, 3])
    #expect(isNear(one.scores, [1: 0, 2: 0.5, 4: 0]) && one.list == [2, 1, 4, 5])
  }

  @Test func `a blend adds its members' standardised scores with their weights`() throws {
    let sessions = try results(SessionNeighbours.self, SessionNeighbours.tuned, [0, 3]).scores.map(Double.init)
    let items = try results(ItemNeighbours.self, ItemNeighbours.tuned, [0, 3]).scores.map(Double.init)
    func standardised(_ scores: [Double]) -> [Double] {
      let mean = scores.reduce(0, +) / 6
      let deviation = (scores.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 6).squareRoot()
      return scores.map { ($0 - mean) / deviation }
    }
    let settings = Blend.Settings(leastSquares: 0, sequentialRules: 0, sessionNeighbours: 2, itemNeighbours: 0.5)
    let blend = try results(Blend.self, settings, [0, 3])
    let expected = zip(standardised(sessions), standardised(items)).map { Float(2 * $0 + 0.5 * $1) }
    #expect(isNear(blend.scores, Dictionary(uniqueKeysWithValues: expected.enumerated().map { ($0, $1) })))
    #expect(blend.list == [1, 2, 4, 5].sorted { (-expected[$0], $0) < (-expected[$1], $1) }.map { Int32($0) })
    // No member knows the seed: popularity alone.
    #expect(try results(Blend.self, Blend.tuned, [5]).list == [0, 1, 2, 3, 4])
  }

  @Test func `VSKNN weighs seeds by their places in similarity and score`() throws {
    var settings = VectorSessionNeighbours.Settings(
      neighbourCount: 100, similarityDecay: .linear, scoreDecay: .harmonic, seedFrequencyExponent: 0,
      lengthExponent: 0, songFrequencyWeight: 0)
    // v(1) = 1 for song 0, v(2) = 1/2 for song 3; w(1) = 1, w(2) = 1/2. Playlists: 1·1, 1·1, ½·½, ½·½.
    let paper = try results(VectorSessionNeighbours.self, settings, [3, 0])
    #expect(isNear(paper.scores, [1: 1.25, 2: 2, 4: 0.25]) && paper.list == [2, 1, 4, 5])
    // Playlist 0 holds both seeds: (1 + ½)·w(1), for its last seed stands at the end.
    let both = try results(VectorSessionNeighbours.self, settings, [1, 0])
    #expect(isNear(both.scores, [2: 2.5, 3: 0.25]) && both.list.first == 2)
    // Three places: song 0 stands at its last, v(1) = 1, song 3 at v(2) = 2/3: ⅔·½ for playlists 2 and 3.
    let repeated = try results(VectorSessionNeighbours.self, settings, [0, 3, 0])
    #expect(isNear(repeated.scores, [1: 1.333333, 2: 2, 4: 0.333333]))
    // idf over the number of songs: ln 2 · (1/3, 1/2, 1/2, 1/2); a song's share grows by its idf.
    (settings.similarityDecay, settings.scoreDecay) = (.none, .none)
    (settings.seedFrequencyExponent, settings.lengthExponent, settings.songFrequencyWeight) = (1, 1, 1)
    let weighed = try results(VectorSessionNeighbours.self, settings, [3, 0])
    let l = Float(log(2.0))
    let (two, four): (Float, Float) = (l * (5 / 6) * (1 + l), l / 2 * (1 + 2 * l))
    #expect(isNear(weighed.scores, [1: two, 2: two, 4: four]))
  }

  @Test func `sequential rules count what stands behind a seed, the nearer the more`() throws {
    var settings = SequentialRules.Settings(
      steps: 2, stepDecay: .harmonic, seedDecay: .none, confidenceExponent: 0)
    // Behind song 0: song 1 (1) and 2 (½) in playlist 0, song 2 (1) in playlist 1. Behind song 3: song 4 (1).
    let rules = try results(SequentialRules.self, settings, [0, 3])
    #expect(isNear(rules.scores, [1: 1, 2: 1.5, 4: 1, 5: 0]) && rules.list == [2, 1, 4, 5])
    // Behind song 1: song 2 (1); song 3 stands two places on, past a song that the catalogue does not know.
    #expect(isNear(try results(SequentialRules.self, settings, [1]).scores, [0: 0, 2: 1, 3: 0.5]))
    settings.steps = 1
    #expect(isNear(try results(SequentialRules.self, settings, [0]).scores, [1: 1, 2: 1]))
    // Song 0 occurs twice, song 3 three times; song 0 is the last but one.
    (settings.steps, settings.confidenceExponent, settings.seedDecay) = (2, 1, .harmonic)
    #expect(isNear(try results(SequentialRules.self, settings, [0, 3]).scores, [1: 0.25, 2: 0.375, 4: 0.333333]))
  }

  @Test func `item kNN sums the seeds' cosines`() throws {
    // c_01 = 1, c_02 = 2, c_31 = 1, c_34 = 1; songs 0…3 are in 2 playlists, song 4 in 1.
    for (exponent, shrinkage, expected) in [
      (Float(0.5), Float(0), [1: Float(1), 2: 1, 4: 0.707107]), (0.5, 2, [1: 0.5, 2: 0.5, 4: 0.292893]),
      (0, 0, [1: 1, 2: 1, 4: 0.5]),
    ] {
      let results = try results(
        ItemNeighbours.self, .init(popularityExponent: exponent, shrinkage: shrinkage), [0, 3, 0])
      #expect(isNear(results.scores, expected) && results.list == [1, 2, 4, 5])
    }
  }

  @Test func `artists' songs come by popularity, times how many seeds the artist has`() throws {
    let plain = try results(ArtistPopularity.self, .init(seedExponent: 0), [4, 3, 0, 3])
    #expect(plain.scores == [2, 2, 2, 2, 1, 0] && plain.list == [1, 2, 5])
    let weighed = try results(ArtistPopularity.self, .init(seedExponent: 1), [2, 2, 0, 3])
    #expect(weighed.scores == [4, 2, 4, 2, 1, 0] && weighed.list == [1, 4, 5])
  }

  @Test func `ALS finds the minimum of four like playlists, and folds two seeds in exactly`() throws {
    // All of M playlists hold all of m songs: the minimum has rank one, x·y = 1 − λ/((1+α)·√(M·m)) = 1 − 2/(2·4) = ¾ and
    // y² = ¾·√(M/m) = ¾. With q seeds: (1+α)·q·y² / ((m + α·q)·y² + λ) = 3 / 6.5. The other songs' vectors are zeros.
    let settings = AlternatingLeastSquares.Settings(
      factors: 8, confidence: 1, regularization: 2, iterations: 100)
    let like = input([[0, 1, 2, 3], [1, 0, 2, 3], [0, 1, 2, 3], [3, 0, 1, 2]])
    let found = try results(AlternatingLeastSquares.self, settings, [0, 1], like)
    let score: Float = 3 / 6.5
    #expect(isNear(found.scores, [0: score, 1: score, 2: score, 3: score, 4: 0, 5: 0]), "\(found.scores)")
    #expect(Set(found.list.prefix(2)) == [2, 3] && found.list.suffix(2) == [4, 5])
  }

  @Test func `BPR moves the biases by its slope, and learns which songs go together`() throws {
    var settings = BayesianPersonalizedRanking.Settings(
      factors: 8, epochs: 1, learningRate: 0.1, regularization: 0.5, seedWeight: 0)
    // One step for one entry: from vectors near 0 the slope is ½, so the song gains 0.1·½, the other loses as much.
    let one = input([[0]], artists: Array(repeating: 0, count: 100))
    var scores = try results(BayesianPersonalizedRanking.self, settings, [0], one).scores
    let least = try #require(scores.min())
    #expect(abs(scores[0] - 0.05) < 1e-3 && abs(least + 0.05) < 1e-3)
    #expect(scores.count { $0 == 0 } == 98)
    // Two kinds of playlists: songs 0…9 or 10…19, each time without one of them.
    var playlists: [[Int32]] = []
    for first in [Int32(0), 10] {
      for missing in first..<first + 10 { playlists.append((first..<first + 10).filter { $0 != missing }) }
    }
    settings = .init(factors: 8, epochs: 200, learningRate: 0.2, regularization: 0.003, seedWeight: 4)
    let groups = input(playlists, artists: Array(repeating: 0, count: 20))
    let list = try results(BayesianPersonalizedRanking.self, settings, [1], groups).list
    #expect(Set(list.prefix(9)) == Set(0...9).subtracting([1]))
    scores = try results(BayesianPersonalizedRanking.self, settings, [12, 15], groups).scores
    let (same, other) = (try #require(scores[10...].min()), try #require(scores[..<10].max()))
    #expect(same > other)
  }

  @Test func `artist and content: songs by the seeds' artists first, each kind by how alike they sound`() throws {
    // Of the numbers of songs 0 and 1, the trained ones, the first two deviate by 0.1 and 0.05. Song 4 has none.
    var vectors = SongVectors(
      values: [Float](repeating: 0, count: 5 * SongVector.width), present: [1023, 1023, 1023, 1023, 0])
    for (song, numbers) in [(1, [0.2, 0.1]), (2, [0.4, 0]), (3, [0.2, 0.3])] {
      for (column, number) in numbers.enumerated() { vectors.values[song * SongVector.width + column] = Float(number) }
    }
    let input = RivalInput(playlists: [[0, 1]], artists: [0, 1, 1, 0, 0], vectors: vectors)
    let found = try results(ArtistContent.self, .init(artistWeight: 2), [0], input)
    // Squared distances 8, 16, 40 over 29; song 4 counts as the farthest; ln 2 twice for two songs.
    let farthest: Float = 1.386294 - 40.0 / 29.0
    let expected: [Int: Float] = [1: -8.0 / 29.0, 2: -16.0 / 29.0, 3: farthest, 4: farthest]
    #expect(isNear(found.scores, expected), "\(found.scores)")
    #expect(found.list == [3, 4, 1, 2])
  }

  @Test func `standardised content divides each number by its deviation over the training's songs`() throws {
    // Songs 0 and 1 are trained: the first two numbers deviate by 0.1 and 0.05, the others do not and count nothing. Song 1
    // has a key, song 4 no number at all.
    var vectors = SongVectors(
      values: [Float](repeating: 0, count: 5 * SongVector.width), present: [1023, 1023, 1023, 1023, 0])
    for (song, numbers) in [(0, [0, 0, 0.5]), (1, [0.2, 0.1, 0.5]), (2, [0.4, 0, 0.7]), (3, [0.2, 0.3, 0])] {
      for (column, number) in numbers.enumerated() { vectors.values[song * SongVector.width + column] = Float(number) }
    }
    vectors.values[SongVector.width + SongVector.key.lowerBound] = 1
    let input = RivalInput(playlists: [[0, 1, 4]], artists: [0, 0, 0, 0, 0], vectors: vectors)
    let found = try results(StandardizedContent.self, .init(classWeight: 0.5), [0, 4], input)
    // z: (0, 0), (2, 2, key ½), (4, 0), (2, 6)
    #expect(isNear(found.scores, [1: -8.25, 2: -16, 3: -40]) && found.scores[4] == -.infinity)
    #expect(found.list == [1, 2, 3])
    #expect(try results(StandardizedContent.self, .init(classWeight: 0.5), [4], input).list == [0, 1, 2, 3])
  }
}
