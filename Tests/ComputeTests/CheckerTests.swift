import Compute
import Testing
import Verification

/// The checker itself: a correct backend passes every case, a faulty one fails.
@Suite struct CheckerTests {
  @Test(arguments: OperationCase.all) func `the reference, rounded to 32 bits, passes every case`(
    operationCase: OperationCase
  ) throws {
    let outcome = try operationCase.runTwice(on: ReferenceBackend())
    #expect(outcome.failures == [])
  }

  static let targets: [FaultyBackend.Target] = [
    ("fill", 1), ("gatherRows", 1), ("lstmForward", 5), ("lstmBackward", 5), ("headsForward", 1), ("headsLoss", 2),
    ("headsBackward", 3),
    ("embeddingBagForward", 1), ("embeddingBagBackward", 1), ("catalogueScores", 1), ("catalogueLoss", 4),
    ("attentionForward", 2), ("attentionBackward", 2),
    ("rmspropUpdate", 2), ("clipByGlobalNorm", 1), ("adamwUpdate", 3),
    ("denseForward", 1), ("denseBackward", 4), ("dropout", 1), ("add", 1), ("songVectorsForward", 1),
    ("songVectorsBackward", 3),
  ].flatMap { operation, count in (0..<count).map { FaultyBackend.Target(operation: operation, index: $0) } }

  @Test(arguments: targets, FaultyBackend.Fault.allCases)
  func `a backend with one fault fails every small case in which the fault shows`(
    target: FaultyBackend.Target, fault: FaultyBackend.Fault
  ) throws {
    for operationCase in OperationCase.all where operationCase.isSmall && operationCase.operation == target.operation {
      let backend = try FaultyBackend(fault, in: target)
      let passed = (try? operationCase.runTwice(on: backend).passed) ?? false
      #expect(passed == (backend.occasions == 0), "\(operationCase), \(backend.occasions) occasions")
    }
  }

  @Test func `faults have occasions`() throws {
    for target in Self.targets {
      for fault in FaultyBackend.Fault.allCases {
        // States of a trace start where their buffers do, and what is changed in place has no input besides.
        let before = fault == .writtenBeforeStart && ["lstmForward", "attentionForward"].contains(target.operation)
        let gates = fault == .writtenBeforeStart && target.operation == "lstmBackward" && target.index == 1
        let inPlace = fault == .inputOverwritten && ["fill", "clipByGlobalNorm"].contains(target.operation)
        var occasions = 0
        for operationCase in OperationCase.all
        where operationCase.isSmall && operationCase.operation == target.operation {
          let backend = try FaultyBackend(fault, in: target)
          _ = try? operationCase.run(on: backend)
          occasions += backend.occasions
        }
        #expect((occasions == 0) == (before || gates || inPlace), "\(fault) in \(target)")
      }
    }
  }

  @Test func `cases have names of their own`() {
    #expect(Set(OperationCase.all.map(\.id)).count == OperationCase.all.count)
  }

  @Test func `a run counts what passed and what failed, and calls back for each case`() throws {
    let cases = OperationCase.all.filter { $0.isSmall && $0.operation == "headsForward" }
    let correct = try VerificationRun(cases: cases).run(on: ReferenceBackend())
    #expect(correct.closingLine == "\(cases.count) passed, 0 failed")

    var reported: [String] = []
    let faulty = try FaultyBackend(.perturbed, in: .init(operation: "headsForward", index: 0))
    let summary = VerificationRun(cases: cases).run(on: faulty) { result in
      reported.append(result.operationCase.id)
      #expect(result.failures.contains { $0.contains("predictions[") }, "\(result.failures)")
    }
    #expect(summary.closingLine == "0 passed, \(cases.count) failed")
    #expect(reported == cases.map(\.id))
  }

  @Test func `an error thrown by the backend is a failure with its message`() throws {
    let cases = OperationCase.all.filter { $0.isSmall && $0.operation == "clipByGlobalNorm" }
    let backend = try FaultyBackend(.thrown, in: .init(operation: "clipByGlobalNorm", index: 0))
    let summary = VerificationRun(cases: cases).run(on: backend) { result in
      #expect(result.failures == ["clipByGlobalNorm: device lost. Try another"])
    }
    #expect(summary.failedCount == cases.count)
  }
}
