import Compute
import Learning
import Sequences
import TestSupport
import Testing

struct ZeroRowTests {
  /// As the dissertation's padded targets: a row that no song stands behind counts in the regression loss as it did when
  /// batches carried their vectors themselves.
  @Test(
    "a row −1 is a vector of zeros whose numbers weigh 1, also where other targets are missing",
    arguments: TestDevices.all)
  func zeroRows(device: TestDevice) throws {
    let layout = ParameterLayout(ModelConfiguration(hiddenSize: 7))
    var random = Philox(seed: 4, purpose: .testData)
    let vectors = (0..<3 * 29).map { _ in random.uniform() }
    let weights = (0..<30).map { $0 == 13 ? 0 as Float : 1 }
    let table = VectorTable(
      width: 29, vectors: vectors + [Float](repeating: 0, count: 29),
      regressionWeights: weights + [Float](repeating: 1, count: 10))
    let packing = PackedLayout(lengths: [3, 3])
    /// - Parameter zeros: the row that stands for a vector of zeros.
    func lossesAndGradients(zeros: Int32) throws -> [Float] {
      let model = try Seq2Seq(layout, values: Initialization.slab(layout, seed: 3), backend: device.makeBackend())
      let pass = try Seq2SeqPass(model)
      let sums = try model.backend.makeTensor(count: 4)
      let batch = Batch(
        encoderLayout: packing, encoderRows: [0, 1, 2, zeros, zeros, zeros], decoderLayout: packing,
        decoderRows: [1, 2, zeros, 0, zeros, zeros], targetRows: [2, 1, zeros, zeros, zeros, zeros],
        isMissingTargets: true, lossDenominators: [6, 6, 6, 6])
      try pass.forward(batch, of: DeviceTable(table, on: model.backend), lossSums: sums)
      try pass.backward()
      return try model.backend.read(sums) + model.backend.read(pass.gradients)
    }
    #expect(try lossesAndGradients(zeros: -1) == lossesAndGradients(zeros: 3))
  }
}
