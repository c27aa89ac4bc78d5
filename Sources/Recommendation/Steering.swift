internal import Files
internal import Glibc
package import Music

/// Where the numbers of recommended songs are to be moved, in Spotify's units.
package struct Steering: Sendable, Equatable {
  package enum Move: Sendable, Equatable {
    /// So much from what the model predicts.
    case by(Float)
    /// To a value, whatever the model predicts.
    case to(Float)
  }

  /// By position in `SongVector.regressionFeatures`.
  package private(set) var moves: [Int: Move] = [:]
  /// What a song's difference from the target costs where the catalogue is ranked; see `penalty`.
  package var strength = Self.standardStrength

  package static let standardStrength: Float = 1.5
  package static let strengthRange: ClosedRange<Float> = 0...100

  package init() {}

  package subscript(_ feature: AudioFeature) -> Move? {
    get { SongVector.regressionFeatures.firstIndex(of: feature).flatMap { moves[$0] } }
    set {
      guard let index = SongVector.regressionFeatures.firstIndex(of: feature) else {
        preconditionFailure("Steering: \(feature.rawValue) is no regression feature")
      }
      moves[index] = newValue
    }
  }

  /// Moves the steered columns of a predicted vector, within [0, 1]. (29)
  func move(_ prediction: inout [Float], _ scaling: FeatureScaling) {
    for (index, move) in moves {
      switch move {
      case .by(let difference): prediction[index] += scaling.scaledDifference(difference, index)
      case .to(let value): prediction[index] = scaling.scaledValue(value, index)
      }
      prediction[index] = min(max(prediction[index], 0), 1)
    }
  }

  /// Takes from every song's score what its numbers differ from the steered columns of `target`:
  ///
  ///     strength · Σ_f ((x_f − target_f) / σ_f)² / 2
  ///
  /// σ_f is the deviation over the catalogue's songs that have the number; a song without it pays the mean penalty of those
  /// that have it. So each steered number multiplies a song's probability by a normal density around the target, whose
  /// width is σ_f / √strength.
  /// - Parameters:
  ///   - scores: of the whole catalogue.
  ///   - target: 29 numbers.
  func penalize(_ scores: UnsafeMutableBufferPointer<Float>, target: [Float], _ catalogue: Catalogue) {
    for column in moves.keys.sorted() {
      var (count, sum, squares, distances) = (0.0, 0.0, 0.0, 0.0)
      for row in 0..<Int32(scores.count) {
        guard let value = catalogue.number(row, column: column).map(Double.init) else { continue }
        let difference = value - Double(target[column])
        (count, sum, squares, distances) = (
          count + 1, sum + value, squares + value * value, distances + difference * difference
        )
      }
      let variance = count > 0 ? squares / count - (sum / count) * (sum / count) : 0
      guard variance > 1e-12 else { continue }  // all songs alike
      let factor = Float(Double(strength) / (2 * variance))
      let mean = factor * Float(distances / count)
      for row in 0..<Int32(scores.count) {
        if let value = catalogue.number(row, column: column) {
          let difference = value - target[column]
          scores[Int(row)] -= factor * difference * difference
        } else {
          scores[Int(row)] -= mean
        }
      }
    }
  }
}

// MARK: - Text

extension Steering {
  /// Reads `energy=+0.2,valence=0.8`: a sign moves from what the model predicts, a number without one is where to go, and
  /// so is a number after `@`, which is how a negative one is written (`loudness=@-8`).
  /// - Throws: `UsageError` for an unknown feature or one named twice, for no number, and for one outside the feature's
  ///   range.
  package init(parsing text: String) throws {
    let known = SongVector.regressionFeatures.map(\.rawValue).joined(separator: ", ")
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { word in
        String(word.filter { !$0.isWhitespace })
      }
      guard sides.count == 2 else {
        throw UsageError("--steer \(text): write FEATURE=NUMBER, parted by commas, as in energy=+0.2,valence=0.8.")
      }
      guard let index = SongVector.regressionFeatures.firstIndex(where: { $0.rawValue == sides[0] }) else {
        throw UsageError("--steer: \(sides[0]) is none of the features that can be steered: \(known).")
      }
      guard moves[index] == nil else { throw UsageError("--steer names \(sides[0]) twice.") }
      moves[index] = try Self.move(sides[1], SongVector.regressionFeatures[index])
    }
  }

  private static func move(_ text: String, _ feature: AudioFeature) throws -> Move {
    let isAbsolute = text.hasPrefix("@")
    let isRelative = text.hasPrefix("+") || text.hasPrefix("-")
    guard let value = Float(isAbsolute ? String(text.dropFirst()) : text), value.isFinite else {
      throw UsageError("--steer \(feature.rawValue)=\(text): that is no number.")
    }
    let range = range(of: feature)
    let span = range.upperBound - range.lowerBound
    let allowed = isRelative ? -span...span : range
    guard allowed.contains(value) else {
      throw UsageError(
        "--steer \(feature.rawValue)=\(text): must lie in \(shown(allowed.lowerBound))…\(shown(allowed.upperBound)).")
    }
    return isRelative ? .by(value) : .to(value)
  }

  private static func shown(_ value: Float) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }

  /// Where Spotify's values can lie.
  private static func range(of feature: AudioFeature) -> ClosedRange<Float> {
    switch feature {
    case .durationMilliseconds: 0...86_400_000
    case .loudness: -60...10
    case .tempo: 0...300
    default: 0...1
    }
  }
}
