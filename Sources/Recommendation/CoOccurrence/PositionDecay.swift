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
  package func weight(at distance: Int, of count: Int) -> Float {
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
