import Compute
import Testing
import Verification

/// Products with operands of fewer digits. No matrix unit is here: the work-items multiply the same pieces.
@Suite(.enabled(if: !Devices.list().devices.isEmpty, "no OpenCL device"))
struct ReducedProductTests {
  static let reduced = Precision.allCases.filter { $0 != .float32 }

  private func failures(of precision: Precision, on backend: OpenCLBackend) -> [String] {
    var failures: [String] = []
    VerificationRun(cases: OperationCase.reducedProducts(precision)).run(on: backend) { failures += $0.failures }
    return failures
  }

  @Test(arguments: Devices.list().devices, reduced)
  func `products agree with those of rounded operands`(device: OpenCLDeviceDescription, precision: Precision) throws {
    let backend = try OpenCLBackend(
      device: device, parameters: .standard(for: device),
      reducedProducts: ReducedProducts(precision, by: .workItems))
    #expect(failures(of: precision, on: backend) == [])
  }

  /// The cases are sharp enough to tell the precisions apart.
  @Test func `products of other digits are refused`() throws {
    let exact = try OpenCLBackend(device: Devices.list().devices[0])
    for precision in Self.reduced { #expect(failures(of: precision, on: exact) != []) }
    #expect(failures(of: .float32, on: exact) == [])
  }

  @Test(arguments: Devices.list().devices.filter { !$0.hasMatrixUnits }, reduced)
  func `a device without matrix units says so`(device: OpenCLDeviceDescription, precision: Precision) throws {
    let backend = try OpenCLBackend(
      device: device, parameters: .standard(for: device), reducedProducts: ReducedProducts(precision))
    let failures = failures(of: precision, on: backend)
    #expect(!failures.isEmpty && failures.allSatisfy { $0.contains("--precision float32") })
  }
}
