import Compute

/// A device that tests run on.
struct TestDevice: CustomStringConvertible, Sendable {
  let description: String
  let make: @Sendable () throws -> any Backend

  func makeBackend() throws -> any Backend { try make() }
}

enum TestDevices {
  /// Every instruction set that this processor runs.
  static var all: [TestDevice] {
    ["avx512", "avx2", "plain"].compactMap { set in
      guard (try? CPUBackend(instructionSet: set)) != nil else { return nil }
      return TestDevice(description: "cpu \(set)") { try CPUBackend(instructionSet: set) }
    }
  }
}
