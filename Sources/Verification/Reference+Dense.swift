package import Compute
internal import Sequences

extension Reference {
  package struct DenseGradients {
    /// Before the activation. (N, O)
    package var preActivations: [Double]
    package var kernel: [Double]  // (F, O)
    package var bias: [Double]  // (O)
    package var inputs: [Double]  // (N, F)
  }

  /// activation(inputs·kernel + bias). (N, O)
  package static func denseForward(
    inputs: [Double], rowCount: Int, kernel: [Double], bias: [Double], activation: DenseParameters.Activation
  ) -> [Double] {
    let inner = kernel.count / bias.count
    var outputs: [Double] = []
    for row in 0..<rowCount {
      var sums = bias
      for input in 0..<inner {
        for output in bias.indices { sums[output] += inputs[row * inner + input] * kernel[input * bias.count + output] }
      }
      outputs += activation == .relu ? sums.map { max(0, $0) } : sums
    }
    return outputs
  }

  /// What ReLU lets pass of the gradient; then inputsᵀ·gradient, its column sums for the bias, and gradient·kernelᵀ.
  package static func denseBackward(
    inputs: [Double], outputs: [Double], outputGradient: [Double], rowCount: Int, kernel: [Double], outputSize: Int,
    activation: DenseParameters.Activation
  ) -> DenseGradients {
    let inner = kernel.count / outputSize
    var result = DenseGradients(
      preActivations: outputGradient, kernel: [Double](repeating: 0, count: kernel.count),
      bias: [Double](repeating: 0, count: outputSize), inputs: [Double](repeating: 0, count: rowCount * inner))
    for row in 0..<rowCount {
      for output in 0..<outputSize {
        let at = row * outputSize + output
        if activation == .relu && outputs[at] <= 0 { result.preActivations[at] = 0 }
        let gradient = result.preActivations[at]
        result.bias[output] += gradient
        for input in 0..<inner {
          result.kernel[input * outputSize + output] += inputs[row * inner + input] * gradient
          result.inputs[row * inner + input] += kernel[input * outputSize + output] * gradient
        }
      }
    }
    return result
  }

  /// values / (1 − rate), zeros where the mask drops.
  package static func dropout(_ values: [Double], mask: DropoutMask) -> [Double] {
    zip(values, dropped(count: values.count, mask)).map { $1 ? 0 : $0 / (1 - Double(mask.rate)) }
  }

  /// Which of `count` places the mask drops.
  package static func dropped(count: Int, _ mask: DropoutMask) -> [Bool] {
    var stream = Philox(seed: mask.seed, purpose: .dropout, epoch: mask.step, index: mask.layer)
    var words: [UInt32] = []
    while words.count < count {
      let pair = stream.next()
      words += [UInt32(truncatingIfNeeded: pair), UInt32(pair >> 32)]
    }
    return words[..<count].map { Double($0) < Double(mask.rate) * 0x1p32 }
  }

  /// sum + factor·values.
  package static func add(_ values: [Double], times factor: Float, to sum: [Double]) -> [Double] {
    zip(sum, values).map { $0 + Double(factor) * $1 }
  }
}
