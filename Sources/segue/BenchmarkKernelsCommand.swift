import ArgumentParser
import Benchmarks
import Compute
import Learning

struct BenchmarkKernels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Times every operation of a device at the size of a training step, against its roofline.",
    discussion: """
      An operation can be no faster than its arithmetic at the peak rate and the bytes that it must move at the bandwidth. \
      Both rates are measured in the same run, and the bandwidth twice: where the last cache holds all that an \
      operation touches, that of the cache counts. Data in nearer caches can therefore pass 100 %.
      """)

  @OptionGroup var device: DeviceOptions
  @OptionGroup var options: BenchmarkOptions
  @OptionGroup var recurrence: RecurrenceOptions
  @Option(help: "Playlists in a batch.") var batchSize = 32
  @Option(help: ArgumentHelp("Time steps of the batch.", valueName: "steps")) var sequenceLength = 245
  @Option(help: "Hidden units of each LSTM.") var hidden = 256

  func validate() throws {
    try require("--batch-size", batchSize, in: 1...1 << 20)
    try require("--sequence-length", sequenceLength, in: 1...1 << 20)
    try require("--hidden", hidden, in: BenchmarkOptions.hiddenSizes)
  }

  func run() throws {
    try reportingErrors {
      var benchmark = KernelsBenchmark()
      benchmark.model = ModelConfiguration(hiddenSize: hidden)
      (benchmark.batchSize, benchmark.sequenceLength) = (batchSize, sequenceLength)
      benchmark.seconds = options.seconds / 12  // operations timed
      let backend = try recurrence.makeBackend(
        on: device, gradientShards: TrainingConfiguration().gradientShards)
      let threads = device.threads ?? Machine.current.cores
      let result = try benchmark.run(on: backend, threads: threads)
      var settings = [
        "batch_size": "\(batchSize)", "sequence_length": "\(sequenceLength)", "hidden": "\(hidden)",
        "recurrence": recurrence.label(backend),
      ]
      if !(backend is OpenCLBackend) { settings["threads"] = "\(threads)" }
      var report = BenchmarkReport(
        benchmark: "kernels", device: backend.device.name, driver: backend.device.driver, settings: settings,
        result: Flat(result))
      report.peakMemoryBytes = result.peakMemoryBytes
      if !(backend is OpenCLBackend) { report.openblasGflops = result.roofline.peakGflops }
      let heading = ["operation", "size", "ms", "GFLOP/s", "GB/s", "operations a byte", "of attainable", "bound by"]
      let lines = result.operations.map { row in
        [
          row.operation, row.size, decimal(row.milliseconds, 3), row.gflops.map { decimal($0, 1) } ?? "",
          decimal(row.gigabytesPerSecond, 1), decimal(row.intensity, 2),
          row.attainableShare.map { decimal(100 * $0, 0) + " %" } ?? "", row.bound?.rawValue ?? "",
        ]
      }
      try report.print(json: options.json, notes: notes(on: result.roofline), table: [heading] + lines)
    }
  }

  /// The roofline in words.
  private func notes(on roofline: Roofline) -> [String] {
    var peak = "peak       \(decimal(roofline.peakGflops, 0)) GFLOP/s (\(roofline.peakOf))"
    if let fused = roofline.fusedMultiplyAddGflops { peak += "; fused multiply-adds alone \(decimal(fused, 0))" }
    var bandwidth = "bandwidth  \(decimal(roofline.memoryGigabytesPerSecond, 1)) GB/s of memory (\(roofline.memoryOf))"
    if let rate = roofline.cacheGigabytesPerSecond, let bytes = roofline.cacheBytes {
      bandwidth += "; \(decimal(rate, 1)) of the last cache, \(bytes >> 20) MiB"
    }
    guard roofline.cacheBytes == nil else { return [peak, bandwidth] }
    return [peak, bandwidth, "           no share where data may lie in a cache, whose bandwidth is not known"]
  }

  /// The operations beside the roofline's rates, not above them.
  private struct Flat: Encodable {
    let result: KernelsBenchmark.Result
    init(_ result: KernelsBenchmark.Result) { self.result = result }

    private enum Key: String, CodingKey { case operations }

    func encode(to encoder: any Encoder) throws {
      try result.roofline.encode(to: encoder)
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(result.operations, forKey: .operations)
    }
  }
}
