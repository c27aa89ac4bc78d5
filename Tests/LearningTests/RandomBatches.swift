import Learning
import Sequences

/// Ragged batches of random vectors for a model of any heads; the epoch decides nothing but the order. A few inputs are
/// zeros, a few vectors lack a number as targets.
struct RandomBatches: BatchSource {
  let configuration: ModelConfiguration
  var batchCount = 5
  var seed: UInt64 = 11
  /// Sequences in every other batch, one more in the rest.
  var sequenceCount = 3
  var longest = 7

  /// The last rows lack the first regression number.
  var table: VectorTable {
    var random = Philox(seed: seed, purpose: .testData, index: batchCount)
    let vectors = (0..<Self.rowCount).flatMap { _ in
      configuration.heads.flatMap { head -> [Float] in
        guard head.activation == .softmax else { return (0..<head.size).map { _ in random.uniform() } }
        let hot = Int(random.next() % UInt64(head.size))
        return (0..<head.size).map { $0 == hot ? 1 : 0 }
      }
    }
    let weights = (0..<Self.rowCount).flatMap { row in
      (0..<configuration.regressionSize).map { $0 == 0 && Self.isMissingTargets(Int32(row)) ? 0 as Float : 1 }
    }
    return VectorTable(width: configuration.outputSize, vectors: vectors, regressionWeights: weights)
  }

  private static let rowCount = 97
  private static func isMissingTargets(_ row: Int32) -> Bool { row >= 94 }

  func batch(epoch: Int, index: Int) -> Batch {
    let index = (index + epoch) % batchCount
    var random = Philox(seed: seed, purpose: .testData, index: index)
    let lengths = (0..<sequenceCount + index % 2).map { _ in 2 + Int(random.next() % UInt64(longest - 1)) }
    let encoder = PackedLayout(lengths: lengths)
    let decoder = PackedLayout(lengths: lengths.map { $0 - 1 })
    func rows(_ count: Int, from least: Int32) -> [Int32] {
      (0..<count).map { _ in least + Int32(random.next() % UInt64(Self.rowCount)) }
    }
    let (encoderRows, decoderRows) = (rows(encoder.tokenCount, from: -1), rows(decoder.tokenCount, from: -1))
    let targetRows = rows(decoder.tokenCount, from: 0)
    return Batch(
      encoderLayout: encoder, encoderRows: encoderRows, decoderLayout: decoder, decoderRows: decoderRows,
      targetRows: targetRows, isMissingTargets: targetRows.contains(where: Self.isMissingTargets),
      lossDenominators: [Float](repeating: Float(decoder.tokenCount), count: configuration.heads.count))
  }
}
