internal import Compute

/// Which optimiser, and its settings but for the learning rate.
package enum OptimizerKind: String, Codable, CaseIterable, Sendable {
  case rmsprop, adamw
}

/// Turns gradients into new parameters, with the slabs that it keeps for them.
final class Optimizer {
  /// What a checkpoint holds of the optimiser: names and values of its slabs.
  typealias State = [String: [Float]]

  private let kind: OptimizerKind
  private let layout: ParameterLayout
  private let weightDecay: Float
  private let backend: any Backend
  private let slabs: [(name: String, values: Tensor)]

  static func slabNames(of kind: OptimizerKind) -> [String] {
    switch kind {
    case .rmsprop: ["mean_squares"]
    case .adamw: ["first_moments", "second_moments"]
    }
  }

  /// - Parameters:
  ///   - weightDecay: AdamW's λ for embeddings; all other parameters have none.
  ///   - state: where to go on; nil for zeros.
  init(
    _ kind: OptimizerKind, weightDecay: Float, layout: ParameterLayout, state: State?, backend: any Backend
  ) throws {
    self.kind = kind
    self.layout = layout
    self.weightDecay = weightDecay
    self.backend = backend
    slabs = try Self.slabNames(of: kind).map { name in
      (name, try state?[name].map { try backend.makeTensor($0) } ?? backend.makeTensor(count: layout.count))
    }
  }

  /// - Parameter step: number of the step, from 1.
  func update(_ parameters: Tensor, gradients: Tensor, learningRate: Float, step: Int) throws {
    switch kind {
    case .rmsprop:
      try backend.rmspropUpdate(
        parameters: parameters, gradients: gradients, meanSquares: slabs[0].values,
        settings: RMSprop(learningRate: learningRate))
    case .adamw:
      for (range, decay) in [(0..<layout.embeddingsOffset, 0), (layout.embeddingsOffset..<layout.count, weightDecay)]
      where !range.isEmpty {
        try backend.adamwUpdate(
          parameters: parameters[range], gradients: gradients[range], firstMoments: slabs[0].values[range],
          secondMoments: slabs[1].values[range],
          settings: AdamW(learningRate: learningRate, weightDecay: decay, step: step))
      }
    }
  }

  func state() throws -> State {
    Dictionary(uniqueKeysWithValues: try slabs.map { ($0.name, try backend.read($0.values)) })
  }
}
