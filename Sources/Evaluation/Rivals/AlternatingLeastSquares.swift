package import Compute
package import Recommendation

/// Matrix factorisation by alternating least squares, as `LeastSquaresScorer` fits it.
package struct AlternatingLeastSquares: Rival {
  package typealias Settings = LeastSquaresScorer.Settings

  package static let name = "als"
  /// Found by search (see `Rivals`). A regularisation usual elsewhere, 0.01 to 1, loses 0.02 in ndcg@500: the vectors of
  /// songs in few playlists need more. 256 factors gain 0.004 in ap@10/min, which is noise; more iterations gain nothing.
  package static let tuned = Settings.standard
  package static var axes: [SettingAxis<Settings>] {
    [
      SettingAxis(\.regularization, [1, 10, 30, 50, 100, 200]), SettingAxis(\.confidence, [5, 10, 20, 40, 80]),
      SettingAxis(\.iterations, [5, 10, 15]), SettingAxis(\.factors, [64, 128]),
    ]
  }

  private let scorer: LeastSquaresScorer

  package init(_ input: RivalInput, settings: Settings, backend: any Backend) {
    scorer = LeastSquaresScorer(input.matrix, settings: settings, backend: backend)
  }

  package var floor: Float { -.infinity }

  package func score(_ item: EvaluationCase, into scores: UnsafeMutableBufferPointer<Float>) {
    scorer.score(item.seeds, into: scores)
  }
}
