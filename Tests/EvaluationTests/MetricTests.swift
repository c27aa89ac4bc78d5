import Evaluation
import Testing

@Suite struct MetricTests {
  /// A list of `length` songs with hits at these ranks, from 1.
  private func list(_ length: Int, hits: [Int], artists: [Int] = [], relevant: Int) -> JudgedList {
    JudgedList(
      isHit: (1...length).map { hits.contains($0) },
      hasRightArtist: (1...length).map { artists.contains($0) || hits.contains($0) }, relevantCount: relevant)
  }

  @Test func `hits at ranks 1, 3 and 7 of 10 with 25 relevant songs`() {
    let list = list(10, hits: [1, 3, 7], relevant: 25)
    // 1/1 + 2/3 + 3/7 = 2.0952…
    #expect(abs(list.value(of: .averagePrecisionByReachable) - 0.20952380952380953) < 1e-12)
    #expect(abs(list.value(of: .averagePrecisionByAll) - 0.08380952380952381) < 1e-12)
    #expect(list.value(of: .rPrecisionOfTracks) == 3.0 / 25)
    #expect(list.value(of: .hitRate) == 1 && list.value(of: .reciprocalRank) == 1 && list.value(of: .clicks) == 0)
    #expect(list.value(of: .recall) == 3.0 / 25)
  }

  @Test func `average precision looks at ten ranks and divides by what they can hold`() {
    let list = list(500, hits: [10, 11], relevant: 2)
    #expect(abs(list.value(of: .averagePrecisionByReachable) - 0.1 / 2) < 1e-12)
    #expect(abs(list.value(of: .averagePrecisionByAll) - 0.1 / 2) < 1e-12)
    #expect(self.list(10, hits: Array(1...10), relevant: 40).value(of: .averagePrecisionByReachable) == 1)
  }

  @Test func `a right artist counts a quarter where the song is no hit`() {
    let list = list(8, hits: [2], artists: [1, 4, 5], relevant: 4)
    #expect(list.value(of: .rPrecisionOfTracks) == 0.25)
    #expect(list.value(of: .rPrecisionOfArtists) == (1 + 0.25 * 2) / 4)
  }

  @Test func `discounted gain is 1 for hits first and counts log2 of the rank`() {
    #expect(list(500, hits: [1, 2, 3], relevant: 3).value(of: .discountedGain) == 1)
    #expect(list(500, hits: Array(1...500), relevant: 900).value(of: .discountedGain) == 1)
    // (1/log2(3)) / (1 + 1/log2(3))
    #expect(abs(list(500, hits: [2], relevant: 2).value(of: .discountedGain) - 0.38685280723454163) < 1e-12)
    #expect(list(600, hits: [501], relevant: 2).value(of: .discountedGain) == 0)
  }

  @Test(arguments: [(1, 0.0), (10, 0), (11, 1), (500, 49), (501, 51)])
  func `clicks are the pages of ten before the first hit`(rank: Int, clicks: Double) {
    #expect(list(600, hits: [rank], relevant: 5).value(of: .clicks) == clicks)
  }

  @Test func `an empty list misses everything`() {
    let list = JudgedList(isHit: [], hasRightArtist: [], relevantCount: 3)
    for metric in Metric.ofOnePlaylist {
      switch metric {
      case .clicks: #expect(list.value(of: metric) == 51)
      case .novelty, .popularity, .distance: #expect(list.value(of: metric).isNaN)
      default: #expect(list.value(of: metric) == 0)
      }
    }
  }

  @Test func `recall stops at rank 500 and the reciprocal rank does not`() {
    let list = list(600, hits: [501, 502], relevant: 4)
    #expect(list.value(of: .recall) == 0 && list.value(of: .reciprocalRank) == 1.0 / 501)
    #expect(self.list(600, hits: [500, 502], relevant: 4).value(of: .recall) == 0.25)
  }
}
