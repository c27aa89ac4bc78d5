/// One batch for an encoder-decoder model: packed rows of its source's table, and what each head's loss is divided by.
/// A row −1 is a vector of zeros.
package struct Batch: Sendable, Equatable {
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
  /// What each loss sum is divided by. A head's: B·T when padded, else its present targets. (losses)
  package var lossDenominators: [Float]
  /// What a model that ranks its catalogue needs besides; nil for others.
  package var continuation: Continuation?

  /// The playlist's context, and what goes on after its prefix, in batch order.
  package struct Continuation: Sendable, Equatable {
    /// Words of each playlist's title, weighted for their mean.
    package var titles: EmbeddingBags
    package var targets: CatalogueTargets

    package init(titles: EmbeddingBags, targets: CatalogueTargets) {
      self.titles = titles
      self.targets = targets
    }
  }

  package init(
    encoderLayout: PackedLayout, encoderRows: [Int32], decoderLayout: PackedLayout, decoderRows: [Int32],
    targetRows: [Int32], isMissingTargets: Bool = false, lossDenominators: [Float], continuation: Continuation? = nil
  ) {
    self.encoderLayout = encoderLayout
    self.encoderRows = encoderRows
    self.decoderLayout = decoderLayout
    self.decoderRows = decoderRows
    self.targetRows = targetRows
    self.isMissingTargets = isMissingTargets
    self.lossDenominators = lossDenominators
    self.continuation = continuation
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
