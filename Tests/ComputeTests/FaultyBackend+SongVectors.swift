import Compute

extension FaultyBackend {
  func songVectorsForward(
    parameters: SongVectorParameters, songs: SongInputs, dropping: DropoutMask?, vectors: Tensor
  ) throws {
    try run(
      "songVectorsForward",
      inputs: [parameters.embeddings, parameters.artists, parameters.featureKernel, songs.features],
      results: [vectors[0..<songs.songCount * parameters.width]]
    ) {
      try inner.songVectorsForward(parameters: parameters, songs: songs, dropping: dropping, vectors: vectors)
    }
  }

  func songVectorsBackward(
    vectorGradient: Tensor, songs: SongInputs, dropping: DropoutMask?, gradients: SongVectorParameters
  ) throws {
    try run(
      "songVectorsBackward", inputs: [vectorGradient, songs.features],
      results: [gradients.embeddings, gradients.artists, gradients.featureKernel]
    ) {
      try inner.songVectorsBackward(
        vectorGradient: vectorGradient, songs: songs, dropping: dropping, gradients: gradients)
    }
  }
}
