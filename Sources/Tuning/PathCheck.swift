package import Compute
internal import Sequences
internal import Verification

/// Whether a device computes rightly with certain kernel parameters on a certain path: what comes before every use of a
/// path that takes all steps in one launch, and before every trial of the tuner.
///
/// A small batch is compared with the Float64 reference. One that gives every group several tiles and chunks of rows, and
/// has all of them run beside each other for many steps, is compared with a launch for each step on the same device.
package struct PathCheck {
  private let device: OpenCLDeviceDescription
  private let parameters: KernelParameters

  package init(device: OpenCLDeviceDescription, parameters: KernelParameters) {
    (self.device, self.parameters) = (device, parameters)
  }

  /// What was wrong, one sentence each; none when every result agrees and comes with the same bits again.
  package func failures(of path: RecurrencePath, hiddenSize: Int) -> [String] {
    do {
      let backend = try OpenCLBackend(device: device, parameters: parameters, recurrence: .always(path))
      var found: [String] = []
      let cases = OperationCase.lstmLayer(hiddenSize: hiddenSize, batchSize: 9)
      VerificationRun(cases: cases).run(on: backend) { found += $0.failures }
      guard found.isEmpty else { return found }
      guard backend.pathsTaken.contains(path) else { return ["it does not fit this device"] }
      if case .sequence(let sequence) = path { return try failures(of: sequence, on: backend) }
      return []
    } catch {
      return ["\(error)"]
    }
  }

  private func failures(of sequence: SequenceParameters, on backend: OpenCLBackend) throws -> [String] {
    let groups = max(1, device.coResidentWorkGroups / sequence.members)
    var random = Philox(seed: 2, purpose: .benchmark)
    let lengths = (0..<2 * groups * sequence.forward.rows + 1).map { _ in 1 + random.below(40) }
    let steps = try OpenCLBackend(device: device, parameters: parameters)
    let expected = try LayerTrial(hiddenSize: sequence.hiddenSize, lengths: lengths, on: steps).results()
    let layer = try LayerTrial(hiddenSize: sequence.hiddenSize, lengths: lengths, on: backend)
    let results = try layer.results()
    var failures: [String] = []
    func compare(_ name: String, _ actual: [Float], _ expected: [Float], _ tolerance: Tolerance) {
      let used = tolerance.deviation(of: actual, from: expected.map(Double.init)).toleranceUsed
      if used > 1 {
        failures.append("\(name) of \(lengths.count) sequences: \(used) times the tolerance from those of steps")
      }
    }
    compare("hidden states", results.hiddenStates, expected.hiddenStates, .lstmForward)
    compare("gradients", results.gradients, expected.gradients, .lstmBackward)
    for _ in 0..<3 where try layer.results() != results {
      failures.append("\(lengths.count) sequences come with other bits when they are computed again")
    }
    return failures
  }
}
