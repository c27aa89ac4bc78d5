/// How many targets of each of the four heads a batch's songs have.
package struct HeadTargetCounts {
  private var numbers = 0
  private var keys = 0
  private var modes = 0
  private var timeSignatures = 0
  /// Whether any song lacks one of the ten numbers.
  private(set) var isMissingTargets = false

  /// - Parameter present: of one song, as in `SongVectors`.
  mutating func add(_ present: UInt16) {
    numbers += (present & SongVectors.allNumbers).nonzeroBitCount
    keys += present & SongVectors.keyBit == 0 ? 0 : 1
    modes += present & SongVectors.modeBit == 0 ? 0 : 1
    timeSignatures += present & SongVectors.timeSignatureBit == 0 ? 0 : 1
    if present & SongVectors.allNumbers != SongVectors.allNumbers { isMissingTargets = true }
  }

  /// What the heads' loss sums are divided by: their present targets, those of the ten numbers together as one.
  var denominators: [Float] {
    [Float(numbers) / Float(SongVector.regression.count), Float(keys), Float(modes), Float(timeSignatures)].map {
      $0 == 0 ? Self.emptyDenominator : $0
    }
  }

  /// Divides the loss of a head that has no target in a batch: the sum is 0, its gradient stays 0, and an epoch's mean
  /// weighted by denominators does not feel it.
  package static let emptyDenominator: Float = 0x1p-100
}
