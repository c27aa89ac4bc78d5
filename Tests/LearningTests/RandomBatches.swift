import Learning
import Sequences

/// Ragged batches of random vectors for a model of any heads; the epoch decides nothing but the order.
struct RandomBatches: BatchSource {
  let configuration: ModelConfiguration
  var batchCount = 5
  var seed: UInt64 = 11
  /// Sequences in every other batch, one more in the rest.
  var sequenceCount = 3
  var longest = 7

  func batch(epoch: Int, index: Int) -> Batch {
    let index = (index + epoch) % batchCount
    var random = Philox(seed: seed, purpose: .testData, index: index)
    let lengths = (0..<sequenceCount + index % 2).map { _ in 2 + Int(random.next() % UInt64(longest - 1)) }
    let encoder = PackedLayout(lengths: lengths)
    let decoder = PackedLayout(lengths: lengths.map { $0 - 1 })
    func uniform(_ count: Int) -> [Float] { (0..<count).map { _ in random.uniform() } }
    let f = configuration.inputSize
    let (encoderInputs, decoderInputs) = (uniform(encoder.tokenCount * f), uniform(decoder.tokenCount * f))
    let targets = (0..<decoder.tokenCount).flatMap { _ in
      configuration.heads.flatMap { head -> [Float] in
        guard head.activation == .softmax else { return uniform(head.size) }
        let hot = Int(random.next() % UInt64(head.size))
        return (0..<head.size).map { $0 == hot ? 1 : 0 }
      }
    }
    return Batch(
      encoderLayout: encoder, encoderInputs: encoderInputs, decoderLayout: decoder, decoderInputs: decoderInputs,
      targets: targets, regressionWeights: nil,
      lossDenominators: [Float](repeating: Float(decoder.tokenCount), count: configuration.heads.count))
  }
}
