import Foundation
import TestSupport
import Testing

/// `Benchmarks/gpu.sh` where there is no GPU.
@Suite(
  .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "no Python"),
  .serialized)
struct GPUScriptTests {
  private let scratch: ScratchFolder

  /// A folder with the program, as `Benchmarks/gpu-folder.sh` makes it, but for libraries that this machine has.
  init() throws {
    scratch = try ScratchFolder()
    try FileManager.default.createDirectory(atPath: scratch.file("program"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: scratch.file("program/segue"), withDestinationPath: Program.path)
  }

  private func run(
    _ arguments: [String], environment: [String: String]
  ) throws -> (status: Int32, errors: String, results: [String: Any], report: String) {
    let process = Process()
    process.executableURL = URL(filePath: SharedFolder.packageRoot + "/Benchmarks/gpu.sh")
    process.arguments = arguments + [scratch.file("program"), scratch.file("out")]
    process.environment = ProcessInfo.processInfo.environment
      .merging(["PYTHON": "/usr/bin/python3", "PYTHONDONTWRITEBYTECODE": "1"]) { $1 }.merging(environment) { $1 }
    let errors = try scratch.write("", to: "errors")
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    process.waitUntilExit()
    let json = try JSONSerialization.jsonObject(with: Data(scratch.bytes("out/gpu.json")))
    return (
      process.terminationStatus, try scratch.text("errors"), try #require(json as? [String: Any]),
      try scratch.text("out/gpu.md")
    )
  }

  @Test func `without OpenCL it says where it looked and ends with status 69`() throws {
    let run = try run([], environment: ["SEGUE_OPENCL_LIBRARY": "/nonexistent/libOpenCL.so"])
    #expect(run.status == 69)
    #expect(run.errors.contains("OpenCL offers no GPU here") && run.errors.contains("/nonexistent/libOpenCL.so"))
    #expect(run.report.contains("Nothing could be measured") && run.report.contains("libnvidia-opencl.so in FOLDER"))
    #expect((run.results["goals"] as? [Any])?.isEmpty == true)
  }

  @Test func `a rehearsal keeps to its time and gives every stage an outcome, with PyTorch or without`() throws {
    let devices = try Program.run(["devices", "--json"])
    try #require(devices.output.contains("opencl_version"), "no OpenCL device")
    let start = ContinuousClock.now
    let run = try run(["--rehearsal", "--minutes", "0.7"], environment: [:])
    #expect(run.status == 0, "\(run.errors)")
    #expect(ContinuousClock.now - start < .seconds(55))
    let stages = try #require(run.results["stages"] as? [[String: Any]])
    #expect(
      stages.map { $0["name"] as? String } == ["machine", "probe", "verify", "tune", "layers", "training"])
    #expect(stages.first { $0["name"] as? String == "probe" }?["failure"] is NSNull, "\(run.errors)")
    let verified = try #require(run.results["verify"] as? [[String: Any]])
    #expect(verified.contains { ($0["passed"] as? Int ?? 0) > 0 }, "\(run.errors)")
    #expect(verified.allSatisfy { $0["failed"] as? Int == 0 }, "\(run.errors)")
    #expect(run.results["rehearsal"] as? Bool == true && (run.results["goals"] as? [Any])?.isEmpty == true)
    #expect(run.report.contains("**REHEARSAL** on a") && run.report.contains("## Whole training steps"))
  }

  /// Of a run in which a step of Segue took 2 and 2.2 ms, forward 0.7 ms, and one of PyTorch 5 ms.
  @Test func `goals are judged by medians, against the rival's faster form`() throws {
    let program = """
      import gpu_goals
      def timed(name, key, *values):
        return {"name": name, "failure": None, "notes": [], key: {"median": sum(values) / len(values), "values": values}}
      step = "milliseconds_per_step"
      results = {"rehearsal": False, "opencl": {"device": {}}, "layers": [{"batch_size": 32, "steps": 100, "contestants": [
          timed("Segue", "forward_milliseconds", 0.7) | timed("Segue", "backward_milliseconds", 0.5)]}],
        "training": [{"lengths": "padded", "batch_size": 32, "contestants": [
            timed("Segue", step, 2, 2.2), timed("PyTorch, TF32, its default", step, 5, 5)]},
          {"lengths": "true lengths", "batch_size": 32, "contestants": [
            timed("Segue, packed", step, 2), timed("PyTorch, padded to each batch's longest", step, 3),
            timed("PyTorch, PackedSequence", step, 9)]}]}
      for row in gpu_goals.goals(results):
        if row["measured"]: print(row["goal"], round(row["measured"], 2), row["reached"], sep="; ")
      """
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/python3")
    process.arguments = ["-B", "-c", program]
    process.currentDirectoryURL = URL(filePath: SharedFolder.packageRoot + "/Benchmarks")
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let (rest, fastest) = (
      "PyTorch with cuDNN as it comes (TF32), whole steps, batch 32",
      "times as fast as the fastest of all, whole steps, batch 32"
    )
    #expect(
      output.split(separator: "\n") == [
        "µs a step forward, batch 32; 7.0; False", "µs a step backward, batch 32; 5.0; True",
        "times as fast as \(rest), padded; 2.38; True", "times as fast as \(rest), true lengths; 1.5; False",
        "\(fastest), padded: PyTorch, TF32, its default; 2.38; None",
        "\(fastest), true lengths: PyTorch, padded to each batch's longest; 1.5; None",
      ])
  }
}
