import Compute
import Verification

extension ReferenceBackend {
  func songVectorsForward(
    parameters: SongVectorParameters, songs: SongInputs, dropping: DropoutMask?, vectors: Tensor
  ) throws {
    try write(
      Reference.songVectorsForward(
        parameters: Reference.SongVectorArrays(
          embeddings: try wide(parameters.embeddings), artists: try wide(parameters.artists),
          featureKernel: try wide(parameters.featureKernel)),
        width: parameters.width, songs: try wide(songs), dropping: dropping),
      to: vectors)
  }

  func songVectorsBackward(
    vectorGradient: Tensor, songs: SongInputs, dropping: DropoutMask?, gradients: SongVectorParameters
  ) throws {
    let result = Reference.songVectorsBackward(
      vectorGradient: try wide(vectorGradient, count: songs.songCount * gradients.width), width: gradients.width,
      songs: try wide(songs), dropping: dropping)
    try write(result.embeddings, to: gradients.embeddings)
    try write(result.artists, to: gradients.artists)
    try write(result.featureKernel, to: gradients.featureKernel)
  }

  private func wide(_ songs: SongInputs) throws -> Reference.Songs {
    Reference.Songs(
      artists: songs.artists.values, artistCount: songs.artistCount, features: try wide(songs.features),
      featureCount: songs.featureCount)
  }
}
