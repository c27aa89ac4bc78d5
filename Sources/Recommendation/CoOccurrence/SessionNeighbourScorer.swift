/// Session kNN (SKNN; Jannach and Ludewig 2017, "When recurrent neural networks meet the neighborhood for session-based
/// recommendation") with idf: the seeds as a set s against every training playlist p,
///
///     sim(s, p) = Σ_{i ∈ s ∩ p} idf_i² / (|s|·|p|)      |p| = √Σ_{i ∈ p} idf_i²
///     score(i)  = Σ sim(s, p) over the k most similar playlists p that hold i
package struct SessionNeighbourScorer: CoOccurrenceScorer {
  package struct Settings: Sendable {
    /// k
    package var neighbourCount: Int
    package init(neighbourCount: Int) { self.neighbourCount = neighbourCount }
  }

  private let matrix: PlaylistMatrix
  private let settings: Settings
  /// idf_i² (songs)
  private let weights: [Float]
  /// 1 / |p|; 0 for a playlist without weight. (playlists)
  private let inverseNorms: [Float]

  package init(_ matrix: PlaylistMatrix, settings: Settings) {
    self.matrix = matrix
    self.settings = settings
    let weights = (0..<Int32(matrix.songCount)).map { song in
      let frequency = matrix.inverseFrequency(of: song)
      return frequency * frequency
    }
    self.weights = weights
    inverseNorms = (0..<Int32(matrix.playlistCount)).map { playlist in
      let sum = matrix.songs(of: playlist).reduce(0) { $0 + weights[Int($1)] }
      return sum > 0 ? 1 / sum.squareRoot() : 0
    }
  }

  package func score(_ seeds: [Int32], into scores: UnsafeMutableBufferPointer<Float>) {
    let seeds = Set(seeds.lazy.filter { $0 >= 0 }).sorted()
    let norm = seeds.reduce(0) { $0 + weights[Int($1)] }.squareRoot()
    guard norm > 0 else { return }
    var similarities = [Float](repeating: 0, count: matrix.playlistCount)
    for seed in seeds {
      for playlist in matrix.playlists(of: seed) {
        similarities[Int(playlist)] += weights[Int(seed)] / norm * inverseNorms[Int(playlist)]
      }
    }
    for playlist in Best.indices(settings.neighbourCount, of: similarities, above: 0) {
      for song in matrix.songs(of: playlist) { scores[Int(song)] += similarities[Int(playlist)] }
    }
  }
}
