internal import Glibc

/// How a weight falls with the distance d = 1 … n in a playlist (Ludewig and Jannach 2018).
package enum PositionDecay: String, Sendable, CaseIterable {
  /// 1
  case none
  /// 1 / lg(d + 1.7)
  case logarithmic
  /// (n + 1 − d) / n
  case linear
  /// 1 / d
  case harmonic
  /// 1 / d²
  case quadratic

  /// - Parameter count: n.
  func weight(at distance: Int, of count: Int) -> Float {
    let (distance, count) = (Float(distance), Float(count))
    return switch self {
    case .none: 1
    case .logarithmic: 1 / log10(distance + 1.7)
    case .linear: (count + 1 - distance) / count
    case .harmonic: 1 / distance
    case .quadratic: 1 / (distance * distance)
    }
  }
}

extension EvaluationCase {
  /// The known seeds, the last one first, each with the distance of its last place from the end: 1 for the last place.
  var seedDistances: [(seed: Int32, distance: Int)] {
    var taken: Set<Int32> = []
    return seeds.reversed().enumerated().compactMap { place, seed in
      seed >= 0 && taken.insert(seed).inserted ? (seed, place + 1) : nil
    }
  }
}
