package import Compute
internal import Glibc
internal import Sequences

/// Learns a `Reranker` from playlists that were ranked by models which had not seen them.
///
/// Loss: softmax over a playlist's candidates, −Σ log p over the right ones, over the number of right ones in the batch.
package struct RerankerTraining {
  /// One playlist: its candidates' features and base scores, and which of them are right.
  package struct Example: Sendable {
    package var features: [Float]  // (candidates, F)
    package var base: [Float]  // (candidates)
    package var isRight: [Bool]  // (candidates)

    package init(features: [Float], base: [Float], isRight: [Bool]) {
      (self.features, self.base, self.isRight) = (features, base, isRight)
    }
  }

  private static let epochs = 15
  private static let batchSize = 64
  private static let learningRate: Float = 0.003
  private static let weightDecay: Float = 0.001
  private static let warmupSteps = 30
  /// Share of the hidden units that are left out at random.
  private static let dropout: Float = 0.1

  private let backend: any Backend
  /// What is learned from: features normalised, none without a right candidate.
  private let examples: [Example]
  private let seed: UInt64
  /// What training begins with; nil where there is nothing to learn from.
  private let start: Reranker?
  /// A bias that no order depends on: 0.
  private let noBias: Tensor

  /// - Parameters:
  ///   - examples: those without any right candidate teach nothing and are left out.
  ///   - songFactors: of the model that the re-ranker is for.
  package init(_ examples: [Example], songFactors: [Float], seed: UInt64, on backend: any Backend) throws {
    noBias = try backend.makeTensor(count: 1)
    self.seed = seed
    self.backend = backend
    var examples = examples.filter { $0.isRight.contains(true) }
    guard !examples.isEmpty else {
      (self.examples, start) = ([], nil)
      return
    }
    let (inputs, hidden) = (Reranker.featureCount, Reranker.hiddenSize)
    var random = Philox(seed: seed, purpose: .reranker)
    var values = [Float](repeating: 0, count: Reranker.parameterCount)
    let limit = (6 / Float(inputs + hidden)).squareRoot()
    for place in Reranker.kernelRange { values[place] = (2 * random.uniform() - 1) * limit }
    values[Reranker.baseWeightIndex] = Self.bestBaseWeight(examples)
    let (means, deviations) = Self.moments(examples)
    let start = Reranker(parameters: values, means: means, deviations: deviations, songFactors: songFactors)
    for number in examples.indices { start.normalize(&examples[number].features) }  // in place: they are large
    (self.examples, self.start) = (examples, start)
  }

  /// - Returns: nil where there is nothing to learn from.
  package func run() throws -> Reranker? {
    guard var reranker = start else { return nil }
    let values = reranker.parameters
    let slabs = try (0..<4).map { _ in try backend.makeTensor(count: values.count) }
    let (parameters, gradients) = (slabs[0], slabs[1])
    try backend.write(values, to: parameters)
    let stepCount = Self.epochs * ((examples.count + Self.batchSize - 1) / Self.batchSize)
    var step = 0
    for epoch in 1...Self.epochs {
      var shuffle = Philox(seed: seed, purpose: .reranker, epoch: epoch)
      let order = shuffle.permutation(examples.count)
      for start in stride(from: 0, to: order.count, by: Self.batchSize) {
        let batch = order[start..<min(start + Self.batchSize, order.count)].map { examples[$0] }
        step += 1
        try computeGradients(batch, parameters, gradients, step: step)
        let warm = min(1, Float(step) / Float(Self.warmupSteps))
        let cosine = 0.5 * (1 + cosf(.pi * Float(step - 1) / Float(stepCount)))
        try backend.adamwUpdate(
          parameters: parameters, gradients: gradients, firstMoments: slabs[2], secondMoments: slabs[3],
          settings: AdamW(
            learningRate: Self.learningRate * warm * (0.05 + 0.95 * cosine), weightDecay: Self.weightDecay, step: step))
      }
    }
    reranker.parameters = try backend.read(parameters)
    return reranker
  }

  /// Forward and backward over a batch.
  private func computeGradients(_ batch: [Example], _ parameters: Tensor, _ gradients: Tensor, step: Int) throws {
    let rows = batch.reduce(0) { $0 + $1.base.count }
    func layers(_ slab: Tensor) -> (hidden: DenseParameters, output: DenseParameters) {
      (
        DenseParameters(kernel: slab[Reranker.kernelRange], bias: slab[Reranker.biasRange], activation: .relu),
        DenseParameters(kernel: slab[Reranker.outputRange], bias: noBias)
      )
    }
    let (forward, backward) = (layers(parameters), layers(gradients))
    let mask = DropoutMask(rate: Self.dropout, seed: seed, step: step, layer: 0)
    let features = try backend.makeTensor(batch.flatMap(\.features))
    let hidden = try backend.makeTensor(count: rows * Reranker.hiddenSize)
    let (dropped, hiddenGradient) = (
      try backend.makeTensor(count: hidden.count), try backend.makeTensor(count: hidden.count)
    )
    let outputs = try backend.makeTensor(count: rows)
    try backend.denseForward(inputs: features, rowCount: rows, parameters: forward.hidden, outputs: hidden)
    try backend.dropout(hidden, count: hidden.count, mask: mask, into: dropped)
    try backend.denseForward(inputs: dropped, rowCount: rows, parameters: forward.output, outputs: outputs)
    let baseWeight = try backend.read(parameters[Reranker.baseWeightIndex..<parameters.count])[0]
    let scoreGradients = Self.scoreGradients(try backend.read(outputs), batch, baseWeight: baseWeight)
    try backend.denseBackward(
      inputs: dropped, outputs: outputs, outputGradient: try backend.makeTensor(scoreGradients), rowCount: rows,
      parameters: forward.output, gradients: backward.output, inputGradient: hiddenGradient)
    try backend.fill(noBias, with: 0)  // its gradient was written there
    try backend.dropout(hiddenGradient, count: hidden.count, mask: mask, into: hiddenGradient)
    try backend.denseBackward(
      inputs: features, outputs: hidden, outputGradient: hiddenGradient, rowCount: rows, parameters: forward.hidden,
      gradients: backward.hidden, inputGradient: nil)
    let ofBase = zip(scoreGradients, batch.lazy.flatMap(\.base)).reduce(0) { $0 + $1.0 * $1.1 }
    try backend.write([ofBase], to: gradients[Reranker.baseWeightIndex..<gradients.count])
  }

  /// ∂L/∂score of all candidates of a batch.
  private static func scoreGradients(_ scores: [Float], _ batch: [Example], baseWeight: Float) -> [Float] {
    let right = Float(batch.reduce(0) { $0 + $1.isRight.count { $0 } })
    var (gradients, start) = ([Float](), 0)
    for example in batch {
      let total = zip(scores[start..<start + example.base.count], example.base).map { $0 + baseWeight * $1 }
      let probabilities = softmax(total)
      let count = Float(example.isRight.count { $0 })
      gradients += zip(probabilities, example.isRight).map { (count * $0 - ($1 ? 1 : 0)) / right }
      start += example.base.count
    }
    return gradients
  }

  private static func softmax(_ scores: [Float]) -> [Float] {
    let largest = scores.max() ?? 0
    let exponentials = scores.map { expf($0 - largest) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }

  /// The weight of the base scores alone with the lowest loss.
  private static func bestBaseWeight(_ examples: [Example]) -> Float {
    let sample = examples.prefix(256)
    func loss(_ weight: Float) -> Float {
      sample.reduce(0) { sum, example in
        let probabilities = softmax(example.base.map { weight * $0 })
        return sum - zip(probabilities, example.isRight).reduce(0) { $0 + ($1.1 ? logf(max($1.0, 1e-30)) : 0) }
      }
    }
    let weights = (1...15).map { Float($0) / 10 }
    let losses = weights.map(loss)
    return weights[losses.indices.min { losses[$0] < losses[$1] }!]
  }

  /// The mean of features of playlists, and every feature's deviation once means are taken.
  private static func moments(_ examples: [Example]) -> (means: [Float], deviations: [Float]) {
    let inputs = Reranker.featureCount
    var (means, deviations) = ([Float](repeating: 0, count: inputs), [Float](repeating: 0, count: inputs))
    for feature in 0..<inputs {
      var (squares, sum, count) = (0.0, 0.0, 0)
      for example in examples {
        let values = stride(from: feature, to: example.features.count, by: inputs).map { Double(example.features[$0]) }
        let mean = values.reduce(0, +) / Double(max(1, values.count))
        if CandidateFeatures.isOfPlaylist(feature) {
          sum += mean
          squares += mean * mean
          count += 1
        } else {
          squares += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
          count += values.count
        }
      }
      let mean = sum / Double(max(1, count))
      means[feature] = Float(mean)
      deviations[feature] = Float(max((squares / Double(max(1, count)) - mean * mean).squareRoot(), 1e-3))
    }
    return (means, deviations)
  }
}
