package import Compute

/// The weighted sum of other rivals' scores, each standardised over all songs of the catalogue: what the best of them know
/// together (z-scores are the usual way to bring scores of different scales together; Fox and Shaw 1994, "Combination of
/// multiple searches").
///
///     score(i) = Σ_m w_m·(score_m(i) − mean_m) / deviation_m
package struct Blend: Rival {
  /// w, at least 0; a rival with 0 is not fitted.
  package struct Settings: Sendable {
    package var leastSquares: Float
    package var sequentialRules: Float
    package var vectorSessionNeighbours: Float
    package var sessionNeighbours: Float
    package var itemNeighbours: Float

    package init(
      leastSquares: Float, sequentialRules: Float, vectorSessionNeighbours: Float = 0, sessionNeighbours: Float = 0,
      itemNeighbours: Float = 0
    ) {
      self.leastSquares = leastSquares
      self.sequentialRules = sequentialRules
      self.vectorSessionNeighbours = vectorSessionNeighbours
      self.sessionNeighbours = sessionNeighbours
      self.itemNeighbours = itemNeighbours
    }
  }

  package static let name = "blend"
  /// Found by search (see `Rivals`). The neighbours beside these two, at 0 to 1, change nothing beyond noise; ALS with session
  /// and item neighbours instead of rules loses 0.017 in ap@10/min and 0.011 in ndcg@500.
  package static let tuned = Settings(leastSquares: 2, sequentialRules: 0.5)
  package static var axes: [SettingAxis<Settings>] {
    [
      SettingAxis(\.sequentialRules, [0, 0.25, 0.5, 1]), SettingAxis(\.vectorSessionNeighbours, [0, 0.25, 0.5, 1]),
      SettingAxis(\.sessionNeighbours, [0, 0.25, 0.5, 1]), SettingAxis(\.itemNeighbours, [0, 0.25, 0.5, 1]),
      SettingAxis(\.leastSquares, [1, 2]),
    ]
  }

  private let members: [(rival: any Rival, weight: Float)]

  package init(_ input: RivalInput, settings: Settings, backend: any Backend) {
    let weights: [(any Rival.Type, Float)] = [
      (AlternatingLeastSquares.self, settings.leastSquares), (SequentialRules.self, settings.sequentialRules),
      (VectorSessionNeighbours.self, settings.vectorSessionNeighbours),
      (SessionNeighbours.self, settings.sessionNeighbours), (ItemNeighbours.self, settings.itemNeighbours),
    ]
    members = weights.filter { $0.1 > 0 }.map { (rival: $0.0.init(input, backend: backend), weight: $0.1) }
  }

  package var floor: Float { -.infinity }

  package func score(_ item: EvaluationCase, into scores: UnsafeMutableBufferPointer<Float>) {
    var own = [Float](repeating: 0, count: scores.count)
    var isAnySure = false
    for (rival, weight) in members {
      own.withUnsafeMutableBufferPointer { own in
        own.update(repeating: 0)
        rival.score(item, into: own)
        let count = Double(own.count)
        let mean = own.reduce(0) { $0 + Double($1) } / count
        let deviation = (own.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count).squareRoot()
        guard deviation > 0, deviation.isFinite else { return }  // all alike, or no score at all
        isAnySure = true
        let (shift, scale) = (Float(mean), weight / Float(deviation))
        for song in own.indices { scores[song] += (own[song] - shift) * scale }
      }
    }
    if !isAnySure { scores.update(repeating: -.infinity) }
  }
}
