internal import Sequences

/// `song_vectors_forward`, its backward kernels, and the products with the songs' numbers.
extension OpenCLBackend {
  package func songVectorsForward(
    parameters: SongVectorParameters, songs: SongInputs, dropping: DropoutMask?, vectors: Tensor
  ) throws {
    requireSongVectors("songVectorsForward", parameters, songs, vectors)
    let width = parameters.width
    try multiply(
      Matrix(tensor: songs.features, stride: songs.featureCount),
      Matrix(tensor: parameters.featureKernel, stride: width), into: Matrix(tensor: vectors, stride: width),
      m: songs.songCount, n: width, k: songs.featureCount)
    let kernel = try kernel("song_vectors_forward")
    let mask = dropping ?? .none
    try kernel.set(
      .input(parameters.embeddings), .input(parameters.artists), .input(songs.artists.tensor), .uint(songs.songCount),
      .uint(width), .stream(mask.stream), .uint(Int(mask.threshold)), .output(vectors))
    try launch(kernel, rows: songs.songCount)
    try queue.flush()
  }

  package func songVectorsBackward(
    vectorGradient: Tensor, songs: SongInputs, dropping: DropoutMask?, gradients: SongVectorParameters
  ) throws {
    requireSongVectors("songVectorsBackward", gradients, songs, vectorGradient)
    let (width, mask) = (gradients.width, dropping ?? .none)
    let embeddings = try kernel("song_embeddings_backward")
    try embeddings.set(
      .input(vectorGradient), .uint(songs.songCount), .uint(width), .stream(mask.stream), .uint(Int(mask.threshold)),
      .output(gradients.embeddings))
    try launch(embeddings, rows: songs.songCount)
    let artists = try kernel("song_artists_backward")
    try artists.set(
      .input(vectorGradient), .input(songs.songsByArtist.tensor), .input(songs.artistStarts.tensor),
      .uint(songs.artistCount), .uint(width), .output(gradients.artists))
    try launch(artists, rows: songs.artistCount)
    try multiply(
      Matrix(tensor: songs.features, stride: songs.featureCount), Matrix(tensor: vectorGradient, stride: width),
      into: Matrix(tensor: gradients.featureKernel, stride: width), m: songs.featureCount, n: width,
      k: songs.songCount, transposing: .left)
    try queue.flush()
  }
}

extension DropoutMask {
  /// Drops nothing.
  fileprivate static let none = DropoutMask(rate: 0, seed: 0, step: 0, layer: 0)
}
