package import Compute
package import Learning
internal import Sequences

/// Every operation of `Backend` at the size of a real training step, each against what the device could reach.
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
    /// Multiplications and additions, and the bytes that must move, of one call (`OperationCost`).
    package var operations: Int
    package var bytes: Int
    /// Operations for each byte.
    package var intensity: Double
    /// 10⁹ operations a second; nil where numbers are only moved.
    package var gflops: Double?
    /// 10⁹ compulsory bytes a second.
    package var gigabytesPerSecond: Double
    /// The roofline's least time as a share of the time taken; nil where the roofline does not hold.
    package var attainableShare: Double?
    /// What bounds it: `peak`, `cache` or `memory`; nil where the roofline does not hold.
    package var bound: Bound?
  }

  package enum Bound: String, Encodable, Sendable { case peak, cache, memory }

  package struct Result: Encodable, Sendable {
    package var operations: [Row]
    package var roofline: Roofline
    /// The most memory held before the roofline's own arrays were made.
    package var peakMemoryBytes: Int?
  }

  /// Times every operation, then the roofline.
  /// - Parameter threads: worker threads of the CPU path.
  package func run(on backend: any Backend, threads: Int) throws -> Result {
    let rows = try operations(on: backend)
    let peakMemoryBytes = Machine.peakMemoryBytes
    let roofline = try (backend as? OpenCLBackend).map(Roofline.init) ?? Roofline(processorThreads: threads)
    return Result(
      operations: rows.map { row in
        // On a device with memory of its own these go over the bus, which the roofline does not know.
        if backend is OpenCLBackend, ["gatherRows", "write", "read"].contains(row.operation) { return row }
        return row.bounded(by: roofline)
      }, roofline: roofline, peakMemoryBytes: peakMemoryBytes)
  }

  private func operations(on backend: any Backend) throws -> [Row] {
    var rows: [Row] = []
    func time(
      _ operation: String, _ size: String, _ cost: OperationCost, after prepare: () throws -> Void = {},
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
      rows.append(Row(operation: operation, size: size, cost: cost, seconds: measurement.median))
    }
    for (batch, length) in [(batchSize, sequenceLength), (1, 20)] {
      try timeLayer(on: backend, batch: batch, length: length, time)
    }
    try timeGather(on: backend, time)
    try timeHeads(on: backend, time)
    try timeSlabs(on: backend, time)
    return rows
  }

  private typealias Timing = (
    _ operation: String, _ size: String, _ cost: OperationCost, _ prepare: () throws -> Void, _ body: () throws -> Void
  ) throws -> Void

  private func timeLayer(on backend: any Backend, batch: Int, length: Int, _ time: Timing) throws {
    let shape = model.lstmShapes[0]
    let layout = PackedLayout(lengths: .init(repeating: length, count: batch))
    let tokens = layout.tokenCount
    let (f, h) = (shape.inputSize, shape.hiddenSize)
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
    try time("lstmForward", size, .lstmForward(shape, tokens: tokens, sequences: batch), {}, forward)
    // The trace holds gates before and their gradients after, so every sample needs a forward pass of its own.
    try time("lstmBackward", size, .lstmBackward(shape, tokens: tokens), forward) {
      try backend.lstmBackward(
        trace: trace, parameters: parameters, hiddenGradient: hiddenGradient, finalStateGradient: nil,
        gradients: gradients, initialStateGradient: nil, inputGradient: nil)
    }
  }

  /// A batch's inputs out of as many songs as `TrainingBenchmark` has.
  private func timeGather(on backend: any Backend, _ time: Timing) throws {
    let (tokens, width, tableRows) = (batchSize * sequenceLength, model.inputSize, 4096)
    let table = try random(tableRows * width, 1, on: backend)
    let result = try backend.makeTensor(count: tokens * width)
    var generator = Philox(seed: 1, purpose: .benchmark, index: 2)
    let rows = (0..<tokens).map { _ in Int32(generator.below(tableRows)) }
    let size = "\(tokens) of \(tableRows) rows of \(width)"
    try time("gatherRows", size, .gatherRows(count: tokens, width: width), {}) {
      try backend.gatherRows(rows, of: table, width: width, absent: 0, into: result)
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
    try time("headsForward", size, .headsForward(tokens: tokens, hiddenSize: h, outputSize: o), {}) {
      try backend.headsForward(hidden: hidden, tokenCount: tokens, parameters: weights, predictions: predictions)
    }
    try time("headsLoss", size, .headsLoss(tokens: tokens, hiddenSize: h, outputSize: o), {}) {
      try backend.headsLoss(
        hidden: hidden, tokenCount: tokens, parameters: weights, targets: targets, lossSums: lossSums,
        logitGradients: predictions)
    }
    try time("headsBackward", size, .headsBackward(tokens: tokens, hiddenSize: h, outputSize: o), {}) {
      try backend.headsBackward(
        hidden: hidden, logitGradients: predictions, tokenCount: tokens, parameters: weights, gradients: gradients,
        hiddenGradient: hiddenGradient)
    }
  }

  private func timeSlabs(on backend: any Backend, _ time: Timing) throws {
    let count = ParameterLayout(model).count
    let size = "\(count) numbers"
    let parameters = try random(count, 0.05, on: backend)
    let gradients = try random(count, 0.05, on: backend)
    let meanSquares = try backend.makeTensor(count: count)
    try time("rmspropUpdate", size, .rmspropUpdate(count: count), {}) {
      try backend.rmspropUpdate(
        parameters: parameters, gradients: gradients, meanSquares: meanSquares, settings: RMSprop())
    }
    try time("clipByGlobalNorm", size, .clipByGlobalNorm(count: count), { try backend.fill(gradients, with: 1) }) {
      try backend.clipByGlobalNorm(gradients: gradients, maximum: 1)
    }
    var host = [Float](repeating: 0, count: count)
    try time("write", size, .copy(count: count), {}) { try backend.write(host, to: gradients) }
    try time("read", size, .copy(count: count), {}) {
      try host.withUnsafeMutableBufferPointer { try backend.read(gradients, into: $0) }
    }
    try time("fill", size, .fill(count: count), {}) { try backend.fill(gradients, with: 0) }
  }

  /// Uniform numbers in ±`scale`.
  private func random(_ count: Int, _ scale: Float, on backend: any Backend) throws -> Tensor {
    var random = Philox(seed: 1, purpose: .benchmark, index: 1)
    return try backend.makeTensor((0..<count).map { _ in (2 * random.uniform() - 1) * scale })
  }
}

extension KernelsBenchmark.Row {
  fileprivate init(operation: String, size: String, cost: OperationCost, seconds: Double) {
    self.init(
      operation: operation, size: size, milliseconds: 1000 * seconds, operations: cost.operations, bytes: cost.bytes,
      intensity: cost.intensity, gflops: cost.operations == 0 ? nil : Double(cost.operations) / seconds / 1e9,
      gigabytesPerSecond: Double(cost.bytes) / seconds / 1e9)
  }

  fileprivate func bounded(by roofline: Roofline) -> Self {
    let cost = OperationCost(operations: operations, floats: bytes / MemoryLayout<Float>.stride)
    guard roofline.holds(for: cost) else { return self }
    var row = self
    row.attainableShare = 1000 * roofline.leastSeconds(of: cost) / milliseconds
    row.bound = !roofline.isBoundByTraffic(cost) ? .peak : roofline.isInCache(cost) ? .cache : .memory
    return row
  }
}
