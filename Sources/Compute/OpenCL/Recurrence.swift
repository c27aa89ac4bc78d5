internal import Sequences

/// Which path a device takes layers through their time steps on.
package struct Recurrence: Sendable {
  /// What a choice depends on.
  package struct Work: Hashable, Sendable {
    package let hiddenSize, batchSize, stepCount: Int

    package init(hiddenSize: Int, batchSize: Int, stepCount: Int) {
      (self.hiddenSize, self.batchSize, self.stepCount) = (hiddenSize, batchSize, stepCount)
    }
  }

  /// In order of preference.
  private let candidates: @Sendable (Work) -> [RecurrencePath]
  /// Whether a path is used at all; asked once by each backend.
  private let trusts: @Sendable (RecurrencePath) -> Bool

  /// - Parameters:
  ///   - candidates: in order of preference; what does not fit the device is passed over, and steps are always left.
  ///   - trusts: whether a path has shown itself on this device; asked once by each backend, before the first use.
  package init(
    _ candidates: @escaping @Sendable (Work) -> [RecurrencePath],
    trusting trusts: @escaping @Sendable (RecurrencePath) -> Bool = { _ in true }
  ) {
    self.candidates = candidates
    self.trusts = trusts
  }

  /// A launch for each step.
  package static let steps = Recurrence { _ in [.steps] }

  /// This path, wherever it fits.
  package static func always(_ path: RecurrencePath) -> Recurrence { Recurrence { _ in [path] } }

  /// What a user names.
  /// - Parameter name: `steps`, `streamed`, `resident`, or `groups:N` for groups of N work-groups.
  /// - Returns: nil when there is no such path.
  package init?(named name: String) {
    func sequence(_ parameters: @escaping @Sendable (Int) -> SequenceParameters?) -> Recurrence {
      Recurrence { work in parameters(work.hiddenSize).map { [.sequence($0)] } ?? [] }
    }
    switch name {
    case "steps": self = .steps
    case "streamed": self = sequence { .streaming(hiddenSize: $0) }
    case "resident": self = sequence { .resident(hiddenSize: $0, members: 1) }
    default:
      let parts = name.split(separator: ":")
      guard parts.count == 2, parts[0] == "groups", let members = Int(parts[1]),
        (2...SequenceParameters.flagsOfGroup).contains(members)
      else { return nil }
      self = sequence { .resident(hiddenSize: $0, members: members) }
    }
  }

  func candidates(_ work: Work) -> [RecurrencePath] { candidates(work) }
  func trusts(_ path: RecurrencePath) -> Bool { trusts(path) }
}

extension RecurrencePath {
  /// Fewer time steps than these do not pay for loading the weights.
  package static let fewSteps = 4

  /// What to expect most of on a device that nobody has measured: on GPUs the smallest groups whose members can keep
  /// their weights in registers, because more members only wait for each other longer; elsewhere, and for few
  /// steps, a launch for each step.
  package static func expected(for work: Recurrence.Work, on device: OpenCLDeviceDescription) -> RecurrencePath {
    guard device.isGPU, work.stepCount >= fewSteps else { return .steps }
    var members = 1
    while members <= SequenceParameters.flagsOfGroup {
      if let parameters = SequenceParameters.resident(hiddenSize: work.hiddenSize, members: members),
        device.runs(parameters)
      {
        return .sequence(parameters)
      }
      members *= 2
    }
    return .steps
  }
}

extension OpenCLDeviceDescription {
  /// Whether a launch for all steps fits this device.
  /// - Parameter workGroups: how many may be expected to run beside each other; nil for what the device is known for.
  package func runs(_ sequence: SequenceParameters, besideEachOther workGroups: Int? = nil) -> Bool {
    max(sequence.forwardItems, sequence.backwardItems) <= maximumWorkGroupSize
      && sequence.localMemoryBytes <= localMemoryBytes
      && (sequence.members == 1 || exchange != .none && sequence.members <= workGroups ?? coResidentWorkGroups)
  }
}

extension OpenCLBackend {
  /// The path for a layer and a batch.
  func path(_ shape: LSTMShape, _ layout: PackedLayout) -> RecurrencePath {
    let work = Recurrence.Work(
      hiddenSize: shape.hiddenSize, batchSize: layout.batchSize, stepCount: layout.stepCount)
    let path =
      recurrence.candidates(work).first { candidate in
        guard case .sequence(let sequence) = candidate else { return true }
        return sequence.hiddenSize == shape.hiddenSize
          && description.runs(sequence, besideEachOther: waiting.workGroupLimit)
          && !(candidate.waits && waiting.isGivenUp) && isTrusted(candidate)
      } ?? .steps
    pathsTaken.insert(path)
    return path
  }

  private func isTrusted(_ path: RecurrencePath) -> Bool {
    if let known = trustedPaths[path] { return known }
    let trusted = recurrence.trusts(path)
    trustedPaths[path] = trusted
    return trusted
  }
}
