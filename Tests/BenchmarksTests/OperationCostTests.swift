import Benchmarks
import Compute
import Testing

@Suite struct OperationCostTests {
  private let shape = LSTMShape(inputSize: 3, hiddenSize: 2)

  @Test("an LSTM's forward pass: two operations for each weight and token, bytes counted by hand")
  func forward() {
    // Five tokens of two sequences: inputs 15, gates 40, cells 10, hidden states 10, parameters 48, final state 8.
    #expect(
      OperationCost.lstmForward(shape, tokens: 5, sequences: 2)
        == OperationCost(operations: 2 * 5 * 8 * (3 + 2), floats: 15 + 40 + 10 + 10 + 48 + 8))
  }

  @Test("an LSTM's backward pass: the recurrent weights twice, the kernel once")
  func backward() {
    // Inputs 15, gates 40, cells 10, hidden states 10 and their gradient 10, parameters 48 and their gradient 48.
    #expect(
      OperationCost.lstmBackward(shape, tokens: 5)
        == OperationCost(operations: 2 * 5 * 8 * (3 + 2 * 2), floats: 15 + 40 + 10 + 10 + 10 + 48 + 48))
  }

  @Test("heads: hidden states, outputs and parameters of each pass, counted by hand")
  func heads() {
    // Five tokens, H 2, O 3: hidden states 10, outputs 15, kernel 6, bias 3.
    #expect(
      OperationCost.headsForward(tokens: 5, hiddenSize: 2, outputSize: 3)
        == OperationCost(operations: 60, floats: 10 + 15 + 6 + 3))
    #expect(
      OperationCost.headsLoss(tokens: 5, hiddenSize: 2, outputSize: 3)
        == OperationCost(operations: 60, floats: 10 + 2 * 15 + 6 + 3))
    #expect(
      OperationCost.headsBackward(tokens: 5, hiddenSize: 2, outputSize: 3)
        == OperationCost(operations: 120, floats: 10 + 15 + 6 + 6 + 3 + 10))
  }

  @Test("an LSTM's backward pass to its inputs: the kernel twice, and the inputs' gradient written")
  func backwardToInputs() {
    #expect(
      OperationCost.lstmBackward(shape, tokens: 5, inputGradient: true)
        == OperationCost(operations: 2 * 5 * 8 * (2 * 3 + 2 * 2), floats: 15 + 40 + 10 + 10 + 10 + 48 + 48 + 15))
  }

  @Test("the operations of one training step, by hand: only upper layers give their inputs a gradient")
  func step() throws {
    var benchmark = TrainingBenchmark(lengths: [7, 7])
    (benchmark.model.hiddenSize, benchmark.model.layers) = (5, 2)
    benchmark.padding = .keras(length: 7)
    (benchmark.batchSize, benchmark.seconds) = (2, 0.01)
    let result = try benchmark.run(on: CPUBackend())
    let (lower, upper, heads) = (4 * 5 * (4 * 29 + 6 * 5), 4 * 5 * (6 * 5 + 6 * 5), 6 * 5 * 29)
    let step = result.gflops * 1e9 * result.millisecondsPerStep / 1000
    #expect(abs(step - Double(28 * (lower + upper) + 14 * heads)) < 1)
  }
}

@Suite struct RooflineTests {
  private let roofline = Roofline(
    peakGflops: 100, peakOf: "", memoryGigabytesPerSecond: 10, memoryOf: "", cacheGigabytesPerSecond: 50,
    cacheBytes: 4000)

  @Test("the least time is the longer of arithmetic and traffic, at the bandwidth of where the data fit")
  func least() {
    let inCache = OperationCost(operations: 10, floats: 1000)
    #expect(roofline.isInCache(inCache) && roofline.isBoundByTraffic(inCache))
    #expect(abs(roofline.leastSeconds(of: inCache) / (4000 / 50e9) - 1) < 1e-9)
    let inMemory = OperationCost(operations: 10, floats: 1001)
    #expect(!roofline.isInCache(inMemory) && roofline.isBoundByTraffic(inMemory))
    #expect(abs(roofline.leastSeconds(of: inMemory) / (4004 / 10e9) - 1) < 1e-9)
    let arithmetic = OperationCost(operations: 1_000_000, floats: 1001)
    #expect(!roofline.isBoundByTraffic(arithmetic))
    #expect(abs(roofline.leastSeconds(of: arithmetic) / (1e6 / 100e9) - 1) < 1e-9)
  }

  @Test("where the cache's bandwidth is not known, only arithmetic and large data are bounded")
  func unknownCache() {
    let device = Roofline(peakGflops: 100, peakOf: "", memoryGigabytesPerSecond: 10, memoryOf: "")
    #expect(!device.holds(for: OperationCost(operations: 10, floats: 1000)))
    #expect(device.holds(for: OperationCost(operations: 10, floats: 1 << 27)))
    #expect(device.holds(for: OperationCost(operations: 1_000_000, floats: 1000)))
    #expect(roofline.holds(for: OperationCost(operations: 10, floats: 1000)))
  }

  @Test("what this processor reaches is measured and plausible")
  func measured() throws {
    let one = Roofline(processorThreads: 1)
    #expect(one.peakGflops > 0.1 && one.memoryGigabytesPerSecond > 0.1)
    // Nothing is faster than multiply-adds on registers, but for the noise of a busy machine.
    let fused = try #require(one.fusedMultiplyAddGflops)
    #expect(fused > 0.3 * one.peakGflops)
    if let cacheBytes = one.cacheBytes { #expect((1 << 16...1 << 33).contains(cacheBytes)) }
  }
}
