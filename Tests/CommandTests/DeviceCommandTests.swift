import Foundation
import TestSupport
import Testing

/// What the program says of its devices where OpenCL, or a driver for it, is missing.
struct DeviceCommandTests {
  @Test("without an OpenCL library there is the CPU, an explanation, and a remedy")
  func noLibrary() throws {
    let environment = ["SEGUE_OPENCL_LIBRARY": "/nonexistent/libOpenCL.so"]
    let devices = try Program.run(["devices"], environment: environment)
    #expect(devices.status == 0 && devices.output.contains("cpu"))
    #expect(!devices.output.contains("opencl:0"))
    #expect(devices.errors.contains("/nonexistent/libOpenCL.so"))
    let doctor = try Program.run(["doctor"], environment: environment)
    #expect(doctor.status == 0 && doctor.output.contains("run on the CPU, which is complete"))
    #expect(try Program.run(["verify", "--small", "--only", "rmsprop"], environment: environment).status == 0)
    let asked = try Program.run(["verify", "--device", "opencl"], environment: environment)
    #expect(asked.status == 69 && asked.errors.contains("There are: cpu"))
  }

  @Test("without a driver the loader's folder is named")
  func noDriver() throws {
    let folder = try ScratchFolder()
    let devices = try Program.run(["devices"], environment: ["OCL_ICD_VENDORS": folder.path])
    #expect(devices.status == 0 && devices.errors.contains(folder.path))
  }

  @Test("SEGUE_DEVICE chooses as --device does, and --device wins")
  func environment() throws {
    let wrong = ["SEGUE_DEVICE": "no such card"]
    #expect(try Program.run(["verify", "--small", "--only", "rmsprop"], environment: wrong).status == 69)
    #expect(
      try Program.run(["verify", "--small", "--only", "rmsprop", "--device", "cpu"], environment: wrong).status == 0)
  }
}
