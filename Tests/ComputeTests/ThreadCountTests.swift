import Compute
import TestSupport
import Testing
import Verification

@Suite struct ThreadCountTests {
  @Test(arguments: TestDevices.instructionSets)
  func `one thread, two and more than there are processors give the same bits in every case`(
    instructionSet: String
  ) throws {
    let backends = try [1, 2, 5].map { try CPUBackend(threads: $0, instructionSet: instructionSet) }
    var resultCount = 0
    for operationCase in OperationCase.all {
      let results = try backends.map { try operationCase.results(on: $0).map { $0.map(\.bitPattern) } }
      #expect(results[1] == results[0] && results[2] == results[0], "\(operationCase)")
      resultCount += results[0].reduce(0) { $0 + $1.count }
    }
    #expect(resultCount > 10_000_000)
  }
}
