package import Compute
package import Recommendation

/// Sequential rules: `SequentialRuleScorer`.
package struct SequentialRules: Rival {
  package typealias Settings = SequentialRuleScorer.Settings

  package static let name = "sequential-rules"
  /// Found by search (see `Rivals`). Windows of 10 places, usual for clicks, lose 0.04 in ap@10/min; weighing late seeds more
  /// gains 0.003 to 0.005 there and loses up to 0.007 in ndcg@500.
  package static let tuned = Settings(steps: 100, stepDecay: .logarithmic, seedDecay: .none, confidenceExponent: 0.5)
  package static var axes: [SettingAxis<Settings>] {
    [
      SettingAxis(\.seedDecay, PositionDecay.allCases), SettingAxis(\.stepDecay, PositionDecay.allCases),
      SettingAxis(\.steps, [5, 10, 20, 50, 100, 300]),
      SettingAxis(\.confidenceExponent, [0, 0.25, 0.5, 0.75, 1]),
    ]
  }

  private let scorer: SequentialRuleScorer

  package init(_ input: RivalInput, settings: Settings, backend: any Backend) {
    scorer = SequentialRuleScorer(input.playlists, settings: settings)
  }

  package func score(_ item: EvaluationCase, into scores: UnsafeMutableBufferPointer<Float>) {
    scorer.score(item.seeds, into: scores)
  }
}
