package import Compute

/// Measures what the kernels of a layer should be compiled with on one device, and which way through the time steps is the
/// fastest for which batch. Whatever does not agree with the reference is not timed.
package struct Tuner {
  package let device: OpenCLDeviceDescription
  package var hiddenSize = 256
  package var inputSize = 29
  /// In rising order.
  package var batchSizes = [32, 128, 1024]
  /// No further candidate is begun after so many seconds.
  package var seconds = 120.0

  package init(device: OpenCLDeviceDescription) { self.device = device }

  /// One candidate at one batch size.
  package struct Measurement: Codable, Sendable {
    /// In words.
    package var candidate: String
    package var batchSize: Int
    package var stepCount: Int
    /// One layer, products over all tokens included, for each time step; nil when the candidate was refused.
    package var forwardMicroseconds, backwardMicroseconds: Double?
    /// Why it does not count.
    package var refusal: String?
  }

  package struct Result: Sendable {
    package var tuning: Tuning
    package var measurements: [Measurement]
    /// Candidates that there was no time for.
    package var untried: Int
  }

  struct Candidate {
    var name: String
    var parameters: KernelParameters
    var path: RecurrencePath
  }

  /// The paths for each batch size first, because they decide most, then tiles of the products and of a step.
  /// - Parameters:
  ///   - known: where to start; what it holds of other hidden sizes is kept.
  ///   - report: is told after each measurement.
  package func run(from known: Tuning?, report: @escaping (Measurement) -> Void) -> Result {
    var tuning = known ?? .standard(for: device)
    let trials = TuningTrials(self, report: report)
    for batchSize in batchSizes {
      guard let best = trials.fastest(of: paths(tuning.parameters), batchSize: batchSize) else { continue }
      tuning.choices.removeAll { ($0.hiddenSize, $0.batchSize) == (hiddenSize, batchSize) }
      tuning.choices.append(Tuning.Choice(hiddenSize: hiddenSize, batchSize: batchSize, path: best.path))
    }
    for variants in [productVariants, stepVariants] {
      let candidates = variants(tuning.parameters)
      if let best = trials.fastest(of: candidates, batchSize: batchSizes[batchSizes.count / 2]) {
        tuning.parameters = best.parameters
      }
    }
    return Result(tuning: tuning, measurements: trials.measurements, untried: trials.untried)
  }

  private func productVariants(_ parameters: KernelParameters) -> [Candidate] {
    variants(of: parameters, by: KernelParameters.productCandidates.filter { $0 != parameters.product }) {
      $0.product = $1
      return
        "product tiles of \($1.tileRows) × \($1.tileColumns) × \($1.tileDepth), \($1.itemRows) × \($1.itemColumns) each"
    }
  }

  private func stepVariants(_ parameters: KernelParameters) -> [Candidate] {
    let others = KernelParameters.stepCandidates.filter { $0 != (parameters.forward, parameters.backward) }
    return variants(of: parameters, by: others) {
      ($0.forward, $0.backward) = $1
      return "step tiles of \($1.0.rows) × \($1.0.units), \($1.1.rows) × \($1.1.units) backward"
    }
  }

  /// What is, then what it becomes by each change, as far as it fits the device.
  private func variants<Change>(
    of parameters: KernelParameters, by changes: [Change], _ apply: (inout KernelParameters, Change) -> String
  ) -> [Candidate] {
    [Candidate(name: "as it is", parameters: parameters, path: .steps)]
      + changes.map { change in
        var candidate = Candidate(name: "", parameters: parameters, path: .steps)
        candidate.name = apply(&candidate.parameters, change)
        return candidate
      }.filter { $0.parameters.fit(device) }
  }

  /// Every way through the time steps that fits the device. Those that wait are for GPUs only.
  private func paths(_ parameters: KernelParameters) -> [Candidate] {
    var candidates = [Candidate(name: "a launch for each step", parameters: parameters, path: .steps)]
    func add(_ name: String, _ sequence: SequenceParameters?) {
      guard let sequence, device.runs(sequence), sequence.members == 1 || device.isGPU,
        !candidates.contains(where: { $0.path == .sequence(sequence) })
      else { return }
      candidates.append(Candidate(name: name, parameters: parameters, path: .sequence(sequence)))
    }
    for rows in [4, 8, 16] {
      add("streamed weights, \(rows) rows", .streaming(hiddenSize: hiddenSize, rows: rows))
    }
    for members in [1, 2, 4, 8, 16, 32] {
      for (items, depth, itemRows) in [(256, 32, 4), (256, 32, 2), (512, 16, 4)] {
        add(
          "groups of \(members), \(itemRows) rows and \(4 * depth) weights an item",
          .resident(hiddenSize: hiddenSize, members: members, items: items, depth: depth, itemRows: itemRows))
      }
    }
    return candidates
  }
}
