import Compute
import Glibc
import Sequences
import Testing
import Verification

/// Central differences of a scalar loss, in Float64, prove every gradient of the reference.
@Suite struct ReferenceTests {
  @Test(arguments: [
    ([1], 1, 1), ([3], 2, 1), ([1, 1, 1], 3, 2), ([2, 4, 1, 4], 3, 5), ([5, 3, 3, 1], 1, 4), ([7], 2, 3),
  ]) func `the LSTM's gradients are those of finite differences`(
    lengths: [Int], inputSize: Int, hiddenSize: Int
  ) {
    let shape = LSTMShape(inputSize: inputSize, hiddenSize: hiddenSize)
    let layout = PackedLayout(lengths: lengths)
    let stateCount = lengths.count * hiddenSize
    var random = Philox(seed: 3, purpose: .testData)
    let inputs = values(layout.tokenCount * inputSize, &random)
    let parameters = values(shape.parameterCount, &random)
    let initial = Reference.State(hidden: values(stateCount, &random), cell: values(stateCount, &random))
    let hiddenGradient = values(layout.tokenCount * hiddenSize, &random)
    let final = Reference.State(hidden: values(stateCount, &random), cell: values(stateCount, &random))

    func forward(_ x: [Double], _ w: [Double], _ state: Reference.State) -> Reference.LSTMActivations {
      Reference.lstmForward(inputs: x, layout: layout, initialState: state, parameters: w, shape: shape)
    }
    func loss(_ activations: Reference.LSTMActivations) -> Double {
      dot(activations.hiddenStates, hiddenGradient) + dot(activations.finalState.hidden, final.hidden)
        + dot(activations.finalState.cell, final.cell)
    }
    let gradients = Reference.lstmBackward(
      inputs: inputs, layout: layout, initialState: initial, parameters: parameters, shape: shape,
      activations: forward(inputs, parameters, initial), hiddenGradient: hiddenGradient, finalStateGradient: final)

    expectGradient(gradients.parameters, at: parameters) { loss(forward(inputs, $0, initial)) }
    expectGradient(gradients.inputs, at: inputs) { loss(forward($0, parameters, initial)) }
    expectGradient(gradients.initialState.hidden, at: initial.hidden) {
      loss(forward(inputs, parameters, Reference.State(hidden: $0, cell: initial.cell)))
    }
    expectGradient(gradients.initialState.cell, at: initial.cell) {
      loss(forward(inputs, parameters, Reference.State(hidden: initial.hidden, cell: $0)))
    }
  }

  @Test func `a missing gradient of the LSTM counts as zeros, and a missing initial state as well`() {
    let shape = LSTMShape(inputSize: 2, hiddenSize: 3)
    let layout = PackedLayout(lengths: [1, 3])
    var random = Philox(seed: 4, purpose: .testData)
    let inputs = values(layout.tokenCount * 2, &random)
    let parameters = values(shape.parameterCount, &random)
    let sparse = Reference.lstmForward(
      inputs: inputs, layout: layout, initialState: nil, parameters: parameters, shape: shape)
    let full = Reference.lstmForward(
      inputs: inputs, layout: layout, initialState: .zeros(6), parameters: parameters, shape: shape)
    #expect(sparse.hiddenStates == full.hiddenStates)
    let gradients = Reference.lstmBackward(
      inputs: inputs, layout: layout, initialState: nil, parameters: parameters, shape: shape, activations: sparse,
      hiddenGradient: nil, finalStateGradient: nil)
    #expect(gradients.parameters.allSatisfy { $0 == 0 } && gradients.preActivations.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [
    [("value", 3, Head.Activation.sigmoid)], [("class", 4, .softmax)],
    [("low", 2, .sigmoid), ("class", 3, .softmax), ("high", 1, .sigmoid), ("other", 1, .softmax)],
  ]) func `the heads' gradients are those of finite differences`(parts: [(String, Int, Head.Activation)]) {
    var heads: [Head] = []
    for (name, width, activation) in parts {
      let start = heads.last?.columns.upperBound ?? 0
      heads.append(Head(name: name, activation: activation, columns: start..<start + width))
    }
    let (tokens, units, outputs) = (5, 3, heads[heads.count - 1].columns.upperBound)
    var random = Philox(seed: 5, purpose: .testData)
    let hidden = values(tokens * units, &random)
    let kernel = values(units * outputs, &random)
    let bias = values(outputs, &random)
    // Fractional targets whose sum is not 1, and one token without any.
    let targets = values(tokens * outputs, &random).enumerated().map { $0 < outputs ? 0 : abs($1) }
    let sigmoids = heads.filter { $0.activation == .sigmoid }.reduce(0) { $0 + $1.columns.count }
    let weights = values(tokens * sigmoids, &random).map(abs)
    let denominators = heads.indices.map { 1.5 + Double($0) }

    func result(_ h: [Double], _ k: [Double], _ b: [Double]) -> Reference.HeadsLoss {
      Reference.headsLoss(
        hidden: h, tokenCount: tokens, heads: heads, kernel: k, bias: b, targets: targets,
        regressionWeights: weights, denominators: denominators)
    }
    func loss(_ h: [Double], _ k: [Double], _ b: [Double]) -> Double {
      zip(result(h, k, b).lossSums, denominators).reduce(0) { $0 + $1.0 / $1.1 }
    }
    let gradients = Reference.headsBackward(
      hidden: hidden, logitGradients: result(hidden, kernel, bias).logitGradients, tokenCount: tokens,
      kernel: kernel, outputCount: outputs)
    expectGradient(gradients.kernel, at: kernel) { loss(hidden, $0, bias) }
    expectGradient(gradients.bias, at: bias) { loss(hidden, kernel, $0) }
    expectGradient(gradients.hidden, at: hidden) { loss($0, kernel, bias) }
  }

  @Test func `the heads' loss is that of their predictions`() {
    let heads = [
      Head(name: "value", activation: .sigmoid, columns: 0..<2),
      Head(name: "class", activation: .softmax, columns: 2..<5),
    ]
    let (kernel, bias) = ([0.3, -0.2, 0.5, 1.0, -1.0], [0.1, 0.2, 0.3, 0.4, 0.5])
    let p = Reference.headsForward(hidden: [2], tokenCount: 1, heads: heads, kernel: kernel, bias: bias)
    #expect(abs(p[2] + p[3] + p[4] - 1) < 1e-15)
    let loss = Reference.headsLoss(
      hidden: [2], tokenCount: 1, heads: heads, kernel: kernel, bias: bias, targets: [1, 0, 0, 1, 0],
      regressionWeights: nil, denominators: [1, 1])
    #expect(abs(loss.lossSums[0] - ((p[0] - 1) * (p[0] - 1) + p[1] * p[1]) / 2) < 1e-15)
    #expect(abs(exp(-loss.lossSums[1]) - p[3]) < 1e-15)
  }

  @Test func `RMSprop moves one weight as the formula says`() {
    // v = 0.9·4 + 0.1·9 = 4.5; w = 1 − 0.5·3/√(4.5 + 0.25)
    var (w, v) = ([1.0], [4.0])
    Reference.rmspropUpdate(
      parameters: &w, gradients: [3], meanSquares: &v, settings: RMSprop(learningRate: 0.5, rho: 0.9, epsilon: 0.25))
    #expect(abs(v[0] - 4.5) < 1e-6)
    #expect(abs(w[0] - (1 - 1.5 / 4.75.squareRoot())) < 1e-6)
  }

  @Test func `clipping keeps the direction and never lengthens`() {
    var long = [3.0, -4.0]
    Reference.clipByGlobalNorm(gradients: &long, maximum: 2.5)
    #expect(long == [1.5, -2])
    var short = [3.0, -4.0]
    Reference.clipByGlobalNorm(gradients: &short, maximum: 5)
    #expect(short == [3, -4])
    var none = [0.0, 0.0]
    Reference.clipByGlobalNorm(gradients: &none, maximum: 0)
    #expect(none == [0, 0])
  }

  // MARK: Finite differences

  func values(_ count: Int, _ random: inout Philox) -> [Double] { (0..<count).map { _ in random.normal() } }

  func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  /// Each element within 1e-6 of (f(x + h) − f(x − h)) / 2h, relative to the larger of it and the gradient's root mean square.
  func expectGradient(
    _ gradient: [Double], at point: [Double], sourceLocation: SourceLocation = #_sourceLocation,
    of function: ([Double]) -> Double
  ) {
    let step = 1e-5
    let rootMeanSquare = (dot(gradient, gradient) / Double(gradient.count)).squareRoot()
    for index in point.indices {
      var (above, below) = (point, point)
      above[index] += step
      below[index] -= step
      let difference = (function(above) - function(below)) / (2 * step)
      let error = abs(gradient[index] - difference) / max(abs(difference), rootMeanSquare, 1e-9)
      #expect(
        error < 1e-6, "element \(index): \(gradient[index]), by differences \(difference)",
        sourceLocation: sourceLocation)
    }
  }
}
