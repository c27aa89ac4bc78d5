/// One batch for an encoder-decoder model: packed inputs, targets, and what each head's loss is divided by.
package struct Batch: Sendable {
  package var encoderLayout: PackedLayout
  /// (N of the encoder, F)
  package var encoderInputs: [Float]
  package var decoderLayout: PackedLayout
  /// (N of the decoder, F)
  package var decoderInputs: [Float]
  /// (N of the decoder, outputs of all heads together). An all-zero one-hot block carries no loss.
  package var targets: [Float]
  /// Weight of each regression target, 0 where it is missing; nil when none is. (N of the decoder, regression outputs)
  package var regressionWeights: [Float]?
  /// What each head's loss sum is divided by: B·T when padded, else the head's present targets. (heads)
  package var lossDenominators: [Float]

  package init(
    encoderLayout: PackedLayout, encoderInputs: [Float], decoderLayout: PackedLayout, decoderInputs: [Float],
    targets: [Float], regressionWeights: [Float]?, lossDenominators: [Float]
  ) {
    self.encoderLayout = encoderLayout
    self.encoderInputs = encoderInputs
    self.decoderLayout = decoderLayout
    self.decoderInputs = decoderInputs
    self.targets = targets
    self.regressionWeights = regressionWeights
    self.lossDenominators = lossDenominators
  }

  package var sequenceCount: Int { encoderLayout.batchSize }
}

/// Where a trainer gets its batches from. The same epoch and index always give the same batch, so a stopped run can
/// go on in the middle of an epoch.
package protocol BatchSource: Sendable {
  /// Batches in each epoch, a smaller last one included.
  var batchCount: Int { get }
  /// - Parameters:
  ///   - epoch: from 1; selects the shuffle.
  ///   - index: 0 ..< `batchCount`.
  func batch(epoch: Int, index: Int) -> Batch
}
