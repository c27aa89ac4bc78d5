import Compute
import Testing

/// Sizes that do not fit together stop the program instead of reading beyond a tensor.
@Suite struct OperandSizeTests {
  @Test func `dense layers, dropout and sums stop where a tensor is too short`() async {
    await #expect(processExitsWith: .failure) { try dense(inputCount: 5) }
    await #expect(processExitsWith: .failure) { try dense(outputCount: 7) }
    await #expect(processExitsWith: .failure) { try dense(gradientSize: 8) }
    await #expect(processExitsWith: .success) { try dense() }
    await #expect(processExitsWith: .failure) {
      let backend = try CPUBackend(threads: 1)
      try backend.dropout(
        backend.makeTensor(count: 4), count: 5, mask: DropoutMask(rate: 0.5, seed: 1, step: 1, layer: 1),
        into: backend.makeTensor(count: 5))
    }
    await #expect(processExitsWith: .failure) {
      let backend = try CPUBackend(threads: 1)
      try backend.add(backend.makeTensor(count: 4), times: 1, to: backend.makeTensor(count: 5))
    }
  }

  @Test func `AdamW stops where slabs differ in length or no step is named`() async {
    await #expect(processExitsWith: .failure) { try adamw(momentCount: 3, step: 1) }
    await #expect(processExitsWith: .failure) { try adamw(momentCount: 4, step: 0) }
    await #expect(processExitsWith: .success) { try adamw(momentCount: 4, step: 1) }
  }

  @Test func `song vectors stop where parameters and songs differ`() async {
    await #expect(processExitsWith: .failure) { try songVectors(songCount: 4) }
    await #expect(processExitsWith: .failure) { try songVectors(artistCount: 1) }
    await #expect(processExitsWith: .failure) { try songVectors(vectorCount: 5) }
    await #expect(processExitsWith: .success) { try songVectors() }
  }
}

/// Two rows of three inputs and four outputs, unless said otherwise.
private func dense(inputCount: Int = 6, outputCount: Int = 8, gradientSize: Int = 12) throws {
  let backend = try CPUBackend(threads: 1)
  let parameters = DenseParameters(kernel: try backend.makeTensor(count: 12), bias: try backend.makeTensor(count: 4))
  let gradients = DenseParameters(
    kernel: try backend.makeTensor(count: gradientSize), bias: try backend.makeTensor(count: 4))
  let inputs = try backend.makeTensor(count: inputCount)
  let outputs = try backend.makeTensor(count: outputCount)
  try backend.denseForward(inputs: inputs, rowCount: 2, parameters: parameters, outputs: outputs)
  try backend.denseBackward(
    inputs: inputs, outputs: outputs, outputGradient: try backend.makeTensor(count: 8), rowCount: 2,
    parameters: parameters, gradients: gradients, inputGradient: nil)
}

private func adamw(momentCount: Int, step: Int) throws {
  let backend = try CPUBackend(threads: 1)
  try backend.adamwUpdate(
    parameters: backend.makeTensor(count: 4), gradients: backend.makeTensor(count: 4),
    firstMoments: backend.makeTensor(count: 4), secondMoments: backend.makeTensor(count: momentCount),
    settings: AdamW(step: step))
}

/// Three songs of two artists in two dimensions, unless said otherwise.
private func songVectors(songCount: Int = 3, artistCount: Int = 2, vectorCount: Int = 6) throws {
  let backend = try CPUBackend(threads: 1)
  let songs = try SongInputs(
    artists: [0, -1, 1], artistCount: 2, features: backend.makeTensor(count: 3), featureCount: 1, on: backend)
  let parameters = SongVectorParameters(
    embeddings: try backend.makeTensor(count: 2 * songCount), artists: try backend.makeTensor(count: 2 * artistCount),
    featureKernel: try backend.makeTensor(count: 2), width: 2)
  try backend.songVectorsForward(
    parameters: parameters, songs: songs, dropping: nil, vectors: backend.makeTensor(count: vectorCount))
}
