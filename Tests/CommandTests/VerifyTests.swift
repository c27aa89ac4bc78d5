import Foundation
import TestSupport
import Testing

/// `segue verify` from the shipped binary, on OpenCL implementations that need a process of their own.
@Suite(.serialized)
struct VerifyTests {
  /// Intel's CPU runtime, fetched by `make setup-tests`.
  static let intelVendors = SharedFolder.packageRoot + "/.build-intel/vendors"
  static var hasIntel: Bool { FileManager.default.fileExists(atPath: intelVendors + "/intel.icd") }
  static var hasOclgrind: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/oclgrind") }

  @Test("every operation agrees with the reference on the CPU, and the closing line says so")
  func cpu() throws {
    let result = try Program.run(["verify", "--device", "cpu", "--small"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(closingLine(result)?.wholeMatch(of: /[1-9]\d* passed, 0 failed/) != nil)
  }

  @Test(
    "every operation agrees with the reference on a second, independent OpenCL implementation",
    .enabled(if: hasIntel, "Intel's OpenCL runtime is absent: make setup-tests fetches it"))
  func intel() throws {
    let environment = try Self.intelEnvironment()
    let devices = try Program.run(["devices"], environment: environment)
    #expect(devices.output.contains("Intel(R) OpenCL"))
    let result = try Program.run(["verify", "--device", "opencl"], environment: environment)
    #expect(result.status == 0, "\(failures(result))")
    #expect(closingLine(result)?.wholeMatch(of: /[1-9]\d* passed, 0 failed/) != nil)
  }

  @Test(
    "the launches that take all time steps agree with the reference on the second implementation, too",
    .enabled(if: hasIntel, "Intel's OpenCL runtime is absent: make setup-tests fetches it"),
    arguments: ["streamed", "resident"])
  func intelSequences(recurrence: String) throws {
    let result = try Program.run(
      ["verify", "--device", "opencl", "--only", "lstm", "--small", "--recurrence", recurrence],
      environment: Self.intelEnvironment())
    #expect(result.status == 0, "\(failures(result))")
    #expect(closingLine(result)?.wholeMatch(of: /[1-9]\d* passed, 0 failed/) != nil)
  }

  private static func intelEnvironment() throws -> [String: String] {
    let icd = try String(contentsOfFile: intelVendors + "/intel.icd", encoding: .utf8)
    let library = icd.trimmingCharacters(in: .whitespacesAndNewlines)
    return [
      "OCL_ICD_VENDORS": intelVendors, "LD_LIBRARY_PATH": URL(filePath: library).deletingLastPathComponent().path,
    ]
  }

  @Test(
    "Oclgrind finds no race, no access out of bounds and no uninitialised value",
    .enabled(if: hasOclgrind, "Oclgrind is absent: make setup-tests installs it"))
  func oclgrind() throws {
    let folder = try ScratchFolder()
    let log = folder.file("oclgrind.log")
    let result = try Program.run(
      ["verify", "--device", "oclgrind", "--small"],
      launcher: ["oclgrind", "--data-races", "--uninitialized", "--log", log],
      environment: ["SEGUE_CACHE": folder.path])
    #expect(result.status == 0, "\(result.errors)")
    #expect(closingLine(result)?.wholeMatch(of: /[1-9]\d* passed, 0 failed/) != nil)
    #expect((try? folder.text("oclgrind.log")) ?? "" == "")
  }

  /// With eight threads PoCL runs four work-groups beside each other, also on fewer cores.
  @Test(
    "groups of work-groups that wait for each other agree with the reference, and nobody waits in vain",
    arguments: ["groups:2", "groups:4"])
  func groups(recurrence: String) throws {
    let result = try Program.run(
      ["verify", "--device", "opencl", "--small", "--only", "lstm", "--recurrence", recurrence],
      environment: ["POCL_MAX_PTHREAD_COUNT": "8"])
    #expect(result.status == 0, "\(result.errors) \(failures(result))")
    #expect(!result.errors.contains("beside each other"))
    #expect(closingLine(result)?.wholeMatch(of: /[1-9]\d* passed, 0 failed/) != nil)
  }

  @Test(
    "Oclgrind finds nothing in the launches that take all time steps",
    .enabled(if: hasOclgrind, "Oclgrind is absent: make setup-tests installs it"), arguments: ["streamed", "resident"])
  func oclgrindSequences(recurrence: String) throws {
    let folder = try ScratchFolder()
    let log = folder.file("oclgrind.log")
    let result = try Program.run(
      ["verify", "--device", "oclgrind", "--small", "--only", "lstm", "--recurrence", recurrence],
      launcher: ["oclgrind", "--data-races", "--uninitialized", "--log", log],
      environment: ["SEGUE_CACHE": folder.path])
    #expect(result.status == 0, "\(result.errors) \(failures(result))")
    #expect((try? folder.text("oclgrind.log")) ?? "" == "")
  }

  @Test(
    "products with fewer digits agree with the reference on the second implementation, and Oclgrind finds nothing",
    .enabled(if: hasIntel && hasOclgrind, "Intel's OpenCL runtime or Oclgrind is absent: make setup-tests has them"),
    arguments: ["tf32", "bf16"])
  func reducedProducts(precision: String) throws {
    let intel = try Program.run(
      ["verify", "--device", "opencl", "--precision", precision], environment: Self.intelEnvironment())
    #expect(intel.status == 0, "\(intel.errors) \(failures(intel))")
    let folder = try ScratchFolder()
    let log = folder.file("oclgrind.log")
    let oclgrind = try Program.run(
      ["verify", "--device", "oclgrind", "--small", "--precision", precision],
      launcher: ["oclgrind", "--data-races", "--uninitialized", "--log", log],
      environment: ["SEGUE_CACHE": folder.path])
    #expect(oclgrind.status == 0, "\(oclgrind.errors) \(failures(oclgrind))")
    #expect((try? folder.text("oclgrind.log")) ?? "" == "")
  }

  private func failures(_ result: Program.Result) -> [Substring] {
    result.output.split(separator: "\n").filter { $0.hasPrefix("FAIL") }
  }

  private func closingLine(_ result: Program.Result) -> String? {
    result.output.split(separator: "\n").last.map(String.init)
  }
}
