/// One batch for an encoder-decoder model: packed rows of its source's table, and what each head's loss is divided by.
/// A row −1 is a vector of zeros.
package struct Batch: Sendable {
  package var encoderLayout: PackedLayout
  /// (N of the encoder)
  package var encoderRows: [Int32]
  package var decoderLayout: PackedLayout
  /// (N of the decoder)
  package var decoderRows: [Int32]
  /// (N of the decoder). An all-zero one-hot block of a row carries no loss.
  package var targetRows: [Int32]
  /// Whether any regression target is missing, so that the table's weights are needed.
  package var isMissingTargets: Bool
  /// What each head's loss sum is divided by: B·T when padded, else the head's present targets. (heads)
  package var lossDenominators: [Float]

  package init(
    encoderLayout: PackedLayout, encoderRows: [Int32], decoderLayout: PackedLayout, decoderRows: [Int32],
    targetRows: [Int32], isMissingTargets: Bool = false, lossDenominators: [Float]
  ) {
    self.encoderLayout = encoderLayout
    self.encoderRows = encoderRows
    self.decoderLayout = decoderLayout
    self.decoderRows = decoderRows
    self.targetRows = targetRows
    self.isMissingTargets = isMissingTargets
    self.lossDenominators = lossDenominators
  }

  package var sequenceCount: Int { encoderLayout.batchSize }
}

/// Where a trainer gets its batches from. The same epoch and index always give the same batch, so a stopped run can
/// go on in the middle of an epoch.
package protocol BatchSource: Sendable {
  /// What the batches' rows are rows of.
  var table: VectorTable { get }
  /// Batches in each epoch, a smaller last one included.
  var batchCount: Int { get }
  /// - Parameters:
  ///   - epoch: from 1; selects the shuffle.
  ///   - index: 0 ..< `batchCount`.
  func batch(epoch: Int, index: Int) -> Batch
}
