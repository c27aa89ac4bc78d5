import Compute
import Testing
import Verification

/// The checker itself: a correct backend passes every case, a faulty one fails.
@Suite struct CheckerTests {
  @Test(arguments: OperationCase.all) func `the reference, rounded to 32 bits, passes every case`(
    operationCase: OperationCase
  ) throws {
    let outcome = try operationCase.run(on: ReferenceBackend())
    #expect(outcome.failures == [])
  }

  @Test func `cases have names of their own`() {
    #expect(Set(OperationCase.all.map(\.id)).count == OperationCase.all.count)
  }
}
