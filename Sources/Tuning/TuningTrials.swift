internal import Compute

/// Candidates checked against the reference, then timed, until the tuner's time is up.
final class TuningTrials {
  private let tuner: Tuner
  private let report: (Tuner.Measurement) -> Void
  private let deadline: ContinuousClock.Instant
  /// What the reference said of candidates, which does not depend on the batch that is timed.
  private var verdicts: [Key: String?] = [:]
  private(set) var measurements: [Tuner.Measurement] = []
  private(set) var untried = 0

  private struct Key: Hashable {
    let parameters: KernelParameters
    let path: RecurrencePath
  }

  /// A candidate replaces an earlier one when it takes less than this share of its time: less would be noise.
  private static let gain = 0.98

  init(_ tuner: Tuner, report: @escaping (Tuner.Measurement) -> Void) {
    self.tuner = tuner
    self.report = report
    deadline = .now + .seconds(tuner.seconds)
  }

  /// The fastest candidate for batches of a size, forward and backward together; the earlier one of equals.
  /// - Returns: nil when there was no time for any, or none is right.
  func fastest(of candidates: [Tuner.Candidate], batchSize: Int) -> Tuner.Candidate? {
    var best: (candidate: Tuner.Candidate, microseconds: Double)?
    for (index, candidate) in candidates.enumerated() {
      guard ContinuousClock.now < deadline else {
        untried += candidates.count - index
        break
      }
      let measurement = measure(candidate, batchSize)
      measurements.append(measurement)
      report(measurement)
      guard let forward = measurement.forwardMicroseconds, let backward = measurement.backwardMicroseconds,
        forward + backward < Self.gain * (best?.microseconds ?? .infinity)
      else { continue }
      best = (candidate, forward + backward)
    }
    return best?.candidate
  }

  private func measure(_ candidate: Tuner.Candidate, _ batchSize: Int) -> Tuner.Measurement {
    // Enough steps to show what one costs, and few enough tokens for the memory of small devices.
    let stepCount = tuner.device.isGPU ? max(16, min(245, 65_536 / batchSize)) : 8
    var measurement = Tuner.Measurement(candidate: candidate.name, batchSize: batchSize, stepCount: stepCount)
    measurement.refusal = refusal(of: candidate)
    guard measurement.refusal == nil else { return measurement }
    do {
      let backend = try OpenCLBackend(
        device: tuner.device, parameters: candidate.parameters, recurrence: .always(candidate.path))
      let layer = try LayerTrial(
        hiddenSize: tuner.hiddenSize, lengths: .init(repeating: stepCount, count: batchSize), on: backend)
      let seconds = try layer.seconds()
      measurement.forwardMicroseconds = seconds.forward * 1e6 / Double(stepCount)
      measurement.backwardMicroseconds = seconds.backward * 1e6 / Double(stepCount)
    } catch {
      measurement.refusal = "\(error)"
    }
    return measurement
  }

  /// Why a candidate is not right; nil when it is.
  private func refusal(of candidate: Tuner.Candidate) -> String? {
    let key = Key(parameters: candidate.parameters, path: candidate.path)
    if let known = verdicts[key] { return known }
    let check = PathCheck(device: tuner.device, parameters: candidate.parameters)
    let verdict = check.failures(of: candidate.path, hiddenSize: tuner.hiddenSize).first
    verdicts[key] = .some(verdict)
    return verdict
  }
}
