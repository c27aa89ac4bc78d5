import Files
import Music
import Sequences
import Testing

struct SplitTests {
  func playlists(_ songs: [[Int32]]) -> [Playlist] {
    songs.enumerated().map { Playlist(pid: "\($0.offset)", songs: $0.element) }
  }

  /// Playlists over a skewed catalogue; some are altered copies of earlier ones.
  func random(_ count: Int, seed: UInt64) -> [Playlist] {
    var random = Philox(seed: seed, purpose: .testData)
    var result: [[Int32]] = []
    for _ in 0..<count {
      if let original = result.randomElement(using: &random), random.below(3) == 0 {
        let kept = Int.random(in: 1...3, using: &random)
        result.append(original.filter { _ in random.below(3) < kept } + [Int32(random.below(200))])
      } else {
        result.append((0..<random.below(40)).map { _ in Int32(random.below(random.below(200) + 1)) - 3 })
      }
    }
    return playlists(result)
  }

  @Test("near-identical pairs are those that comparing all with all finds", arguments: 0..<6)
  func pairs(seed: UInt64) {
    let playlists = random(150, seed: seed)
    let sets = playlists.map { Set($0.songs) }
    var expected: [NearIdenticalPair] = []
    for first in sets.indices {
      for second in (first + 1)..<max(first + 1, sets.count) {
        let shared = sets[first].intersection(sets[second]).count
        let all = sets[first].union(sets[second]).count
        if all > 0, 2 * shared >= all {
          expected.append(NearIdenticalPair(first: first, second: second, jaccard: Double(shared) / Double(all)))
        }
      }
    }
    #expect(expected.count > 10)
    #expect(NearIdenticalPlaylists.pairs(of: playlists) == expected)
  }

  @Test("counts are taken in order, the rest is unused, near-identical pairs on two sides are reported")
  func counts() throws {
    let playlists = playlists([[1, 2, 3], [4, 5], [1, 2, 4], [7], [4, 5], [1, 2, 3], [8]])
    let split = try SplitSpecification(parsing: "2, 1,2").split(playlists, seed: 0)
    #expect(split.training == [0, 1] && split.validation == [2] && split.test == [3, 4] && split.unused == [5, 6])
    #expect(
      split.straddlingPairs == [
        NearIdenticalPair(first: 0, second: 2, jaccard: 0.5), NearIdenticalPair(first: 1, second: 4, jaccard: 1),
      ])
  }

  @Test("shares are shuffled by the seed and keep near-identical playlists on one side")
  func shares() throws {
    let playlists = random(300, seed: 9)
    let split = try SplitSpecification.standard.split(playlists, seed: 4)
    #expect((split.training + split.validation + split.test).sorted() == Array(0..<300))
    #expect(abs(split.training.count - 240) <= 6 && abs(split.validation.count - 30) <= 6)
    var side = [Int](repeating: 0, count: 300)
    for index in split.validation { side[index] = 1 }
    for index in split.test { side[index] = 2 }
    #expect(NearIdenticalPlaylists.pairs(of: playlists).allSatisfy { side[$0.first] == side[$0.second] })
    #expect(try SplitSpecification.standard.split(playlists, seed: 4) == split)
    #expect(try SplitSpecification.standard.split(playlists, seed: 5) != split)
  }

  @Test("small sets split without a crash", arguments: 1...12)
  func small(count: Int) throws {
    let split = try SplitSpecification.standard.split(playlists((0..<count).map { [Int32($0)] }), seed: 1)
    #expect(split.training.count + split.validation.count + split.test.count == count && !split.training.isEmpty)
    #expect(count < 3 || (!split.validation.isEmpty && !split.test.isEmpty))
    let same = try SplitSpecification.standard.split(playlists((0..<count).map { _ in [1, 2] }), seed: 1)
    #expect([same.training.count, same.validation.count, same.test.count] == [count, 0, 0])
  }

  @Test(
    "senseless splits are usage errors",
    arguments: [
      "", "600", "1,2,3,4", "a,b,c", "0.5,0.1,0.1", "0,1,1", "0.0,0.5,0.5", "-1,2,3", "1.2,-0.1,-0.1", "nan,0.5,0.5",
      "1,,1",
    ])
  func senseless(text: String) {
    #expect(throws: UsageError.self) { try SplitSpecification(parsing: text) }
  }

  @Test(
    "what is wrong with a split is said",
    arguments: [
      ("0.8,0.1", "three are needed"), ("0,1,0", "leaves nothing to train on"), ("0.0,0.5,0.5", "nothing to train on"),
      ("-1,2,3", "negative"), ("0.5,0.1,0.1", "do not sum to 1"), ("nan,0.5,0.5", "not a number"),
    ])
  func reasons(text: String, reason: String) {
    #expect(
      #expect(throws: UsageError.self) { try SplitSpecification(parsing: text) }?.description.contains(reason) == true)
  }

  @Test("more playlists than there are is a usage error")
  func tooMany() throws {
    let specification = try SplitSpecification(parsing: "2,1,1")
    #expect(throws: UsageError.self) { try specification.split(playlists([[1], [2], [3]]), seed: 0) }
    let huge = SplitSpecification.counts(.max, .max, 1)
    #expect(throws: UsageError.self) { try huge.split(playlists([[1]]), seed: 0) }
  }
}
