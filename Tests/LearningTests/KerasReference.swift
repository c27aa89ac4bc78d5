import Learning
import Sequences
import TestSupport

/// Golden numbers from Keras 3.15: inputs, initial weights, predictions, gradients and ten RMSprop losses.
struct KerasReference {
  let file: Safetensors
  let layout: ParameterLayout
  /// A row for each token: those of the encoder, of the decoder, then the targets.
  let table: VectorTable
  let batch: Batch
  let stepCount: Int

  init(_ name: String) throws {
    let file = try Safetensors(path: "\(SharedFolder.path)/reference/keras/\(name).safetensors")
    self.file = file
    let shape = file.entries["encoder_inputs"]!.shape
    let (batchSize, steps) = (shape[0], shape[1])
    stepCount = steps
    layout = ParameterLayout(ModelConfiguration(hiddenSize: file.entries["initial/heads/key/kernel"]!.shape[0]))
    let packing = PackedLayout(lengths: [Int](repeating: steps, count: batchSize))
    func packed(_ name: String) throws -> [Float] {
      let values = try file.values(name)
      return (0..<steps * batchSize).flatMap { token in
        let start = (token % batchSize * steps + token / batchSize) * 29
        return values[start..<start + 29]
      }
    }
    table = VectorTable(
      width: 29,
      vectors: try packed("encoder_inputs") + packed("decoder_inputs") + packed("decoder_targets"))
    let tokens = Int32(packing.tokenCount)
    batch = Batch(
      encoderLayout: packing, encoderRows: Array(0..<tokens), decoderLayout: packing,
      decoderRows: Array(tokens..<2 * tokens), targetRows: Array(2 * tokens..<3 * tokens),
      lossDenominators: [Float](repeating: Float(batchSize * steps), count: 4))
  }

  /// All heads' predictions side by side in packed order. (N, 29)
  func predictions() throws -> [Float] {
    let heads = try layout.configuration.headColumns.map { ($0, try file.values("predictions/\($0.name)")) }
    let batchSize = batch.sequenceCount
    return (0..<batchSize * stepCount).flatMap { token in
      heads.flatMap { head, values in
        let start = (token % batchSize * stepCount + token / batchSize) * head.columns.count
        return values[start..<start + head.columns.count]
      }
    }
  }
}
