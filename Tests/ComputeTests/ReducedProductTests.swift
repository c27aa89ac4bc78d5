import Compute
import Testing
import Verification

/// Products with operands of fewer digits. No matrix unit is here: the work-items multiply the same pieces.
@Suite(.enabled(if: !Devices.list().devices.isEmpty, "no OpenCL device"))
struct ReducedProductTests {
  static let reduced = Precision.allCases.filter { $0 != .float32 }

  @Test(arguments: Devices.list().devices, reduced)
  func `products agree with those of rounded operands`(device: OpenCLDeviceDescription, precision: Precision) throws {
    let backend = try OpenCLBackend(
      device: device, parameters: .standard(for: device),
      reducedProducts: ReducedProducts(precision, by: .workItems))
    let failures = try ReducedProductCheck.failures(of: precision, on: backend)
    #expect(failures == [])
  }

  /// The check is sharp enough to tell the precisions apart.
  @Test func `products of other digits are refused`() throws {
    let device = Devices.list().devices[0]
    let exact = try OpenCLBackend(device: device)
    for precision in Self.reduced {
      #expect(try ReducedProductCheck.failures(of: precision, on: exact) != [])
    }
    let failures = try ReducedProductCheck.failures(of: .float32, on: exact)
    #expect(failures == [])
  }

  @Test(arguments: Devices.list().devices.filter { $0.exchange != .ptx }, reduced)
  func `a device without matrix units says so`(device: OpenCLDeviceDescription, precision: Precision) throws {
    let backend = try OpenCLBackend(
      device: device, parameters: .standard(for: device), reducedProducts: ReducedProducts(precision))
    let error = try #require(throws: ComputeError.self) {
      try ReducedProductCheck.failures(of: precision, on: backend)
    }
    #expect(error.description.contains("--precision float32"))
  }
}
