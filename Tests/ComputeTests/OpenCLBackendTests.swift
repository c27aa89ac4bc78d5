import Compute
import Sequences
import Testing
import Verification

@Suite(.enabled(if: !Devices.list().devices.isEmpty, "no OpenCL device"))
struct OpenCLBackendTests {
  @Test(arguments: Devices.list().devices) func `a buffer that is too large says what was asked and what there is`(
    device: OpenCLDeviceDescription
  ) throws {
    let backend = try OpenCLBackend(device: device)
    let count = device.maximumAllocationBytes / 4 + 1
    let error = try #require(throws: ComputeError.self) { try backend.makeTensor(count: count) }
    #expect(error.description.contains("clCreateBuffer"))
    #expect(error.description.contains("\(4 * count) bytes"))
    #expect(error.description.contains("\(device.maximumAllocationBytes) bytes"))
    #expect(try backend.read(backend.makeTensor([1, 2])) == [1, 2], "the backend is still usable")
  }

  @Test(arguments: [KernelParameters.cpu, .gpu, .small])
  func `the kernels agree with the reference whatever their tiles`(parameters: KernelParameters) throws {
    let device = Devices.list().devices[0]
    guard parameters != .standard(for: device) else { return }  // DeviceTests has run those
    let backend = try OpenCLBackend(device: device, parameters: parameters)
    let summary = VerificationRun(checksDeterminism: false).run(on: backend) { result in
      for failure in result.failures { Issue.record("\(parameters), \(result.operationCase): \(failure)") }
    }
    #expect(summary.passedCount == OperationCase.all.count)
  }

  @Test(arguments: Devices.list().devices) func `the backend names its device`(
    device: OpenCLDeviceDescription
  ) throws {
    let backend = try OpenCLBackend(device: device)
    #expect(backend.device.kind == .opencl(index: device.index, isGPU: device.isGPU))
    #expect(backend.device.name == device.name)
  }

  @Test(arguments: Devices.list().devices) func `the roofline's kernels do the work that they count`(
    device: OpenCLDeviceDescription
  ) throws {
    let backend = try OpenCLBackend(device: device)
    let peak = try OpenCLPeak(backend)
    let a = try backend.makeTensor((0..<67).map { Float($0) })
    let b = try backend.makeTensor((0..<67).map { Float(3 * $0) })
    let c = try backend.makeTensor([Float](repeating: -1, count: 69))
    try peak.triad(a, b, into: c[1..<68])
    #expect(try backend.read(c) == [-1] + (0..<67).map { 2.5 * Float($0) } + [-1])

    // Work-item i has 8 chains of 16 equal lanes that start at i, i + 1, … and approach 1.
    let rounds = 5
    let operations = try peak.fusedMultiplyAdds(rounds: rounds, into: c[1..<68])
    #expect(operations == Double(67 * rounds * 8 * 16 * 2))
    let sums = try backend.read(c)
    #expect(sums[0] == -1 && sums[68] == -1)
    for item in 0..<67 {
      var sum: Float = 0
      for chain in 0..<8 {
        var value = Float(item + chain)
        for _ in 0..<rounds { value = Float(0.001).addingProduct(value, 0.999) }
        sum += 16 * value
      }
      #expect(abs(sums[item + 1] - sum) <= 1e-4 * sum, "\(item)")
    }
  }

  /// Writes are copied aside and run later; the memory that they came from is overwritten at once.
  @Test(arguments: Devices.list().devices) func `values may be reused as soon as they were written`(
    device: OpenCLDeviceDescription
  ) throws {
    let backend = try OpenCLBackend(device: device)
    let sizes = (0..<60).map { 1 + $0 * $0 % 7 * 1000 + $0 }
    var values = [Float](repeating: 0, count: sizes.max()!)
    let tensors = try sizes.map { try backend.makeTensor(count: $0) }
    for (index, tensor) in tensors.enumerated() {
      for element in values.indices { values[element] = Float(index) + 0.5 }
      try values.withUnsafeBufferPointer {
        try backend.write(UnsafeBufferPointer(rebasing: $0[..<tensor.count]), to: tensor)
      }
    }
    for (index, tensor) in tensors.enumerated() {
      #expect(try backend.read(tensor) == [Float](repeating: Float(index) + 0.5, count: tensor.count))
    }
  }

  /// More gathers than row numbers have buffers, enqueued behind work that keeps the device busy; the rows that they came
  /// from are overwritten at once.
  @Test(arguments: Devices.list().devices) func `many gathers without waiting each get their own rows`(
    device: OpenCLDeviceDescription
  ) throws {
    let backend = try OpenCLBackend(device: device)
    let (tableRows, width) = (1009, 31)
    let table = try backend.makeTensor((0..<tableRows * width).map { Float($0) })
    let busy = try backend.makeTensor(count: 8 << 20)
    let counts = (0..<100).map { 1 + $0 * $0 % 13 * 700 + $0 }
    let results = try counts.map { try backend.makeTensor(count: $0 * width) }
    var rows: [Int32] = []
    func row(_ gather: Int, _ index: Int) -> Int { (7919 * gather + 31 * index) % (tableRows + 1) - 1 }
    for _ in 0..<8 { try backend.fill(busy, with: 1) }
    for (gather, result) in results.enumerated() {
      rows = (0..<counts[gather]).map { Int32(row(gather, $0)) }
      try backend.gatherRows(rows, of: table, width: width, absent: -3, into: result)
      for index in rows.indices { rows[index] = 0 }
    }
    for (gather, result) in results.enumerated() {
      let values = try backend.read(result)
      let wrong = values.indices.filter { at in
        let row = row(gather, at / width)
        return values[at] != (row < 0 ? -3 : Float(row * width + at % width))
      }
      #expect(wrong.isEmpty, "gather \(gather): \(wrong.count) of \(values.count) values")
    }
  }

  /// The device is idle, so that it would start before its many row numbers are there.
  @Test(arguments: Devices.list().devices) func `a gather waits for its row numbers`(
    device: OpenCLDeviceDescription
  ) throws {
    let backend = try OpenCLBackend(device: device)
    let count = 1 << 22
    let table = try backend.makeTensor((0..<8).map { Float($0) })
    let result = try backend.makeTensor(count: count)
    for round in 0..<8 {
      try backend.gatherRows(.init(repeating: Int32(round), count: count), of: table, width: 1, absent: 0, into: result)
      let wrong = try backend.read(result).count { $0 != Float(round) }
      #expect(wrong == 0, "round \(round)")
    }
  }

  @Test(arguments: Devices.list().devices) func `backends in several threads compute the same bits`(
    device: OpenCLDeviceDescription
  ) async throws {
    let expected = try trainingStep(on: OpenCLBackend(device: device))
    #expect(expected.contains { $0 != 0 } && expected.allSatisfy(\.isFinite))
    try await withThrowingTaskGroup(of: [Float].self) { group in
      for _ in 0..<4 {
        group.addTask {
          let backend = try OpenCLBackend(device: device)
          _ = try trainingStep(on: backend)
          return try trainingStep(on: backend)
        }
      }
      for try await result in group { #expect(result.map(\.bitPattern) == expected.map(\.bitPattern)) }
    }
  }
}

/// Forward, backward, clipping and update of one layer; gives the final state and the updated parameters.
private func trainingStep(on backend: any Backend) throws -> [Float] {
  let shape = LSTMShape(inputSize: 11, hiddenSize: 37)
  let layout = PackedLayout(lengths: [3, 9, 1, 5, 9, 2])
  var random = Philox(seed: 5, purpose: .testData)
  func values(_ count: Int) -> [Float] { (0..<count).map { _ in random.uniform() - 0.5 } }
  let parameters = LSTMParameters(shape: shape, matrix: try backend.makeTensor(values(shape.parameterCount)))
  let gradients = LSTMParameters(shape: shape, matrix: try backend.makeTensor(count: shape.parameterCount))
  let trace = try LSTMTrace(shape: shape, tokenCapacity: 40, batchCapacity: 8, backend: backend)
  let inputs = try backend.makeTensor(values(layout.tokenCount * shape.inputSize))
  let hiddenGradient = try backend.makeTensor(values(layout.tokenCount * shape.hiddenSize))
  try backend.lstmForward(inputs: inputs, layout: layout, initialState: nil, parameters: parameters, trace: trace)
  try backend.lstmBackward(
    trace: trace, parameters: parameters, hiddenGradient: hiddenGradient, finalStateGradient: nil,
    gradients: gradients, initialStateGradient: nil, inputGradient: nil)
  try backend.clipByGlobalNorm(gradients: gradients.matrix, maximum: 1)
  try backend.rmspropUpdate(
    parameters: parameters.matrix, gradients: gradients.matrix,
    meanSquares: try backend.makeTensor(count: shape.parameterCount), settings: RMSprop())
  return try backend.read(trace.finalState.hidden) + backend.read(parameters.matrix)
}
