package import Compute

/// A device that tests run on, in one of its configurations.
package struct TestDevice: CustomStringConvertible, Sendable {
  package let description: String
  let make: @Sendable () throws -> any Backend

  package func makeBackend() throws -> any Backend { try make() }
}

package enum TestDevices {
  /// Every device found: the CPU with each instruction set that this processor runs, and with other numbers of shards,
  /// then all OpenCL devices.
  package static let all: [TestDevice] = cpus + openCLDevices

  /// The sets of CPU kernels that this processor runs.
  package static let instructionSets: [String] = ["avx512", "avx2", "plain"].filter {
    (try? CPUBackend(threads: 1, instructionSet: $0)) != nil
  }

  /// All OpenCL devices.
  package static var openCLDevices: [TestDevice] {
    Devices.list().devices.map { device in
      TestDevice(description: "opencl:\(device.index) \(device.name)") { try OpenCLBackend(device: device) }
    }
  }

  private static var cpus: [TestDevice] {
    instructionSets.map { set in TestDevice(description: "cpu \(set)") { try CPUBackend(instructionSet: set) } }
      + [1, 3].map { (shards: Int) in
        TestDevice(description: "cpu, \(shards) shards") { try CPUBackend(shards: shards) }
      }
  }
}
