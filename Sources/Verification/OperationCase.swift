package import Compute

/// One row of the table by which every backend is judged: an operation at certain sizes and with certain options,
/// its data drawn from a literal seed, its expected results from `Reference`.
package struct OperationCase: Sendable, CustomStringConvertible {
  /// The operation's stem, as in `Backend`.
  package let operation: String
  /// Operation, sizes and options, for example `lstmForward/B33 T5 F29 H64 ragged`. Unique in the table.
  package let id: String
  /// Few enough multiplications for an interpreter like Oclgrind, about 100 times slower than a device.
  package let isSmall: Bool
  private let body: @Sendable (Trial) throws -> Void

  init(operation: String, label: String, isSmall: Bool = true, body: @escaping @Sendable (Trial) throws -> Void) {
    self.operation = operation
    id = "\(operation)/\(label)"
    self.isSmall = isSmall
    self.body = body
  }

  package var description: String { id }

  /// The whole table.
  package static let all: [OperationCase] =
    memoryCases + gatherCases + lstmCases + lstmSequenceCases + headsCases + optimiserCases
    + embeddingBagCases + catalogueCases + attentionCases
    + denseCases + elementwiseCases + songVectorCases

  /// What a case found.
  package struct Outcome: Sendable {
    /// One sentence for everything that was wrong; empty when the case passed.
    package let failures: [String]
    /// The largest share of a tolerance that any result used.
    package let toleranceUsed: Double

    package var passed: Bool { failures.isEmpty }
  }

  /// Runs the operation once and compares it with the reference.
  package func run(on backend: any Backend) throws -> Outcome {
    let trial = try finishedTrial(on: backend, compares: true)
    return Outcome(failures: trial.failures, toleranceUsed: trial.toleranceUsed)
  }

  /// Runs the operation twice, compares it with the reference, and demands the same bits both times.
  package func runTwice(on backend: any Backend) throws -> Outcome {
    let first = try finishedTrial(on: backend, compares: true)
    let second = try finishedTrial(on: backend, compares: false)
    var failures = first.failures
    for (index, (a, b)) in zip(first.results, second.results).enumerated()
    where a.map(\.bitPattern) != b.map(\.bitPattern) {
      failures.append("result \(index + 1) of \(first.results.count) has other bits when the operation is run again")
    }
    return Outcome(failures: failures, toleranceUsed: first.toleranceUsed)
  }

  /// The operation's results, in the order in which the case reads them.
  package func results(on backend: any Backend) throws -> [[Float]] {
    try finishedTrial(on: backend, compares: false).results
  }

  private func finishedTrial(on backend: any Backend, compares: Bool) throws -> Trial {
    let trial = Trial(backend: backend, compares: compares)
    try body(trial)
    try trial.checkUnchanged()
    return trial
  }
}
