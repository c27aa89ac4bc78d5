internal import Sequences

/// Which path a device takes a layer through its time steps on.
package struct Recurrence: Sendable {
  /// In order of preference for a layer of a hidden size and a batch of so many sequences.
  private let candidates: @Sendable (_ hiddenSize: Int, _ batchSize: Int) -> [RecurrencePath]

  /// - Parameter candidates: in order of preference; those that do not fit the device are passed over.
  package init(
    _ candidates: @escaping @Sendable (_ hiddenSize: Int, _ batchSize: Int) -> [RecurrencePath]
  ) { self.candidates = candidates }

  /// What a user names.
  /// - Parameter name: `steps`, `streamed`, `resident`, or `groups:N` for groups of N work-groups.
  /// - Returns: nil when there is no such path.
  package init?(named name: String) {
    func always(_ parameters: @escaping @Sendable (Int) -> SequenceParameters?) -> Recurrence {
      Recurrence { hiddenSize, _ in parameters(hiddenSize).map { [.sequence($0)] } ?? [] }
    }
    switch name {
    case "steps": self = .standard
    case "streamed": self = always { .streaming(hiddenSize: $0) }
    case "resident": self = always { .resident(hiddenSize: $0, members: 1) }
    default:
      let parts = name.split(separator: ":")
      guard parts.count == 2, parts[0] == "groups", let members = Int(parts[1]),
        (2...SequenceParameters.flagsOfGroup).contains(members)
      else { return nil }
      self = always { .resident(hiddenSize: $0, members: members) }
    }
  }

  /// A launch for each step, on every device: no other path has been measured on a GPU yet.
  package static let standard = Recurrence { _, _ in [.steps] }

  func candidates(hiddenSize: Int, batchSize: Int) -> [RecurrencePath] { candidates(hiddenSize, batchSize) }
}

extension OpenCLBackend {
  /// The path for a layer and a batch.
  func path(_ shape: LSTMShape, _ layout: PackedLayout) -> RecurrencePath {
    let path =
      recurrence.candidates(hiddenSize: shape.hiddenSize, batchSize: layout.batchSize).first { candidate in
        guard case .sequence(let sequence) = candidate else { return true }
        return sequence.hiddenSize == shape.hiddenSize && fits(sequence) && !(candidate.waits && waiting.isGivenUp)
      } ?? .steps
    pathsTaken.insert(path)
    return path
  }

  private func fits(_ sequence: SequenceParameters) -> Bool {
    max(sequence.forwardItems, sequence.backwardItems) <= description.maximumWorkGroupSize
      && sequence.localMemoryBytes <= description.localMemoryBytes
      && (sequence.members == 1 || description.exchange != .none && sequence.members <= waiting.workGroupLimit)
  }
}
