import Sequences
import Testing

struct PhiloxTests {
  /// Known answers of Random123 1.09 (`kat_vectors`, philox4x32 with 10 rounds).
  @Test("blocks are those of the authors' own implementation")
  func knownAnswers() {
    let zero = Philox.block(counter: (0, 0, 0, 0), key: (0, 0))
    #expect(zero == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let ones = Philox.block(counter: (.max, .max, .max, .max), key: (.max, .max))
    #expect(ones == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    let pi = Philox.block(
      counter: (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: (0xa409_3822, 0x299f_31d0))
    #expect(pi == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test("streams differ by seed, purpose, epoch and index, and repeat themselves")
  func streams() {
    func start(_ stream: Philox) -> [UInt64] {
      var stream = stream
      return (0..<4).map { _ in stream.next() }
    }
    let first = start(Philox(seed: 1, purpose: .shuffle, epoch: 1, index: 1))
    #expect(first == start(Philox(seed: 1, purpose: .shuffle, epoch: 1, index: 1)))
    let others = [
      Philox(seed: 2, purpose: .shuffle, epoch: 1, index: 1), Philox(seed: 1, purpose: .split, epoch: 1, index: 1),
      Philox(seed: 1, purpose: .shuffle, epoch: 2, index: 1), Philox(seed: 1, purpose: .shuffle, epoch: 1, index: 2),
      Philox(seed: 1 << 32 | 1, purpose: .shuffle, epoch: 1, index: 1),
    ]
    for other in others { #expect(Set(start(other)).isDisjoint(with: first)) }
  }

  @Test("uniform numbers fill [0, 1), normal ones have mean 0 and variance 1, permutations hold everything once")
  func distributions() {
    var random = Philox(seed: 3, purpose: .testData)
    let uniform = (0..<20_000).map { _ in Double(random.uniform()) }
    #expect(uniform.allSatisfy { (0..<1).contains($0) })
    #expect(abs(uniform.reduce(0, +) / 20_000 - 0.5) < 0.01)
    let normal = (0..<20_000).map { _ in random.normal() }
    let mean = normal.reduce(0, +) / 20_000
    let variance = normal.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 20_000
    #expect(abs(mean) < 0.03 && abs(variance - 1) < 0.04)
    #expect(Set(random.permutation(100)) == Set(0..<100))
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<7000 { counts[random.below(7)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 1000) < 150 })
  }
}
