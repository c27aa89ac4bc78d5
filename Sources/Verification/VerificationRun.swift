package import Compute

/// Every case of a table on one backend, one after the other.
package struct VerificationRun {
  /// What became of one case.
  package struct Result: Sendable {
    package let operationCase: OperationCase
    /// Empty when the case passed; a thrown error counts as a failure.
    package let failures: [String]
    /// The largest share of a tolerance that was used; 0 when the case threw.
    package let toleranceUsed: Double
    package let seconds: Double

    package var passed: Bool { failures.isEmpty }
  }

  package struct Summary: Sendable {
    package fileprivate(set) var passedCount = 0
    package fileprivate(set) var failedCount = 0

    /// The line that closes the output of `segue verify`.
    package var closingLine: String { "\(passedCount) passed, \(failedCount) failed" }
  }

  package let cases: [OperationCase]
  package let checksDeterminism: Bool

  /// - Parameters:
  ///   - cases: what to run, in this order.
  ///   - checksDeterminism: also runs each case a second time and demands the same bits.
  package init(cases: [OperationCase] = OperationCase.all, checksDeterminism: Bool = true) {
    self.cases = cases
    self.checksDeterminism = checksDeterminism
  }

  /// Runs all cases, calling `report` after each.
  @discardableResult
  package func run(on backend: any Backend, report: (Result) throws -> Void = { _ in }) rethrows -> Summary {
    var summary = Summary()
    let clock = ContinuousClock()
    for operationCase in cases {
      var outcome = OperationCase.Outcome(failures: [], toleranceUsed: 0)
      let duration = clock.measure {
        do {
          outcome =
            checksDeterminism ? try operationCase.runTwice(on: backend) : try operationCase.run(on: backend)
        } catch {
          outcome = OperationCase.Outcome(failures: ["\(error)"], toleranceUsed: 0)
        }
      }
      if outcome.passed { summary.passedCount += 1 } else { summary.failedCount += 1 }
      try report(
        Result(
          operationCase: operationCase, failures: outcome.failures, toleranceUsed: outcome.toleranceUsed,
          seconds: duration / .seconds(1)))
    }
    return summary
  }
}
