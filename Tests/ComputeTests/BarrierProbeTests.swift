import Compute
import Testing

struct BarrierProbeTests {
  @Test(arguments: Devices.list().devices.filter { $0.exchange != .none })
  func `a work-group that waits for one that never comes ends with a fault`(
    device: OpenCLDeviceDescription
  ) throws {
    let probe = try OpenCLBarrierProbe(device, members: 2, patience: 1000)
    #expect(throws: WaitingFault.self) { try probe.wait(steps: 3, groups: 1, withheld: 1) }
  }
}
