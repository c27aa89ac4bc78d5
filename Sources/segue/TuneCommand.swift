import ArgumentParser
import Compute
import Tuning

struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune", abstract: "Measures which kernel parameters an OpenCL device is fastest with, and keeps them.",
    discussion: """
      Tries tiles of the matrix products and ways through the time steps for small, middling and large batches. What does \
      not agree with the Float64 reference is refused. The choice is kept beside the compiled kernels and used by every \
      later run on this device with this driver. Results of runs before and after differ in their last bits.
      """)

  @OptionGroup var device: DeviceOptions
  @Option(help: "Hidden units of the LSTM to tune for.") var hidden = 256
  @Option(help: "Begin no further trial after so many seconds.") var seconds = 120.0
  @Flag(help: "Forget what is kept instead of measuring.") var reset = false
  @Flag(help: "Print one JSON object with every measurement.") var json = false

  func validate() throws {
    try require("--hidden", hidden, in: BenchmarkOptions.hiddenSizes)
    guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds must lie above 0 and up to 3600.") }
  }

  func run() throws {
    try reportingErrors {
      guard case .opencl(let description) = try Devices.select(device.selector) else {
        throw ValidationError(
          "The CPU path has nothing to tune. Give an OpenCL device with --device; segue devices lists them.")
      }
      if reset {
        print(
          try Tuning.forget(description) ? "forgotten: \(description.name)" : "nothing is kept of \(description.name)")
        return
      }
      var tuner = Tuner(device: description)
      (tuner.hiddenSize, tuner.seconds) = (hidden, seconds)
      if !description.isGPU { tuner.batchSizes = [32, 128] }
      Console.print("tuning \(description.name) for \(hidden) hidden units: µs a step forward + backward")
      var path = ""
      let result = try tuner.run(from: Tuning.stored(for: description)) { tuning in
        path = try tuning.store(for: description)
      } report: { measurement in
        Console.print("  " + line(measurement))
      }
      if result.untried > 0 {
        Console.print("no time for \(result.untried) candidates; --seconds gives more")
      }
      if json {
        print(try encodedJSON(Report(result, path: path)))
      } else {
        print(
          table(
            [["batch", "way through the time steps"]]
              + result.tuning.choices.filter {
                $0.hiddenSize == hidden
              }.map { ["\($0.batchSize)", "\($0.path)"] }))
        Console.print("kept in \(path)")
      }
    }
  }

  private func line(_ measurement: Tuner.Measurement) -> String {
    let what = padded("batch \(measurement.batchSize)", 12) + padded(measurement.candidate, 52)
    guard let forward = measurement.forwardMicroseconds, let backward = measurement.backwardMicroseconds else {
      return what + "refused: \(measurement.refusal ?? "")"
    }
    return what + padded(decimal(forward, 1), 9, left: true) + " +" + padded(decimal(backward, 1), 9, left: true)
  }
}

/// What `tune --json` prints.
private struct Report: Encodable {
  let device, driver, keptIn: String
  let parameters: KernelParameters
  let choices: [Choice]
  let measurements: [Tuner.Measurement]
  let untried: Int

  struct Choice: Encodable {
    let hiddenSize, batchSize: Int
    let way: String
    let path: RecurrencePath
  }

  init(_ result: Tuner.Result, path: String) {
    (device, driver, keptIn) = (result.tuning.device, result.tuning.driver, path)
    parameters = result.tuning.parameters
    choices = result.tuning.choices.map {
      Choice(hiddenSize: $0.hiddenSize, batchSize: $0.batchSize, way: "\($0.path)", path: $0.path)
    }
    (measurements, untried) = (result.measurements, result.untried)
  }
}
