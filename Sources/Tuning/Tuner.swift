package import Compute

/// Measures what the kernels of a layer should be compiled with on one device, and which way through the time steps is the
/// fastest for which batch. Whatever does not agree with the reference is not timed.
package struct Tuner {
  package let device: OpenCLDeviceDescription
  package var hiddenSize = 256
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
  ///   - keep: is given what is chosen so far, several times.
  ///   - report: is told after each measurement.
  package func run(
    from known: Tuning?, keep: (Tuning) throws -> Void, report: @escaping (Measurement) -> Void
  ) rethrows -> Result {
    var tuning = known ?? .standard(for: device)
    let trials = TuningTrials(self, report: report)
    for batchSize in batchSizes {
      let candidates = Self.paths(hiddenSize: hiddenSize, on: device).map {
        Candidate(name: $0.name, parameters: tuning.parameters, path: $0.path)
      }
      guard let best = trials.fastest(of: candidates, batchSize: batchSize) else { continue }
      tuning.choices.removeAll { ($0.hiddenSize, $0.batchSize) == (hiddenSize, batchSize) }
      tuning.choices.append(Tuning.Choice(hiddenSize: hiddenSize, batchSize: batchSize, path: best.path))
      try keep(tuning)
    }
    let middle = batchSizes[batchSizes.count / 2]
    for variants in [productVariants, stepVariants] {
      let path = tuning.path(
        for: Recurrence.Work(hiddenSize: hiddenSize, batchSize: middle, stepCount: .max), on: device)
      guard let best = trials.fastest(of: variants(tuning.parameters, path), batchSize: middle) else { continue }
      tuning.parameters = best.parameters
      try keep(tuning)
    }
    return Result(tuning: tuning, measurements: trials.measurements, untried: trials.untried)
  }

  private func productVariants(_ parameters: KernelParameters, _ path: RecurrencePath) -> [Candidate] {
    variants(of: parameters, path, by: KernelParameters.productCandidates.filter { $0 != parameters.product }) {
      $0.product = $1
      return
        "product tiles of \($1.tileRows) × \($1.tileColumns) × \($1.tileDepth), \($1.itemRows) × \($1.itemColumns) each"
    }
  }

  /// On the path of steps, which is the only one that has them.
  private func stepVariants(_ parameters: KernelParameters, _: RecurrencePath) -> [Candidate] {
    let others = KernelParameters.stepCandidates.filter { $0 != (parameters.forward, parameters.backward) }
    return variants(of: parameters, .steps, by: others) {
      ($0.forward, $0.backward) = $1
      return "step tiles of \($1.0.rows) × \($1.0.units), \($1.1.rows) × \($1.1.units) backward"
    }
  }

  /// What is, then what it becomes by each change, as far as it fits the device.
  private func variants<Change>(
    of parameters: KernelParameters, _ path: RecurrencePath, by changes: [Change],
    _ apply: (inout KernelParameters, Change) -> String
  ) -> [Candidate] {
    [Candidate(name: "as it is", parameters: parameters, path: path)]
      + changes.map { change in
        var candidate = Candidate(name: "", parameters: parameters, path: path)
        candidate.name = apply(&candidate.parameters, change)
        return candidate
      }.filter { $0.parameters.fit(device) }
  }

  /// Every way through the time steps that fits a device, the one that is expected most of first: whatever time is left,
  /// nothing slower is chosen. Those that wait are for GPUs only.
  static func paths(hiddenSize: Int, on device: OpenCLDeviceDescription) -> [(name: String, path: RecurrencePath)] {
    let work = Recurrence.Work(hiddenSize: hiddenSize, batchSize: 1, stepCount: .max)
    let expected = RecurrencePath.expected(for: work, on: device)
    var paths: [(name: String, path: RecurrencePath)] = [("\(expected), as expected", expected)]
    func add(_ name: String, _ path: RecurrencePath?) {
      guard let path, !paths.contains(where: { $0.path == path }) else { return }
      if case .sequence(let sequence) = path {
        guard device.runs(sequence), sequence.members == 1 || device.isGPU else { return }
      }
      paths.append((name, path))
    }
    for members in [1, 2, 4, 8, 16, 32] {
      for (items, depth, itemRows) in [(256, 32, 4), (256, 32, 2), (512, 16, 4)] {
        let resident = SequenceParameters.resident(
          hiddenSize: hiddenSize, members: members, items: items, depth: depth, itemRows: itemRows)
        let name = members == 1 ? "a work-group for each tile" : "groups of \(members)"
        add("\(name), \(itemRows) rows and \(4 * depth) weights an item", resident.map(RecurrencePath.sequence))
      }
    }
    add("\(RecurrencePath.steps)", .steps)
    for rows in [4, 8, 16] {
      let streaming = SequenceParameters.streaming(hiddenSize: hiddenSize, rows: rows)
      add("streamed weights, \(rows) rows", streaming.map(RecurrencePath.sequence))
    }
    return paths
  }
}
