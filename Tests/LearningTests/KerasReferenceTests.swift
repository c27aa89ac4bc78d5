import Compute
import Learning
import TestSupport
import Testing

/// The model against Keras 3.15, on every device of this machine.
@Suite(.serialized, .enabled(if: SharedFolder.hasKerasReference, "no shared/reference/keras beside the checkout"))
struct KerasReferenceTests {
  static let cases = TestDevices.all.flatMap { device in ["small", "medium", "seed"].map { (device, $0) } }

  @Test("predictions and the first loss are Keras's", arguments: cases)
  func predictionsAndFirstLoss(device: TestDevice, name: String) throws {
    let reference = try KerasReference(name)
    let model = try Seq2Seq(reference.layout, values: initialWeights(reference), backend: device.makeBackend())
    let pass = try Seq2SeqPass(model)
    let table = try DeviceTable(reference.table, on: model.backend)
    let difference = zip(try pass.predict(reference.batch, of: table), try reference.predictions()).map { abs($0 - $1) }
      .max()!
    #expect(difference < 1e-5)
    let losses = try losses(pass, reference, model)
    for (ours, keras) in zip(losses, try reference.file.values("losses")) { #expect(abs(ours - keras) < 1e-5) }
  }

  @Test("gradients are Keras's", arguments: cases.filter { $0.1 != "seed" })
  func gradients(device: TestDevice, name: String) throws {
    let reference = try KerasReference(name)
    let model = try Seq2Seq(reference.layout, values: initialWeights(reference), backend: device.makeBackend())
    let pass = try Seq2SeqPass(model)
    _ = try losses(pass, reference, model)
    try pass.backward()
    let slab = try model.backend.read(pass.gradients)
    for entry in reference.layout.entries {
      let keras = try reference.file.values("gradient/" + entry.name, shape: entry.shape)
      #expect(relativeDifference(reference.layout.values(of: entry, in: slab), keras) < 1e-4, "\(entry.name)")
    }
  }

  @Test("ten RMSprop steps have Keras's losses and end at Keras's weights", arguments: cases)
  func tenSteps(device: TestDevice, name: String) throws {
    let reference = try KerasReference(name)
    let model = try Seq2Seq(reference.layout, values: initialWeights(reference), backend: device.makeBackend())
    let pass = try Seq2SeqPass(model)
    let meanSquares = try model.backend.makeTensor(count: reference.layout.count)
    let keras = try reference.file.values("losses", shape: [10, 5])
    for step in 0..<10 {
      let losses = try losses(pass, reference, model)
      for column in 0..<5 { #expect(abs(losses[column] - keras[step * 5 + column]) < 1e-3, "step \(step)") }
      try pass.backward()
      try model.backend.rmspropUpdate(
        parameters: model.parameters, gradients: pass.gradients, meanSquares: meanSquares, settings: RMSprop())
    }
    guard reference.file.entries["final/heads/key/bias"] != nil else { return }
    let slab = try model.backend.read(model.parameters)
    for entry in reference.layout.entries {
      let final = try reference.file.values("final/" + entry.name, shape: entry.shape)
      // RMSprop divides by the gradient's own size, so rounding of a tiny gradient moves a weight by much.
      #expect(relativeDifference(reference.layout.values(of: entry, in: slab), final) < 1e-2, "\(entry.name)")
    }
  }

  private func initialWeights(_ reference: KerasReference) throws -> [Float] {
    try Weights.read(path: reference.file.path, layout: reference.layout)
  }

  /// Total loss, then each head's, as in the reference files.
  private func losses(_ pass: Seq2SeqPass, _ reference: KerasReference, _ model: Seq2Seq) throws -> [Float] {
    let sums = try model.backend.makeTensor(count: 4)
    try pass.forward(reference.batch, of: DeviceTable(reference.table, on: model.backend), lossSums: sums)
    let losses = zip(try model.backend.read(sums), reference.batch.lossDenominators).map { $0 / $1 }
    return [losses.reduce(0, +)] + losses
  }

  /// ‖a − b‖ / ‖b‖
  private func relativeDifference(_ a: [Float], _ b: [Float]) -> Float {
    let squares = zip(a, b).reduce(into: (0.0, 0.0)) { sums, pair in
      sums.0 += Double(pair.0 - pair.1) * Double(pair.0 - pair.1)
      sums.1 += Double(pair.1) * Double(pair.1)
    }
    return Float((squares.0 / max(squares.1, 1e-300)).squareRoot())
  }
}
