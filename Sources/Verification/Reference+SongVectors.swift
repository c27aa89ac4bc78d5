package import Compute

extension Reference {
  /// What is known of all songs.
  package struct Songs {
    package var artists: [Int32]  // (V), −1 for none
    package var artistCount: Int
    package var features: [Double]  // (V, F)
    package var featureCount: Int

    package init(artists: [Int32], artistCount: Int, features: [Double], featureCount: Int) {
      self.artists = artists
      self.artistCount = artistCount
      self.features = features
      self.featureCount = featureCount
    }
  }

  /// The parameters behind song vectors, or their gradients.
  package struct SongVectorArrays {
    package var embeddings: [Double]  // (V, d)
    package var artists: [Double]  // (A, d)
    package var featureKernel: [Double]  // (F, d)

    package init(embeddings: [Double], artists: [Double], featureKernel: [Double]) {
      self.embeddings = embeddings
      self.artists = artists
      self.featureKernel = featureKernel
    }
  }

  /// v_j = k_j·e_j + a_artist(j) + x_j·W, k_j = 0 for the songs that the mask drops. (V, d)
  package static func songVectorsForward(
    parameters: SongVectorArrays, width: Int, songs: Songs, dropping: DropoutMask?
  ) -> [Double] {
    let dropped = dropping.map { Self.dropped(count: songs.artists.count, $0) }
    var vectors: [Double] = []
    for (song, artist) in songs.artists.enumerated() {
      for column in 0..<width {
        var sum = dropped?[song] == true ? 0 : parameters.embeddings[song * width + column]
        if artist >= 0 { sum += parameters.artists[Int(artist) * width + column] }
        for feature in 0..<songs.featureCount {
          sum +=
            songs.features[song * songs.featureCount + feature] * parameters.featureKernel[feature * width + column]
        }
        vectors.append(sum)
      }
    }
    return vectors
  }

  /// ∂e_j = k_j·∂v_j, ∂a = Σ ∂v_j over the artist's songs, ∂W = xᵀ·∂v.
  package static func songVectorsBackward(
    vectorGradient: [Double], width: Int, songs: Songs, dropping: DropoutMask?
  ) -> SongVectorArrays {
    let dropped = dropping.map { Self.dropped(count: songs.artists.count, $0) }
    var gradients = SongVectorArrays(
      embeddings: vectorGradient, artists: [Double](repeating: 0, count: songs.artistCount * width),
      featureKernel: [Double](repeating: 0, count: songs.featureCount * width))
    for (song, artist) in songs.artists.enumerated() {
      for column in 0..<width {
        let gradient = vectorGradient[song * width + column]
        if dropped?[song] == true { gradients.embeddings[song * width + column] = 0 }
        if artist >= 0 { gradients.artists[Int(artist) * width + column] += gradient }
        for feature in 0..<songs.featureCount {
          gradients.featureKernel[feature * width + column] +=
            songs.features[song * songs.featureCount + feature] * gradient
        }
      }
    }
    return gradients
  }
}
