import TestSupport
import Testing
import Verification

@Suite struct DeviceTests {
  @Test(arguments: TestDevices.all) func `every operation agrees with the reference on every device`(
    device: TestDevice
  ) throws {
    let summary = try VerificationRun().run(on: device.makeBackend()) { result in
      for failure in result.failures {
        Issue.record("\(device), \(result.operationCase): \(failure)")
      }
    }
    #expect(summary.passedCount == OperationCase.all.count)
  }
}
