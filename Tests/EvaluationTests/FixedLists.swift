import Evaluation

/// Gives lists that were made beforehand.
struct FixedLists: RankingMethod {
  var name: String
  var lists: [[Int32]]
  func rank(_ cases: [EvaluationCase], depth: Int) -> [[Int32]] { cases.map { lists[$0.index] } }
}
