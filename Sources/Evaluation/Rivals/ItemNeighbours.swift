package import Compute
internal import Glibc

/// Item kNN (Sarwar et al. 2001; Deshpande and Karypis 2004): songs as columns of the playlist-song matrix. A playlist of
/// L songs says L^−β of each (inverse user frequency: Breese et al. 1998); with c_ij = Σ of L^−2β over the playlists that
/// hold songs i and j,
///
///     sim(i, j) = c_ij / (c_ii^(1−α) · c_jj^α + shrinkage)
///     score(j)  = Σ sim(i, j) over the seeds i among whose k most similar songs j is
///
/// α = 1/2 is the cosine; a smaller α favours popular songs j. Nothing is computed before a seed asks for it.
package struct ItemNeighbours: Rival {
  package struct Settings: Sendable {
    /// k
    package var neighbourCount: Int
    package var shrinkage: Float
    /// α
    package var popularityExponent: Float
    /// β
    package var lengthExponent: Float

    package init(neighbourCount: Int, shrinkage: Float, popularityExponent: Float, lengthExponent: Float) {
      self.neighbourCount = neighbourCount
      self.shrinkage = shrinkage
      self.popularityExponent = popularityExponent
      self.lengthExponent = lengthExponent
    }
  }

  package static let name = "item-knn"
  package static let tuned = Settings(
    neighbourCount: 1000, shrinkage: 0, popularityExponent: 0.5, lengthExponent: 0)
  package static var axes: [SettingAxis<Settings>] {
    [
      SettingAxis(\.popularityExponent, [0.2, 0.3, 0.4, 0.5, 0.6]),
      SettingAxis(\.lengthExponent, [0, 0.25, 0.5, 0.75]),
      SettingAxis(\.shrinkage, [0, 0.02, 0.1, 0.5, 2, 5, 10, 20, 50]),
      SettingAxis(\.neighbourCount, [50, 100, 200, 500, 1000, 5000, 100_000]),
    ]
  }

  private let matrix: PlaylistMatrix
  private let settings: Settings
  /// L^−2β (playlists)
  private let playlistWeights: [Float]
  /// c_ii^(1−α) and c_ii^α (songs)
  private let (seedNorms, songNorms): ([Float], [Float])

  package init(_ input: RivalInput, settings: Settings, backend: any Backend) {
    let matrix = input.matrix
    let weights = (0..<Int32(matrix.playlistCount)).map {
      pow(Float(max(1, matrix.songCount(of: $0))), -2 * settings.lengthExponent)
    }
    let squares = (0..<Int32(matrix.songCount)).map { song in
      matrix.playlists(of: song).reduce(0) { $0 + weights[Int($1)] }
    }
    self.matrix = matrix
    self.settings = settings
    playlistWeights = weights
    seedNorms = squares.map { pow($0, 1 - settings.popularityExponent) }
    songNorms = squares.map { pow($0, settings.popularityExponent) }
  }

  package func score(_ item: EvaluationCase, into scores: UnsafeMutableBufferPointer<Float>) {
    var similarities = [Float](repeating: 0, count: scores.count)
    for seed in Set(item.knownSeeds).sorted() {
      similarities.withUnsafeMutableBufferPointer { similarities in
        similarities.update(repeating: 0)
        for playlist in matrix.playlists(of: seed) {
          let weight = playlistWeights[Int(playlist)]
          for song in matrix.songs(of: playlist) { similarities[Int(song)] += weight }
        }
        similarities[Int(seed)] = 0
        for song in similarities.indices where similarities[song] > 0 {
          similarities[song] /= seedNorms[Int(seed)] * songNorms[song] + settings.shrinkage
        }
      }
      for song in Best.indices(settings.neighbourCount, of: similarities, above: 0) {
        scores[Int(song)] += similarities[Int(song)]
      }
    }
  }
}
