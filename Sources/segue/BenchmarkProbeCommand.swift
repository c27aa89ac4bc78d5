import ArgumentParser
import Benchmarks
import Compute

struct BenchmarkProbe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", abstract: "Shows what an OpenCL device is and can do.",
    discussion: """
      What its driver says; which of NVIDIA's instructions its compiler takes; what launches, waits of work-groups for each \
      other and memory cost; and what the sequence kernels take of it. A probe that fails says why, and the others go on.
      """)

  @Option(
    help: ArgumentHelp(
      "opencl (the strongest), opencl:INDEX or opencl:NAME (part of a name). Also SEGUE_DEVICE.", valueName: "device"))
  var device: String?

  @OptionGroup var options: BenchmarkOptions
  @Option(help: "Build nothing further after so many seconds.") var limit = 120.0

  func validate() throws {
    guard limit > 0, limit <= 3600 else { throw ValidationError("--limit must lie above 0 and up to 3600.") }
  }

  func run() throws {
    try reportingErrors {
      let selector = device ?? (DeviceOptions.standardSelector == "auto" ? "opencl" : DeviceOptions.standardSelector)
      guard case .opencl(let description) = try Devices.select(selector) else {
        throw ValidationError("Only OpenCL devices are probed. Give one with --device; `segue devices` lists them.")
      }
      var probe = DeviceProbe()
      probe.seconds = options.seconds / 15  // things timed on a GPU
      probe.limit = limit
      let result = probe.run(on: description)
      let report = BenchmarkReport(
        benchmark: "probe", device: description.name, driver: description.device.driver, settings: [:], result: result)
      try report.print(json: options.json, table: Self.table(of: result))
    }
  }

  private static func table(of result: DeviceProbe.Result) -> [[String]] {
    func mebibytes(_ bytes: Int) -> String { decimal(Double(bytes) / 0x1p20, 0) + " MiB" }
    func row(_ name: String, _ reading: DeviceProbe.Reading, _ unit: String, digits: Int = 2) -> [String] {
      [name, reading.value.map { "\(decimal($0, digits)) \(unit)" } ?? "", reading.reason ?? ""]
    }
    return [
      ["probe", "result", "note"],
      ["kind", result.kind, ""],
      ["version", result.openclVersion, "\(result.extensions.count) extensions (--json names them)"],
      ["compute units", "\(result.computeUnits)", "\(result.clockMegahertz) MHz"],
      ["local memory", "\(result.localMemoryBytes / 1024) KiB", ""],
      ["work-group", "\(result.maximumWorkGroupSize) work-items at most", ""],
      [
        "global memory", mebibytes(result.globalMemoryBytes),
        "\(mebibytes(result.maximumAllocationBytes)) at once at most",
      ],
      ["exchange", result.exchange, "work-groups expected beside each other: \(result.coResidentWorkGroups)"],
    ]
      + result.ptxInstructions.map { [$0.name, $0.compiles ? "compiles" : "refused", $0.reason ?? ""] }
      + [
        row("launch of an empty kernel", result.launchMicroseconds, "µs"),
        row("launch and wait", result.roundTripMicroseconds, "µs"),
      ]
      + result.groupBarriers.map {
        row("wait of \($0.groups) × \($0.members) work-groups", $0.microseconds, "µs")
      }
      + [
        row("cached, one work-group", result.cacheOneWorkGroupGigabytesPerSecond, "GB/s", digits: 1),
        row("cached, all compute units", result.cacheAllUnitsGigabytesPerSecond, "GB/s", digits: 1),
        row("copy, read and written", result.copyGigabytesPerSecond, "GB/s", digits: 1),
      ]
      + result.sequenceKernels.map { kernel in
        let sizes = [
          (kernel.resources?.registers, "registers"), (kernel.resources?.spilledBytes, "bytes spilled"),
          (kernel.resources?.privateBytes, "private"), (kernel.resources?.localBytes, "local"),
        ].compactMap { size, name in size.map { "\($0) \(name)" } }
        return ["\(kernel.path) \(kernel.kernel)", sizes.joined(separator: ", "), kernel.reason ?? ""]
      }
  }
}
