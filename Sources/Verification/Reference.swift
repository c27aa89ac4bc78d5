package import Compute
internal import Glibc

/// Every operation of `Backend` again, in Float64 and naive loops: what the fast ones are measured against.
/// Finite differences prove the gradients (`ReferenceTests`). One function per operation, with the operation's name.
///
/// Arrays are row-major and laid out as `Backend` and the operands say; parameters are plain matrices.
package enum Reference {
  /// 1 / (1 + e⁻ˣ). Its derivative is p·(1 − p).
  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// result[i] = table[rows[i]], or `absent` in every column where rows[i] is −1.
  package static func gatherRows(_ rows: [Int32], of table: [Double], width: Int, absent: Double) -> [Double] {
    rows.flatMap { row in
      (0..<width).map { column in row < 0 ? absent : table[Int(row) * width + column] }
    }
  }

  /// RMSprop as Keras computes it: v ← ρv + (1−ρ)g²; w ← w − lr·g / √(v + ε). Settings keep their 32-bit values.
  package static func rmspropUpdate(
    parameters: inout [Double], gradients: [Double], meanSquares: inout [Double], settings: RMSprop
  ) {
    let (learningRate, rho, epsilon) = (Double(settings.learningRate), Double(settings.rho), Double(settings.epsilon))
    for index in parameters.indices {
      let gradient = gradients[index]
      meanSquares[index] = rho * meanSquares[index] + (1 - rho) * gradient * gradient
      parameters[index] -= learningRate * gradient / (meanSquares[index] + epsilon).squareRoot()
    }
  }

  /// AdamW as PyTorch computes it, t = `settings.step`: w ← w·(1 − lr·λ); m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²;
  /// w ← w − lr·m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε). Settings keep their 32-bit values.
  package static func adamwUpdate(
    parameters: inout [Double], gradients: [Double], firstMoments: inout [Double], secondMoments: inout [Double],
    settings: AdamW
  ) {
    let (learningRate, epsilon) = (Double(settings.learningRate), Double(settings.epsilon))
    let (beta1, beta2) = (Double(settings.beta1), Double(settings.beta2))
    for index in parameters.indices {
      let gradient = gradients[index]
      parameters[index] *= 1 - learningRate * Double(settings.weightDecay)
      firstMoments[index] = beta1 * firstMoments[index] + (1 - beta1) * gradient
      secondMoments[index] = beta2 * secondMoments[index] + (1 - beta2) * gradient * gradient
      let mean = firstMoments[index] / (1 - pow(beta1, Double(settings.step)))
      let meanSquare = secondMoments[index] / (1 - pow(beta2, Double(settings.step)))
      parameters[index] -= learningRate * mean / (meanSquare.squareRoot() + epsilon)
    }
  }

  /// gradients · min(1, maximum / ‖gradients‖₂); zeros stay zeros.
  package static func clipByGlobalNorm(gradients: inout [Double], maximum: Float) {
    let norm = gradients.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard norm > Double(maximum) else { return }
    for index in gradients.indices { gradients[index] *= Double(maximum) / norm }
  }
}
