import Compute
import Foundation
import TestSupport
import Testing
import Tuning

@Suite(.serialized, .enabled(if: !Devices.list().devices.isEmpty, "no OpenCL device"))
struct TuneTests {
  /// Both are refused by the reference: the step drops products, or the path would need work-groups beside each other.
  @Test("what is wrong or does not fit is refused")
  func refusal() throws {
    let device = Devices.list().devices[0]
    var wrong = KernelParameters.standard(for: device)
    wrong.backward.depth = 20  // no multiple of a vector
    let groups = RecurrencePath.sequence(try #require(SequenceParameters.resident(hiddenSize: 64, members: 32)))
    let right = PathCheck(device: device, parameters: .standard(for: device))
    #expect(right.failures(of: .steps, hiddenSize: 16) == [])
    #expect(PathCheck(device: device, parameters: wrong).failures(of: .steps, hiddenSize: 64) != [])
    #expect(right.failures(of: groups, hiddenSize: 64) == ["it does not fit this device"])
  }

  @Test("the choice is kept, used by the next run, ignored when damaged, and forgotten on demand")
  func keeping() throws {
    let folder = try ScratchFolder()
    let environment = ["SEGUE_CACHE": folder.path]
    func run(_ arguments: String...) throws -> Program.Result {
      try Program.run(arguments + ["--device", "opencl"], environment: environment)
    }
    let tuned = try run("tune", "--hidden", "16", "--seconds", "2", "--json")
    #expect(tuned.status == 0, "\(tuned.errors)")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(tuned.output.utf8)) as? [String: Any])
    let path = try #require(report["kept_in"] as? String)
    #expect(path.hasPrefix(folder.path))
    #expect((report["measurements"] as? [Any])?.isEmpty == false)

    // A choice that is told from the default: the kept one is what the next run takes.
    var kept = try JSONDecoder().decode(Tuning.self, from: Data(contentsOf: URL(filePath: path)))
    let streamed = RecurrencePath.sequence(try #require(SequenceParameters.streaming(hiddenSize: 16)))
    kept.choices = [Tuning.Choice(hiddenSize: 16, batchSize: 4, path: streamed)]
    try JSONEncoder().encode(kept).write(to: URL(filePath: path))
    let arguments = ["--hidden", "16", "--batch-size", "2", "--sequence-length", "6", "--seconds", "0.1", "--json"]
    func pathsTaken() throws -> Program.Result {
      try Program.run(["benchmark", "train", "--device", "opencl"] + arguments, environment: environment)
    }
    #expect(try pathsTaken().output.contains("\"streamed weights\""))

    try Data("{".utf8).write(to: URL(filePath: path))
    let damaged = try pathsTaken()
    #expect(damaged.status == 0)
    #expect(damaged.errors.contains("damaged"))
    #expect(damaged.output.contains("\"a launch for each step\""))

    #expect(try run("tune", "--reset").output.contains("forgotten"))
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(try run("tune", "--reset").output.contains("nothing is kept"))
  }

  @Test("the CPU path has nothing to tune, and a way is named for OpenCL devices only")
  func usage() throws {
    let cpu = try Program.run(["tune", "--device", "cpu"])
    #expect(cpu.status == 64)
    #expect(cpu.errors.contains("segue devices"))
    let way = try Program.run(["verify", "--device", "cpu", "--recurrence", "streamed"])
    #expect(way.status == 64)
    let unknown = try Program.run(["verify", "--device", "opencl", "--recurrence", "groups:33"])
    #expect(unknown.status == 64)
    #expect(unknown.errors.contains("groups:N, N from 2 to 32"))
  }
}
