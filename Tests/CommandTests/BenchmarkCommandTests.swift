import Foundation
import Testing

@Suite struct BenchmarkCommandTests {
  static let program = Bundle.main.executableURL!.deletingLastPathComponent().appendingPathComponent("segue")

  /// The program's answer.
  private func json(_ arguments: [String]) throws -> [String: Any] {
    let process = Process()
    let output = Pipe()
    process.executableURL = Self.program
    process.arguments = ["benchmark"] + arguments + ["--seconds", "0.05", "--json"]
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  func expectConditions(_ report: [String: Any]) throws {
    #expect(report["device"] is String && report["driver"] is String)
    let machine = try #require(report["machine"] as? [String: Any])
    #expect(machine["processor"] is String)
    #expect(try #require(report["peak_memory_bytes"] as? Double) > 1e6)
  }

  @Test(arguments: [[], ["--padding", "packed"], ["--ragged"]])
  func trainPrintsSequencesPerSecond(more: [String]) throws {
    let process = ["train", "--device", "cpu", "--batch-size", "3", "--sequence-length", "5", "--hidden", "7"] + more
    let report = try json(process)
    try expectConditions(report)
    #expect(try #require(report["sequences_per_second"] as? Double) > 0)
    #expect(try #require(report["gflops"] as? Double) > 0)
  }

  @Test func lengthsAreCountedAsTheyAre() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("lengths-\(UUID())")
    defer { try? FileManager.default.removeItem(at: file) }
    try "3\n4\n8\n".write(to: file, atomically: true, encoding: .utf8)
    let report = try json(["train", "--device", "cpu", "--batch-size", "2", "--hidden", "7", "--lengths", file.path])
    // Encoder N − 1 and decoder N − 2 steps of 3, 4 and 8 songs in two batches.
    #expect(report["tokens_per_step"] as? Double == Double(2 + 3 + 7 + 1 + 2 + 6) / 2)
    #expect(report["sequences_per_step"] as? Double == 1.5)
  }

  @Test func recommendAndNearestPrintMicroseconds() throws {
    for arguments in [["recommend", "--device", "cpu", "--count", "3", "--hidden", "7"], ["nearest"]] {
      let report = try json(arguments + ["--songs", "200"])
      try expectConditions(report)
      #expect(try #require(report["microseconds"] as? Double) > 0)
    }
  }

  @Test func nearestAgreesWithAScan() throws {
    let report = try json(["nearest", "--songs", "1000"])
    let searches = try #require(report["searches"] as? [[String: Any]])
    #expect(searches.map { $0["queries"] as? String } == ["confident", "mild", "uniform"])
    #expect(searches.allSatisfy { $0["checked"] as? Int == 100 && $0["differing"] as? Int == 0 })
  }

  @Test func kernelsNamesEveryOperation() throws {
    let report = try json(["kernels", "--device", "cpu", "--batch-size", "2", "--sequence-length", "3", "--hidden", "7"])
    try expectConditions(report)
    let operations = try #require(report["operations"] as? [[String: Any]]).compactMap { $0["operation"] as? String }
    for name in ["lstmForward", "lstmBackward", "headsForward", "headsLoss", "headsBackward", "rmspropUpdate"] {
      #expect(operations.contains(name))
    }
  }
}
