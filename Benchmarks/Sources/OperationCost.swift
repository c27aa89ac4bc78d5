package import Compute

/// The arithmetic and the compulsory traffic of one call of an operation, in the sense of the roofline model (Williams,
/// Waterman and Patterson 2009).
///
/// Operations are the multiplications and additions of the products; element-wise functions count only where there is no
/// product. Bytes: each tensor that the operation's formula needs is read or written once, weights once a call however
/// many time steps use them. Copies that an implementation makes for itself do not count.
package struct OperationCost: Equatable, Sendable {
  package let operations: Int
  package let bytes: Int

  /// - Parameter floats: numbers read and written, four bytes each.
  package init(operations: Int, floats: Int) {
    self.operations = operations
    bytes = floats * MemoryLayout<Float>.stride
  }

  /// Operations for each byte.
  package var intensity: Double { Double(operations) / Double(bytes) }

  /// z = [x, h]·W for every token. Reads inputs and parameters; writes gates (4H), cells (H), hidden states (H) and the
  /// final state.
  package static func lstmForward(_ shape: LSTMShape, tokens: Int, sequences: Int) -> Self {
    let (f, h, g) = (shape.inputSize, shape.hiddenSize, shape.gateCount)
    return Self(
      operations: 2 * tokens * g * (f + h),
      floats: tokens * (f + g + 2 * h) + shape.parameterCount + 2 * sequences * h)
  }

  /// ∂L/∂h of the step before and the parameters' gradients. Reads inputs, gates, cells, hidden states, their gradient and
  /// the parameters; writes the parameters' gradients.
  /// - Parameter inputGradient: whether the inputs' gradient is computed and written too; the lowest layer needs none.
  package static func lstmBackward(_ shape: LSTMShape, tokens: Int, inputGradient: Bool = false) -> Self {
    let (f, h, g) = (shape.inputSize, shape.hiddenSize, shape.gateCount)
    let gradient = inputGradient ? f : 0
    return Self(
      operations: 2 * tokens * g * (f + 2 * h + gradient),
      floats: tokens * (f + g + 3 * h + gradient) + 2 * shape.parameterCount)
  }

  /// hidden·kernel. Reads hidden states and parameters; writes predictions.
  package static func headsForward(tokens: Int, hiddenSize h: Int, outputSize o: Int) -> Self {
    Self(operations: 2 * tokens * h * o, floats: tokens * (h + o) + (h + 1) * o)
  }

  /// The same product. Reads targets too; writes the logits' gradients. The loss sums are too few to count.
  package static func headsLoss(tokens: Int, hiddenSize h: Int, outputSize o: Int) -> Self {
    Self(operations: 2 * tokens * h * o, floats: tokens * (h + 2 * o) + (h + 1) * o)
  }

  /// Gradients of hidden states and kernel. Reads hidden states, logit gradients and the kernel; writes both gradients.
  package static func headsBackward(tokens: Int, hiddenSize h: Int, outputSize o: Int) -> Self {
    Self(operations: 4 * tokens * h * o, floats: tokens * (2 * h + o) + (2 * h + 1) * o)
  }

  /// Nine operations for each number (a square root and a division count as one); three slabs read, two written.
  package static func rmspropUpdate(count: Int) -> Self { Self(operations: 9 * count, floats: 5 * count) }

  /// A sum of squares, then a scaling: the norm must be known before, so the gradients are read twice and written once.
  package static func clipByGlobalNorm(count: Int) -> Self { Self(operations: 3 * count, floats: 3 * count) }

  /// Reads row numbers and rows; writes the rows.
  package static func gatherRows(count: Int, width: Int) -> Self {
    Self(operations: 0, floats: count * (1 + 2 * width))
  }

  /// From the host's array to the tensor or back.
  package static func copy(count: Int) -> Self { Self(operations: 0, floats: 2 * count) }

  package static func fill(count: Int) -> Self { Self(operations: 0, floats: count) }
}
