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

  @Test("so many threads as the system refuses are an error with a remedy")
  func threads() throws {
    let verify = ["verify", "--small", "--only", "rmsprop", "--device", "cpu", "--threads"]
    for count in ["0", "1025", "1000000"] {
      let result = try Program.run(verify + [count])
      #expect(result.status == 64 && result.errors.contains("--threads must lie in 1…1024, got \(count)"))
    }
    // Stacks of 8 MB each in an address space of 4 GB.
    let result = try Program.run(
      verify + ["1024"], launcher: ["sh", "-c", "ulimit -s 8192; ulimit -v 4000000; exec \"$@\"", "sh"])
    #expect(result.status == 69 && result.errors.contains("pthread_create: "), "\(result.errors)")
    #expect(result.errors.contains("Give a smaller --threads."))
  }

  @Test(
    "a process that may run on one processor counts one",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/taskset")))
  func affinity() throws {
    let first = try #require(
      try String(contentsOfFile: "/proc/self/status", encoding: .utf8).firstMatch(of: /Cpus_allowed_list:\s*(\d+)/))
    let result = try Program.run(["doctor"], launcher: ["taskset", "-c", String(first.1)])
    #expect(result.status == 0 && result.output.contains(" on 1 processor,"), "\(result.output)")
  }
}
