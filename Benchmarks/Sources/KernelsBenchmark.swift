package import Compute
package import Learning
internal import Sequences

/// Every operation of `Backend` at the size of a real training step.
package struct KernelsBenchmark {
  package var model = ModelConfiguration()
  package var batchSize = 32
  package var sequenceLength = 245
  /// Seconds for each operation.
  package var seconds = 1.0

  package init() {}

  package struct Row: Encodable, Sendable {
    /// The operation's stem: `lstmForward`.
    package var operation: String
    /// Sizes in words.
    package var size: String
    package var milliseconds: Double
    /// 10⁹ multiplications and additions a second; nil where the operation only moves numbers.
    package var gflops: Double?
    /// 10⁹ bytes read and written a second; nil where arithmetic decides.
    package var gigabytesPerSecond: Double?
  }

  private enum Work {
    case operations(Int)
    case bytes(Int)
  }

  package func run(on backend: any Backend) throws -> [Row] {
    var rows: [Row] = []
    func time(
      _ operation: String, _ size: String, _ work: Work, after prepare: () throws -> Void = {},
      _ body: () throws -> Void
    ) throws {
      let measurement = try Measurement(
        warmUp: 2, seconds: seconds,
        prepare: {
          try prepare()
          try backend.synchronize()
        },
        {
          try body()
          try backend.synchronize()
        })
      var row = Row(operation: operation, size: size, milliseconds: 1000 * measurement.median)
      switch work {
      case .operations(let count): row.gflops = Double(count) / measurement.median / 1e9
      case .bytes(let count): row.gigabytesPerSecond = Double(count) / measurement.median / 1e9
      }
      rows.append(row)
    }
    for (batch, length) in [(batchSize, sequenceLength), (1, 20)] {
      try timeLayer(on: backend, batch: batch, length: length, time)
    }
    try timeHeads(on: backend, time)
    try timeSlabs(on: backend, time)
    return rows
  }

  private typealias Timing = (
    _ operation: String, _ size: String, _ work: Work, _ prepare: () throws -> Void, _ body: () throws -> Void
  ) throws -> Void

  private func timeLayer(on backend: any Backend, batch: Int, length: Int, _ time: Timing) throws {
    let shape = model.lstmShapes[0]
    let layout = PackedLayout(lengths: .init(repeating: length, count: batch))
    let tokens = layout.tokenCount
    let (f, h, g) = (shape.inputSize, shape.hiddenSize, shape.gateCount)
    let inputs = try random(tokens * f, 1, on: backend)
    let parameters = LSTMParameters(shape: shape, matrix: try random(shape.parameterCount, 0.05, on: backend))
    let gradients = LSTMParameters(shape: shape, matrix: try backend.makeTensor(count: shape.parameterCount))
    let hiddenGradient = try random(tokens * h, 0.01, on: backend)
    let trace = try LSTMTrace(shape: shape, tokenCapacity: tokens, batchCapacity: batch, backend: backend)
    let size = "batch \(batch), \(length) steps, \(f) → \(h)"
    func forward() throws {
      try backend.lstmForward(
        inputs: inputs, layout: layout, initialState: nil, parameters: parameters, trace: trace)
    }
    try time("lstmForward", size, .operations(tokens * g * 2 * (f + h)), {}, forward)
    // The trace holds gates before and their gradients after, so every sample needs a forward pass of its own.
    try time("lstmBackward", size, .operations(tokens * g * (2 * f + 4 * h)), forward) {
      try backend.lstmBackward(
        trace: trace, parameters: parameters, hiddenGradient: hiddenGradient, finalStateGradient: nil,
        gradients: gradients, initialStateGradient: nil, inputGradient: nil)
    }
  }

  private func timeHeads(on backend: any Backend, _ time: Timing) throws {
    let (tokens, h, o) = (batchSize * sequenceLength, model.hiddenSize, model.outputSize)
    let hidden = try random(tokens * h, 1, on: backend)
    func parameters() throws -> HeadsParameters {
      HeadsParameters(
        heads: model.headColumns, kernel: try random(h * o, 0.1, on: backend), bias: try random(o, 0.1, on: backend))
    }
    let (weights, gradients) = (try parameters(), try parameters())
    let predictions = try backend.makeTensor(count: tokens * o)
    let hiddenGradient = try backend.makeTensor(count: tokens * h)
    let lossSums = try backend.makeTensor(count: model.heads.count)
    let targets = HeadTargets(
      values: try random(tokens * o, 1, on: backend), regressionWeights: nil,
      denominators: .init(repeating: Float(tokens), count: model.heads.count))
    let size = "\(tokens) tokens, \(h) → \(o)"
    try time("headsForward", size, .operations(2 * tokens * h * o), {}) {
      try backend.headsForward(hidden: hidden, tokenCount: tokens, parameters: weights, predictions: predictions)
    }
    try time("headsLoss", size, .operations(2 * tokens * h * o), {}) {
      try backend.headsLoss(
        hidden: hidden, tokenCount: tokens, parameters: weights, targets: targets, lossSums: lossSums,
        logitGradients: predictions)
    }
    try time("headsBackward", size, .operations(4 * tokens * h * o), {}) {
      try backend.headsBackward(
        hidden: hidden, logitGradients: predictions, tokenCount: tokens, parameters: weights, gradients: gradients,
        hiddenGradient: hiddenGradient)
    }
  }

  private func timeSlabs(on backend: any Backend, _ time: Timing) throws {
    let count = ParameterLayout(model).count
    let bytes = count * MemoryLayout<Float>.stride
    let size = "\(count) numbers"
    let parameters = try random(count, 0.05, on: backend)
    let gradients = try random(count, 0.05, on: backend)
    let meanSquares = try backend.makeTensor(count: count)
    try time("rmspropUpdate", size, .bytes(5 * bytes), {}) {
      try backend.rmspropUpdate(
        parameters: parameters, gradients: gradients, meanSquares: meanSquares, settings: RMSprop())
    }
    try time("clipByGlobalNorm", size, .bytes(3 * bytes), { try backend.fill(gradients, with: 1) }) {
      try backend.clipByGlobalNorm(gradients: gradients, maximum: 1)
    }
    var host = [Float](repeating: 0, count: count)
    try time("write", size, .bytes(bytes), {}) { try backend.write(host, to: gradients) }
    try time("read", size, .bytes(bytes), {}) {
      try host.withUnsafeMutableBufferPointer { try backend.read(gradients, into: $0) }
    }
    try time("fill", size, .bytes(bytes), {}) { try backend.fill(gradients, with: 0) }
  }

  /// Uniform numbers in ±`scale`.
  private func random(_ count: Int, _ scale: Float, on backend: any Backend) throws -> Tensor {
    var random = Philox(seed: 1, purpose: .benchmark, index: 1)
    return try backend.makeTensor((0..<count).map { _ in (2 * random.uniform() - 1) * scale })
  }
}
