import Compute
import Sequences
import Synchronization
import Testing
import Verification

/// The ways to take a layer through its time steps in one launch, on every OpenCL device here. Groups of work-groups
/// need more threads than PoCL takes by itself, so `VerifyTests` has them.
@Suite(.enabled(if: !Devices.list().devices.isEmpty, "no OpenCL device"))
struct RecurrencePathTests {
  /// A way to deal the work, for every hidden size that it fits.
  enum Variant: String, CaseIterable, Sendable {
    case streaming, streamingFewRows, resident, residentFewWeights

    func parameters(hiddenSize: Int) -> SequenceParameters? {
      switch self {
      case .streaming: .streaming(hiddenSize: hiddenSize)
      case .streamingFewRows: .streaming(hiddenSize: hiddenSize, items: 64, rows: 3)
      case .resident: .resident(hiddenSize: hiddenSize, members: 1)
      case .residentFewWeights: .resident(hiddenSize: hiddenSize, members: 1, depth: 8, itemRows: 1)
      }
    }

    var recurrence: Recurrence {
      Recurrence { work in
        self.parameters(hiddenSize: work.hiddenSize).map { [RecurrencePath.sequence($0)] } ?? []
      }
    }
  }

  /// Few enough products for a minute on two cores; the largest with a real hidden size.
  static let cases = OperationCase.all.filter {
    $0.operation.hasPrefix("lstm") && ($0.isSmall || $0.id.contains("H64") || $0.id.contains("B33 T9 F29 H256"))
  }

  @Test(arguments: Devices.list().devices, Variant.allCases)
  func `a launch for all steps agrees with the reference`(
    device: OpenCLDeviceDescription, variant: Variant
  ) throws {
    let backend = try OpenCLBackend(
      device: device, parameters: .standard(for: device), recurrence: variant.recurrence)
    VerificationRun(cases: Self.cases).run(on: backend) { result in
      for failure in result.failures { Issue.record("\(variant), \(result.operationCase): \(failure)") }
    }
    #expect(backend.pathsTaken.count > 2, "several hidden sizes took the path")
  }

  @Test func `a path that has not shown itself is asked about once and not taken`() throws {
    let device = Devices.list().devices[0]
    let asked = Mutex(0)
    let path = RecurrencePath.sequence(try #require(SequenceParameters.streaming(hiddenSize: 16)))
    let recurrence = Recurrence({ _ in [path] }) { (_) -> Bool in
      asked.withLock { $0 += 1 }
      return false
    }
    let backend = try OpenCLBackend(device: device, parameters: .standard(for: device), recurrence: recurrence)
    let summary = try VerificationRun(cases: OperationCase.lstmLayer(hiddenSize: 16, batchSize: 5)).run(on: backend)
    #expect(summary.failedCount == 0)
    #expect(backend.pathsTaken == [.steps])
    #expect(asked.withLock { $0 } == 1)
  }

  enum Optimizer: CaseIterable, Sendable {
    case rmsprop
    /// In two slices, which are one step.
    case adamw
  }

  /// A member of each group never comes.
  @Test(arguments: Devices.list().devices.filter { $0.exchange != .none }, Optimizer.allCases)
  func `who waits in vain gives up, the update is refused, and the same again succeeds without waiting`(
    device: OpenCLDeviceDescription, optimizer: Optimizer
  ) throws {
    let backend = try OpenCLBackend(
      device: device, parameters: .standard(for: device), recurrence: try #require(Recurrence(named: "groups:2")))
    backend.failNextWaits(patience: 1000)
    let shape = LSTMShape(inputSize: 3, hiddenSize: 16)
    let layout = PackedLayout(lengths: [4, 2, 7])
    let parameters = LSTMParameters(
      shape: shape, matrix: try backend.makeTensor([Float](repeating: 0.1, count: shape.parameterCount)))
    let gradients = LSTMParameters(shape: shape, matrix: try backend.makeTensor(count: shape.parameterCount))
    let meanSquares = try backend.makeTensor(count: shape.parameterCount)
    let inputs = try backend.makeTensor([Float](repeating: 0.5, count: layout.tokenCount * 3))
    let hiddenGradient = try backend.makeTensor([Float](repeating: 1, count: layout.tokenCount * 16))
    let trace = try LSTMTrace(shape: shape, tokenCapacity: layout.tokenCount, batchCapacity: 3, backend: backend)
    let means = try backend.makeTensor(count: shape.parameterCount)
    func step(_ number: Int) throws {
      try backend.lstmForward(
        inputs: inputs, layout: layout, initialState: nil, parameters: parameters, trace: trace)
      try backend.lstmBackward(
        trace: trace, parameters: parameters, hiddenGradient: hiddenGradient, finalStateGradient: nil,
        gradients: gradients, initialStateGradient: nil, inputGradient: nil)
      switch optimizer {
      case .rmsprop:
        try backend.rmspropUpdate(
          parameters: parameters.matrix, gradients: gradients.matrix, meanSquares: meanSquares, settings: RMSprop())
      case .adamw:
        for slice in [0..<100, 100..<shape.parameterCount] {
          try backend.adamwUpdate(
            parameters: parameters.matrix[slice], gradients: gradients.matrix[slice], firstMoments: means[slice],
            secondMoments: meanSquares[slice], settings: AdamW(step: number))
        }
      }
    }
    try step(1)
    try step(2)
    let fault = try #require(throws: WaitingFault.self) { try backend.synchronize() }
    #expect(fault.refusedUpdates == 2)
    #expect(try backend.read(parameters.matrix) == [Float](repeating: 0.1, count: shape.parameterCount))
    #expect(try backend.read(meanSquares) == [Float](repeating: 0, count: shape.parameterCount))
    #expect(try backend.read(means) == [Float](repeating: 0, count: shape.parameterCount))
    try step(1)
    try backend.synchronize()
    #expect(backend.pathsTaken.contains(.steps))
    #expect(try backend.read(meanSquares).contains { $0 > 0 }, "the update was applied")
  }
}
