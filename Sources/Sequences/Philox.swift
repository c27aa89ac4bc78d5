internal import Glibc

/// Counter-based random numbers, Philox 4×32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
///
/// A stream is named by a seed and a purpose; the n-th number of a stream depends on nothing else, so nothing has to be
/// saved to go on later and no order of use changes a value.
package struct Philox: RandomNumberGenerator, Sendable {
  /// What a stream is used for; streams of different purposes never overlap.
  package enum Purpose: UInt32, Sendable {
    case initialWeights = 1, shuffle, split, demoSet, testData, benchmark, bootstrap, randomRanking, rivals
    case seedChoice = 16
    case coldSongs = 17
    case dropout = 18
    case prefix = 19
    case reranker = 20
  }

  package let key: (UInt32, UInt32)
  /// The last two words of every counter; the first two count the blocks, the low one first.
  package let stream: (UInt32, UInt32)
  private var counter: UInt64 = 0
  private var spare: UInt64?

  /// - Parameters:
  ///   - seed: the run's seed.
  ///   - epoch: counts up to 2³² − 1 streams of one purpose, for example epochs.
  ///   - index: a further 2²⁴ streams under each of those.
  package init(seed: UInt64, purpose: Purpose, epoch: Int = 0, index: Int = 0) {
    precondition(index >= 0 && index < 1 << 24 && epoch >= 0 && epoch <= Int(UInt32.max), "Philox: stream out of range")
    key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    stream = (UInt32(epoch), purpose.rawValue << 24 | UInt32(index))
  }

  package mutating func next() -> UInt64 {
    if let value = spare {
      spare = nil
      return value
    }
    let block = Self.block(
      counter: (UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32), stream.0, stream.1),
      key: key)
    counter += 1
    spare = UInt64(block.3) << 32 | UInt64(block.2)
    return UInt64(block.1) << 32 | UInt64(block.0)
  }

  /// Uniform in [0, 1), 24 bits.
  package mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Standard normal by Box and Muller (1958).
  package mutating func normal() -> Double {
    let radius = 1 - Double(next() >> 11) * 0x1p-53  // in (0, 1]
    let angle = Double(next() >> 11) * 0x1p-53
    return (-2 * log(radius)).squareRoot() * cos(2 * .pi * angle)
  }

  /// Ten rounds of Philox 4×32.
  package static func block(
    counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var (c, k) = (counter, key)
    for _ in 0..<10 {
      let first = UInt64(0xD251_1F53) * UInt64(c.0)
      let second = UInt64(0xCD9E_8D57) * UInt64(c.2)
      c = (
        UInt32(truncatingIfNeeded: second >> 32) ^ c.1 ^ k.0, UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ c.3 ^ k.1, UInt32(truncatingIfNeeded: first)
      )
      k = (k.0 &+ 0x9E37_79B9, k.1 &+ 0xBB67_AE85)
    }
    return c
  }
}
