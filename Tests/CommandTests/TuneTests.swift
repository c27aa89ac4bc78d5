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
    guard device.coResidentWorkGroups < 32 else { return }
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
    try expectIgnored(try pathsTaken())
    kept.choices[0].path = .sequence(try #require(SequenceParameters.streaming(hiddenSize: 16, rows: 5)))
    try JSONEncoder().encode(kept).write(to: URL(filePath: path))
    try expectIgnored(try pathsTaken())  // nothing that the tuner could have chosen

    #expect(try run("tune", "--reset").output.contains("forgotten"))
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(try run("tune", "--reset").output.contains("nothing is kept"))
  }

  private func expectIgnored(_ result: Program.Result) throws {
    #expect(result.status == 0)
    #expect(result.errors.contains("damaged"))
    #expect(result.output.contains("\"a launch for each step\""))
  }

  @Test("a batch takes the choice of the next larger one that was measured, and only of its hidden size")
  func lookup() throws {
    let device = Devices.list().devices[0]
    let (few, many) = (
      RecurrencePath.sequence(try #require(SequenceParameters.streaming(hiddenSize: 64, rows: 4))),
      RecurrencePath.sequence(try #require(SequenceParameters.streaming(hiddenSize: 64, rows: 8)))
    )
    var tuning = Tuning.standard(for: device)
    tuning.choices = [
      Tuning.Choice(hiddenSize: 64, batchSize: 128, path: many),
      Tuning.Choice(hiddenSize: 64, batchSize: 32, path: few),
    ]
    func path(_ batchSize: Int, hiddenSize: Int = 64, steps: Int = 50) -> RecurrencePath {
      tuning.path(for: .init(hiddenSize: hiddenSize, batchSize: batchSize, stepCount: steps), on: device)
    }
    #expect(path(1) == few && path(32) == few)
    #expect(path(33) == many && path(128) == many && path(1000) == many)
    let unmeasured = Recurrence.Work(hiddenSize: 128, batchSize: 32, stepCount: 50)
    #expect(path(32, hiddenSize: 128) == .expected(for: unmeasured, on: device))
    #expect(path(32, steps: 1) == .steps)
  }

  @Test("without time nothing is chosen, and nothing that was known is lost")
  func noTime() throws {
    let device = Devices.list().devices[0]
    var known = Tuning.standard(for: device)
    known.choices = [Tuning.Choice(hiddenSize: 32, batchSize: 8, path: .steps)]
    var tuner = Tuner(device: device)
    tuner.seconds = 0
    let result = tuner.run(from: known, keep: { _ in Issue.record("nothing to keep") }, report: { _ in })
    #expect(result.tuning == known && result.measurements.isEmpty && result.untried > 0)
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
