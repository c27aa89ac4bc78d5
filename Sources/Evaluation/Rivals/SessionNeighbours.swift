package import Compute
package import Recommendation

/// Session kNN: `SessionNeighbourScorer`.
package struct SessionNeighbours: Rival {
  package typealias Settings = SessionNeighbourScorer.Settings

  package static let name = "session-knn"
  /// Of k 50, 100, 200, 500 and 1000 (see `Rivals`), 50 gains 0.005 in ap@10/min and loses 0.004 in ndcg@500, which is
  /// noise; 100 is the literature's, and more loses a little of everything.
  package static let tuned = Settings(neighbourCount: 100)
  package static var axes: [SettingAxis<Settings>] { [SettingAxis(\.neighbourCount, [50, 100, 200, 500, 1000])] }

  private let scorer: SessionNeighbourScorer

  package init(_ input: RivalInput, settings: Settings, backend: any Backend) {
    scorer = SessionNeighbourScorer(input.matrix, settings: settings)
  }

  package func score(_ item: EvaluationCase, into scores: UnsafeMutableBufferPointer<Float>) {
    scorer.score(item.seeds, into: scores)
  }
}
