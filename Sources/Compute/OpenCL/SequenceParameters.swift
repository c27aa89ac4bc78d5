/// How `lstm_sequence.cl` is compiled: for one hidden size, how many work-groups share a tile of sequences and how the
/// products are dealt to their work-items.
package struct SequenceParameters: Hashable, Codable, Sendable {
  /// One direction's share of the work. A work-item adds up its slice of the products of a sum, `depth` weights at a
  /// time, for every `parts`-th of `rows` rows; the `slices` parts of a sum are added through local memory.
  package struct Share: Hashable, Codable, Sendable {
    package var slices: Int
    package var parts: Int
    package var depth: Int
    package var rows: Int
  }

  package let hiddenSize: Int
  /// Work-groups of a group; each owns `hiddenSize` / `members` units. With one, nobody waits for anybody.
  package let members: Int
  /// Whether the recurrent weights stay in registers for the whole sequence, or are read again in every step.
  package let isResident: Bool
  package let forward: Share
  package let backward: Share

  /// The units that a member owns.
  var units: Int { hiddenSize / members }
  var forwardItems: Int { units * forward.slices * forward.parts }
  var backwardItems: Int { hiddenSize / 4 * backward.slices * backward.parts }

  /// Local memory of the hungrier direction.
  var localMemoryBytes: Int {
    let tile = 16 * forward.rows * (hiddenSize / 4 + forward.slices)
    let forwardSums = forward.slices > 1 ? 16 * forward.slices * forward.rows * units : 0
    let backwardSums = backward.slices > 1 ? 4 * backward.slices * backward.rows * hiddenSize : 0
    return 16 + max(tile + forwardSums, 16 * backward.rows * units + backwardSums)
  }

  /// Groups of `members` work-groups that keep their weights in registers: `depth` times four in each work-item.
  /// - Parameters:
  ///   - items: work-items of a work-group at most.
  ///   - itemRows: rows that a work-item computes together; more than 4 beside 128 weights do not fit into the 255
  ///     registers of an NVIDIA work-item.
  /// - Returns: nil when the hidden units cannot be dealt like that.
  package static func resident(
    hiddenSize: Int, members: Int, items: Int = 256, depth: Int = 32, itemRows: Int = 4
  ) -> SequenceParameters? {
    guard hiddenSize % 4 == 0, hiddenSize % members == 0, members <= flagsOfGroup else { return nil }
    let columns = 4 * hiddenSize / members
    return SequenceParameters(
      hiddenSize: hiddenSize, members: members, isResident: true,
      forward: share(of: hiddenSize, sums: hiddenSize / members, depth: depth, items: items, itemRows: itemRows),
      backward: share(of: columns, sums: hiddenSize / 4, depth: depth, items: items, itemRows: itemRows)
    ).fitting(items)
  }

  /// One work-group for each tile of `rows` sequences, which reads the weights again in every step.
  package static func streaming(hiddenSize: Int, items: Int = 256, rows: Int = 8) -> SequenceParameters? {
    guard hiddenSize % 4 == 0 else { return nil }
    func share(of terms: Int, sums: Int) -> Share {
      var slices = 1
      while 2 * slices * sums <= items && terms % (8 * slices) == 0 { slices *= 2 }
      return Share(slices: slices, parts: 1, depth: terms / slices % 8 == 0 ? 8 : 4, rows: rows)
    }
    return SequenceParameters(
      hiddenSize: hiddenSize, members: 1, isResident: false, forward: share(of: hiddenSize, sums: hiddenSize),
      backward: share(of: 4 * hiddenSize, sums: hiddenSize / 4)
    ).fitting(max(items, hiddenSize))
  }

  /// Sums of `terms` products each, all weights of a slice in one work-item.
  private static func share(of terms: Int, sums: Int, depth: Int, items: Int, itemRows: Int) -> Share {
    var depth = min(depth, terms)
    while depth > 4 && (terms % depth != 0 || depth % 4 != 0) { depth -= 4 }
    let slices = terms / depth
    let parts = max(1, items / (sums * slices))
    return Share(slices: slices, parts: parts, depth: depth, rows: parts * itemRows)
  }

  private func fitting(_ items: Int) -> SequenceParameters? {
    let isWhole =
      hiddenSize % (forward.slices * forward.depth) == 0 && 4 * units % (backward.slices * backward.depth) == 0
    return isWhole && max(forwardItems, backwardItems) <= items ? self : nil
  }

  /// Flags of a group in memory, so members of a group at most (`FLAGS_OF_GROUP`).
  static let flagsOfGroup = 32

  /// As options of the OpenCL compiler.
  func options(for device: OpenCLDeviceDescription) -> String {
    let exchange = members > 1 ? device.exchange : .none
    let definitions = [
      ("HIDDEN", hiddenSize), ("MEMBERS", members), ("RESIDENT", isResident ? 1 : 0),
      ("FORWARD_SLICES", forward.slices), ("FORWARD_PARTS", forward.parts), ("FORWARD_DEPTH", forward.depth),
      ("FORWARD_ROWS", forward.rows), ("BACKWARD_SLICES", backward.slices), ("BACKWARD_PARTS", backward.parts),
      ("BACKWARD_DEPTH", backward.depth), ("BACKWARD_ROWS", backward.rows),
    ].map { "-D \($0.0)=\($0.1)" }
    return (device.exchangeOptions(exchange) + definitions).joined(separator: " ")
  }
}

extension OpenCLDeviceDescription {
  /// What `exchange.cl` is compiled with.
  func exchangeOptions(_ exchange: Exchange) -> [String] {
    let language = openCLVersion.hasPrefix("OpenCL 3") ? "CL3.0" : "CL2.0"
    return (exchange == .atomics ? ["-cl-std=\(language)"] : []) + ["-D EXCHANGE=\(exchange.rawValue)"]
  }
}

/// How work-groups of one launch can hand data to each other on a device (`exchange.cl`).
package enum Exchange: Int, Sendable {
  case none = 0
  /// OpenCL C 2 atomics of device scope.
  case atomics
  /// NVIDIA's instructions, because its OpenCL has no atomics of device scope.
  case ptx
}

/// How a layer is taken through its time steps.
package enum RecurrencePath: Hashable, Codable, Sendable {
  /// One launch for each step (`lstm.cl`).
  case steps
  /// One launch for all steps (`lstm_sequence.cl`).
  case sequence(SequenceParameters)

  /// Whether work-groups wait for each other, which no OpenCL device promises to survive.
  package var waits: Bool { if case .sequence(let parameters) = self { parameters.members > 1 } else { false } }
}

extension RecurrencePath: CustomStringConvertible {
  package var description: String {
    switch self {
    case .steps: "a launch for each step"
    case .sequence(let parameters) where parameters.members > 1: "groups of \(parameters.members) work-groups"
    case .sequence(let parameters): parameters.isResident ? "a work-group for each tile" : "streamed weights"
    }
  }
}
