/// How far a 32-bit result may lie from the Float64 reference. This file is the only place with such numbers.
///
/// Each element must satisfy |a − e| ≤ absolute + relative·|e|, and the tensor as a whole
/// ‖a − e‖ ≤ norm·‖e‖ + rounding·√count. A NaN fails at once and infinities must agree.
package struct Tolerance: Sendable {
  package let absolute: Double
  package let relative: Double
  package let norm: Double

  /// One unit in the last place of a number near 1: what cancellation leaves where the exact result is nearly zero.
  private static let rounding = 0x1p-23

  // Behind each: the largest share of the element's and of the norm's allowance that any case used on the CPU.
  package static let exact = Tolerance(absolute: 0, relative: 0, norm: 0)
  package static let lstmForward = Tolerance(absolute: 5e-6, relative: 1e-5, norm: 2e-6)  // 0.18, 0.24
  package static let lstmBackward = Tolerance(absolute: 5e-5, relative: 2e-5, norm: 1e-5)  // 0.28, 0.44
  package static let headsForward = Tolerance(absolute: 1e-6, relative: 1e-5, norm: 2e-6)  // 0.06, 0.03
  package static let headsLoss = Tolerance(absolute: 1e-6, relative: 1e-5, norm: 2e-6)  // 0.13, 0.13
  package static let lossSums = Tolerance(absolute: 1e-6, relative: 1e-5, norm: 1e-5)  // 0.01, 0.01
  /// For logits of ±500, which as 32-bit numbers are themselves uncertain by 3e-5.
  package static let extremeLogits = Tolerance(absolute: 2e-4, relative: 2e-4, norm: 2e-4)  // 0.03, 0.04
  package static let headsBackward = Tolerance(absolute: 5e-5, relative: 1e-5, norm: 2e-6)  // 0.24, 0.14
  package static let rmspropUpdate = Tolerance(absolute: 2e-7, relative: 1e-6, norm: 1e-6)  // 0.22, 0.07
  package static let rmspropMeanSquares = Tolerance(absolute: 0, relative: 1e-6, norm: 1e-6)  // 0.34, 0.05
  package static let clipByGlobalNorm = Tolerance(absolute: 0, relative: 1e-5, norm: 1e-5)  // 0.01, 0.01
  package static let embeddingBag = Tolerance(absolute: 2e-5, relative: 1e-5, norm: 1e-6)  // 0.34, 0.35
  package static let catalogueScores = Tolerance(absolute: 5e-6, relative: 1e-5, norm: 1e-6)  // 0.07, 0.12
  package static let catalogueLoss = Tolerance(absolute: 2e-6, relative: 2e-6, norm: 2e-6)  // 0.05, 0.05
  package static let catalogueGradients = Tolerance(absolute: 2e-6, relative: 1e-5, norm: 5e-6)  // 0.06, 0.19
  package static let attentionForward = Tolerance(absolute: 2e-6, relative: 1e-5, norm: 2e-6)  // 0.23, 0.07
  package static let attentionBackward = Tolerance(absolute: 1e-5, relative: 1e-5, norm: 2e-6)  // 0.07, 0.14
  package static let denseForward = Tolerance(absolute: 5e-6, relative: 1e-5, norm: 2e-6)  // 0.32, 0.10
  package static let denseBackward = Tolerance(absolute: 2e-4, relative: 1e-5, norm: 2e-6)  // 0.26, 0.17
  package static let dropout = Tolerance(absolute: 0, relative: 2e-7, norm: 2e-7)  // 0.53, 0.36
  package static let add = Tolerance(absolute: 1e-6, relative: 2e-7, norm: 2e-7)  // 0.15, 0.15
  package static let songVectors = Tolerance(absolute: 5e-6, relative: 1e-5, norm: 2e-6)  // 0.32, 0.15
  package static let songGradients = Tolerance(absolute: 4e-4, relative: 1e-5, norm: 2e-6)  // 0.25, 0.20
  package static let adamwUpdate = Tolerance(absolute: 2e-7, relative: 1e-6, norm: 1e-6)  // 0.29, 0.10
  package static let adamwSecondMoments = Tolerance(absolute: 0, relative: 1e-6, norm: 1e-6)  // 0.26, 0.05

  /// For first moments, whose parts cancel: relative to the gradients that they are means of. 0.16, 0.04
  package static func adamwFirstMoments(gradientScale: Double) -> Tolerance {
    Tolerance(absolute: 5e-7 * gradientScale, relative: 1e-6, norm: 1e-6)
  }

  /// Against products of rounded operands. Matrix units cut off what they add; emulated ones used 0.27 of this.
  package static let reducedProduct = Tolerance(absolute: 2e-4, relative: 2e-5, norm: 1e-5)

  /// Compares a result with what the reference computed.
  package func deviation(of actual: [Float], from expected: [Double]) -> Deviation {
    precondition(actual.count == expected.count, "Tolerance: \(actual.count) values against \(expected.count)")
    var result = Deviation()
    var (errorSum, expectedSum) = (0.0, 0.0)
    for (index, (a, e)) in zip(actual, expected).enumerated() {
      let used = share(usedBy: a, expecting: e)
      if used > result.elementShare {
        result.elementShare = used
        result.worst = Deviation.Element(index: index, actual: a, expected: e)
      }
      guard a.isFinite && e.isFinite else { continue }
      errorSum += (Double(a) - e) * (Double(a) - e)
      expectedSum += e * e
    }
    if errorSum > 0 {
      let allowed = norm * expectedSum.squareRoot() + Self.rounding * Double(actual.count).squareRoot()
      result.normShare = norm == 0 ? .infinity : errorSum.squareRoot() / allowed
    }
    return result
  }

  /// |a − e| as a share of what is allowed; above 1 is a failure.
  private func share(usedBy actual: Float, expecting expected: Double) -> Double {
    if actual.isNaN || expected.isNaN { return .infinity }
    if actual.isInfinite || Float(expected).isInfinite { return actual == Float(expected) ? 0 : .infinity }
    let difference = abs(Double(actual) - expected)
    return difference == 0 ? 0 : difference / (absolute + relative * abs(expected))
  }
}

/// How much of a tolerance one tensor used.
package struct Deviation: Sendable {
  package struct Element: Sendable {
    package let index: Int
    package let actual: Float
    package let expected: Double
  }
  /// The largest share of the allowed error that any element used; above 1 is a failure.
  package fileprivate(set) var elementShare = 0.0
  /// The share of the allowed norm of the error that the tensor used.
  package fileprivate(set) var normShare = 0.0
  /// The element that used most, nil when all are equal.
  package fileprivate(set) var worst: Element?

  package var toleranceUsed: Double { max(elementShare, normShare) }
}
