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
    "train prints sequences per second, padded and packed",
    arguments: [
      [], ["--padding", "packed"],
    ])
  func train(more: [String]) throws {
    let sizes = ["--batch-size", "3", "--sequence-length", "5", "--hidden", "7"]
    let report = try report(["train", "--device", "cpu"] + sizes + more)
    for key in ["sequences_per_second", "gflops", "openblas_gflops"] { #expect(try number(key, of: report) > 0) }
    #expect((0..<1).contains(try number("waited_for_batches_share", of: report)))
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
    for key in ["microseconds", "uniform_microseconds", "central_microseconds", "build_seconds"] {
      #expect(try number(key, of: report) > 0)
    }
    let searches = try #require(report["searches"] as? [[String: Any]])
    #expect(searches.map { $0["queries"] as? String } == ["confident", "mild", "uniform", "central", "outside"])
    #expect(searches.allSatisfy { $0["checked"] as? Int == 100 && $0["differing"] as? Int == 0 })
  }

  @Test(
    "impossible numbers are refused with the range",
    arguments: [
      (["nearest", "--songs", "99999999999999"], "must lie in 1…67108864, got 99999999999999"),
      (["recommend", "--songs", "5", "--count", "30"], "--count 30 is more than the 5 songs"),
      (["recommend", "--songs", "99999999999999"], "must lie in 1…67108864"),
      (["train", "--batch-size", "9999999"], "--batch-size must lie in 1…1048576, got 9999999"),
      (["kernels", "--hidden", "9000"], "--hidden must lie in 1…8192, got 9000"),
      (["train", "--padding", "none"], "--padding none is unknown. Use keras or packed."),
    ])
  func refused(arguments: [String], message: String) throws {
    let result = try Program.run(["benchmark"] + arguments)
    #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
  }

  private let smallKernels = ["--batch-size", "2", "--sequence-length", "3", "--hidden", "7"]

  @Test("kernels names every operation and sets it against the roofline of the same run")
  func kernels() throws {
    let report = try report(["kernels", "--device", "cpu", "--threads", "1"] + smallKernels)
    let rows = try #require(report["operations"] as? [[String: Any]])
    let expected = [
      "gatherRows", "lstmForward", "lstmBackward", "headsForward", "headsLoss", "headsBackward", "rmspropUpdate",
      "clipByGlobalNorm",
    ]
    #expect(expected.allSatisfy { name in rows.contains { $0["operation"] as? String == name } })
    let (peak, memory) = (
      try number("peak_gflops", of: report), try number("memory_gigabytes_per_second", of: report)
    )
    let cache = report["cache_gigabytes_per_second"] as? Double ?? memory
    for row in rows {
      let (operations, bytes) = (try number("operations", of: row), try number("bytes", of: row))
      let (seconds, intensity) = (try number("milliseconds", of: row) / 1000, try number("intensity", of: row))
      #expect(abs(intensity - operations / bytes) < 1e-9)
      let rate = operations > 0 ? try number("gflops", of: row) : 0
      #expect(abs(rate * seconds * 1e9 - operations) <= 1e-9 * operations)
      // All of this fits any cache.
      let least = max(operations / peak, bytes / cache) / 1e9
      let share = try number("attainable_share", of: row)
      #expect(abs(share * seconds / least - 1) < 1e-6, "\(row)")
      #expect(row["bound"] as? String == (bytes / cache > operations / peak ? "cache" : "peak"))
    }
  }

  @Test("probe gives every number or the reason why there is none")
  func probe() throws {
    let devices = try Program.run(["devices", "--json"])
    try #require(devices.output.contains("opencl_version"), "no OpenCL device")
    let report = try report(["probe"])
    for key in [
      "launch_microseconds", "round_trip_microseconds", "copy_gigabytes_per_second",
      "cache_one_work_group_gigabytes_per_second", "cache_all_units_gigabytes_per_second",
    ] {
      #expect(try number("value", of: #require(report[key] as? [String: Any])) > 0, "\(key)")
    }
    let barriers = try #require(report["group_barriers"] as? [[String: Any]])
    #expect(Set(barriers.compactMap { $0["members"] as? Int }) == [2, 4, 8, 16, 32])
    for barrier in barriers {
      let reading = try #require(barrier["microseconds"] as? [String: Any])
      #expect(reading["value"] is Double || reading["value"] is NSNull && reading["reason"] is String, "\(barrier)")
    }
    let kernels = try #require(report["sequence_kernels"] as? [[String: Any]])
    #expect(kernels.allSatisfy { $0["registers"] is Int || $0["reason"] is String })
  }

  @Test("probe builds nothing after its limit and says so")
  func probeLimit() throws {
    let report = try report(["probe", "--limit", "0.001"])
    let kernels = try #require(report["sequence_kernels"] as? [[String: Any]])
    #expect(kernels.count == 4 && kernels.allSatisfy { $0["reason"] as? String == "no time was left for it" })
    #expect((report["copy_gigabytes_per_second"] as? [String: Any])?["value"] is Double)
  }

  @Test("probe is for OpenCL devices")
  func probeOfCPU() throws {
    let result = try Program.run(["benchmark", "probe", "--device", "cpu"])
    #expect(result.status == 64 && result.errors.contains("Only OpenCL devices are probed"))
  }

  @Test("draw makes a roofline of what kernels prints, with every operation that computes")
  func drawKernels() throws {
    let scratch = try ScratchFolder()
    let kernels = try Program.run(
      ["benchmark", "kernels", "--device", "cpu", "--seconds", "0.05", "--json"] + smallKernels)
    let result = try Program.run(
      ["benchmark", "draw", scratch.write(kernels.output, to: "report.json"), "--out", scratch.path])
    try #require(result.status == 0, "\(result.errors)")
    let picture = try String(contentsOfFile: "\(scratch.path)/roofline.svg", encoding: .utf8)
    for name in ["lstmForward, batch 2", "lstmForward, batch 1", "headsLoss", "rmspropUpdate", "OpenBLAS", "memory"] {
      #expect(picture.contains(">\(name)"), "\(name)")
    }
    #expect(!picture.contains(">fill<"))
  }

  @Test("draw makes one picture for each curve, and leaves points out that were not measured")
  func drawCurves() throws {
    let scratch = try ScratchFolder()
    let json = """
      {"notes": ["a machine"], "curves": [{"id": "curves-batch", "title": "Batch", "note": "songs", "axis": "playlists",
        "points": [8, 16], "panels": [{"title": "Time", "axis": "ms",
          "series": [{"name": "Segue", "values": [1.5, 2]}, {"name": "PyTorch", "values": [3, null]}]}]}]}
      """
    let result = try Program.run(
      ["benchmark", "draw", scratch.write(json, to: "curves.json"), "--out", scratch.path])
    try #require(result.status == 0, "\(result.errors)")
    let picture = try String(contentsOfFile: "\(scratch.path)/curves-batch.svg", encoding: .utf8)
    for text in ["Batch", "songs", "a machine", "playlists", "Time", "ms", "Segue", "PyTorch"] {
      #expect(picture.contains(">\(text)<"), "\(text)")
    }
    // Circles for the first series, squares for the second: one for each point, one beside the name.
    #expect(picture.split(separator: "<circle").count - 1 == 3)
    #expect(picture.split(separator: "<path").count - 1 == 2)
  }

  @Test("search prints its percentiles for every kind of query and leaves nothing behind")
  func search() throws {
    let scratch = try ScratchFolder()
    let result = try Program.run(
      ["benchmark", "search", "--songs", "500", "--seconds", "0.05", "--json"], environment: ["TMPDIR": scratch.path])
    try #require(result.status == 0, "\(result.errors)")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(try number("microseconds", of: report) <= number("p95_microseconds", of: report))
    #expect(try number("p95_microseconds", of: report) <= number("p99_microseconds", of: report))
    let searches = try #require(report["searches"] as? [[String: Any]])
    #expect(
      searches.map { $0["queries"] as? String } == ["title", "both", "typing", "typos", "short", "worst"])
    for search in searches where search["queries"] as? String != "worst" {
      #expect(try number("found", of: search) >= 1)
    }
    #expect(try scratch.names() == [])
  }

  @Test(
    "draw refuses what is no benchmark result, and names that would leave the folder",
    arguments: [
      ("{}", "not a file of curves or kernels"), ("no JSON", "not a file of curves or kernels"),
      (#"{"reports": []}"#, "nothing to draw"), (#"{"notes": [], "curves": []}"#, "nothing to draw"),
      (#"{"curves": [{"id": 1}], "reports": []}"#, "notes"),
      (#"{"notes": [], "curves": [{"id": "a/x", "title": "", "axis": "", "points": [], "panels": []}]}"#, "a/x"),
    ])
  func drawRefuses(text: String, message: String) throws {
    let scratch = try ScratchFolder()
    let file = try scratch.write(text, to: "file.json")
    let result = try Program.run(["benchmark", "draw", file, "--out", scratch.path])
    #expect(result.status == 65 && result.errors.contains(message), "\(result.errors)")
    #expect(try scratch.names() == ["file.json"])
  }
}
