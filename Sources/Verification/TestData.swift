internal import Sequences

/// Numbers for the cases, from streams named by literal seeds. Every value is a 32-bit float, so that backend and
/// reference start from the same numbers.
struct TestData {
  private var random: Philox

  init(seed: UInt64) { random = Philox(seed: seed, purpose: .testData) }

  /// Normally distributed values.
  mutating func normal(_ count: Int, deviation: Double = 1) -> [Float] {
    (0..<count).map { _ in Float(random.normal() * deviation) }
  }

  /// Values in [0, 1).
  mutating func uniform(_ count: Int) -> [Float] { (0..<count).map { _ in random.uniform() } }

  /// An integer in `range`.
  mutating func integer(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(random.uniform() * Float(range.count))
  }

  /// One length for each of `batchSize` sequences, the longest of `stepCount`, in no order.
  mutating func lengths(batchSize: Int, stepCount: Int) -> [Int] {
    var lengths = (0..<batchSize).map { _ in integer(in: 1...stepCount) }
    lengths[integer(in: 0...batchSize - 1)] = stepCount
    return lengths
  }
}

extension [Float] {
  /// The same numbers for the reference.
  var wide: [Double] { map(Double.init) }
}
