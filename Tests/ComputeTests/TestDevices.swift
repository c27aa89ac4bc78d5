import Compute

/// A device that tests run on, in one of its configurations.
struct TestDevice: CustomStringConvertible, Sendable {
  let description: String
  let make: @Sendable () throws -> any Backend

  func makeBackend() throws -> any Backend { try make() }
}

enum TestDevices {
  /// Every device found: the CPU with each instruction set that this processor runs, and with other numbers of shards.
  static let all: [TestDevice] = cpus

  private static var cpus: [TestDevice] {
    let sets: [String] = ["avx512", "avx2", "plain"].filter { (try? CPUBackend(instructionSet: $0)) != nil }
    return sets.map { set in TestDevice(description: "cpu \(set)") { try CPUBackend(instructionSet: set) } }
      + [1, 3].map { (shards: Int) in
        TestDevice(description: "cpu, \(shards) shards") { try CPUBackend(shards: shards) }
      }
  }
}
