import Foundation
import TestSupport
import Testing

/// What `segue benchmark … --json` promises to programs.
@Suite struct BenchmarkCommandTests {
  /// The report of a very short benchmark.
  private func report(_ arguments: [String]) throws -> [String: Any] {
    let result = try Program.run(["benchmark"] + arguments + ["--seconds", "0.05", "--json"])
    try #require(result.status == 0, "\(result.errors)")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(report["benchmark"] as? String == arguments[0])
    #expect(report["device"] is String && report["driver"] is String)
    #expect((report["machine"] as? [String: Any])?["processor"] is String)
    #expect(try number("peak_memory_bytes", of: report) > 1e6)
    return report
  }

  private func number(_ key: String, of report: [String: Any]) throws -> Double {
    try #require(report[key] as? Double, "\(key)")
  }

  @Test(
    "train prints sequences per second, padded, packed and ragged",
    arguments: [
      [], ["--padding", "packed"], ["--ragged"],
    ])
  func train(more: [String]) throws {
    let sizes = ["--batch-size", "3", "--sequence-length", "5", "--hidden", "7"]
    let report = try report(["train", "--device", "cpu"] + sizes + more)
    for key in ["sequences_per_second", "gflops", "openblas_gflops"] { #expect(try number(key, of: report) > 0) }
  }

  @Test("a file of lengths makes batches of these lengths: encoder N − 1 steps, decoder N − 2")
  func lengths() throws {
    let scratch = try ScratchFolder()
    let file = try scratch.write("3\n4\n8\n", to: "lengths")
    let report = try report(["train", "--device", "cpu", "--batch-size", "2", "--hidden", "7", "--lengths", file])
    #expect(try number("tokens_per_step", of: report) == Double(2 + 3 + 7 + 1 + 2 + 6) / 2)
    #expect(try number("sequences_per_step", of: report) == 1.5)
  }

  @Test("a length that is none names its line and ends with status 65")
  func badLengths() throws {
    let scratch = try ScratchFolder()
    let file = try scratch.write("3\n4\nmany\n", to: "lengths")
    let result = try Program.run(["benchmark", "train", "--device", "cpu", "--lengths", file])
    #expect(result.status == 65)
    #expect(result.errors.contains("lengths:3: not a playlist length: many"))
  }

  @Test("recommend prints microseconds and leaves nothing behind")
  func recommend() throws {
    let scratch = try ScratchFolder()
    let sizes = ["--songs", "200", "--playlist-length", "4", "--count", "3", "--hidden", "7"]
    let result = try Program.run(
      ["benchmark", "recommend", "--device", "cpu", "--seconds", "0.05", "--json"] + sizes,
      environment: ["TMPDIR": scratch.path])
    try #require(result.status == 0, "\(result.errors)")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(try number("microseconds", of: report) > 0)
    #expect(try scratch.names() == [])
  }

  @Test("a batch is one call; its rate counts playlists")
  func recommendBatch() throws {
    let sizes = ["--songs", "200", "--playlist-length", "4", "--count", "3", "--hidden", "7", "--batch-size", "9"]
    let report = try report(["recommend", "--device", "cpu"] + sizes)
    let microseconds = try number("microseconds", of: report)
    #expect(abs(try number("microseconds_per_playlist", of: report) * 9 / microseconds - 1) < 1e-6)
    #expect(abs(try number("per_second", of: report) * microseconds / 9e6 - 1) < 1e-6)
  }

  @Test("open prints the microseconds of opening and the seconds of building")
  func open() throws {
    let report = try report(["open", "--songs", "500"])
    for key in ["microseconds", "build_seconds"] { #expect(try number(key, of: report) > 0) }
  }

  @Test("nearest prints microseconds and agrees with a scan for every kind of query")
  func nearest() throws {
    let report = try report(["nearest", "--songs", "1000"])
    for key in ["microseconds", "uniform_microseconds", "build_seconds"] { #expect(try number(key, of: report) > 0) }
    let searches = try #require(report["searches"] as? [[String: Any]])
    #expect(searches.map { $0["queries"] as? String } == ["confident", "mild", "uniform", "central", "outside"])
    #expect(searches.allSatisfy { $0["checked"] as? Int == 100 && $0["differing"] as? Int == 0 })
  }

  @Test(
    "impossible numbers of songs are refused with the range",
    arguments: [
      (["nearest", "--songs", "99999999999999"], "must lie in 1…67108864, got 99999999999999"),
      (["recommend", "--songs", "5", "--count", "30"], "--count 30 is more than the 5 songs"),
      (["recommend", "--songs", "99999999999999"], "must lie in 1…67108864"),
    ])
  func refused(arguments: [String], message: String) throws {
    let result = try Program.run(["benchmark"] + arguments)
    #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
  }

  @Test("kernels names every operation")
  func kernels() throws {
    let sizes = ["--batch-size", "2", "--sequence-length", "3", "--hidden", "7"]
    let report = try report(["kernels", "--device", "cpu"] + sizes)
    let operations = try #require(report["operations"] as? [[String: Any]]).map { $0["operation"] as? String }
    let expected = [
      "lstmForward", "lstmBackward", "headsForward", "headsLoss", "headsBackward", "rmspropUpdate", "clipByGlobalNorm",
    ]
    #expect(expected.allSatisfy { operations.contains($0) })
  }
}
