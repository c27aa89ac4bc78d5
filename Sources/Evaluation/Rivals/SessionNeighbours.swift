package import Compute

/// Session kNN (SKNN; Jannach and Ludewig 2017, "When recurrent neural networks meet the neighborhood for session-based
/// recommendation") with idf: the seeds as a set s against every training playlist p,
///
///     sim(s, p) = Σ_{i ∈ s ∩ p} idf_i² / (|s|·|p|)      |p| = √Σ_{i ∈ p} idf_i²
///     score(i)  = Σ sim(s, p) over the k most similar playlists p that hold i
package struct SessionNeighbours: Rival {
  package struct Settings: Sendable {
    /// k
    package var neighbourCount: Int
    package init(neighbourCount: Int) { self.neighbourCount = neighbourCount }
  }

  package static let name = "session-knn"
  /// Of k 50, 100, 200, 500 and 1000 (see `Rivals`), 50 gains 0.005 in ap@10/min and loses 0.004 in ndcg@500, which is
  /// noise; 100 is the literature's, and more loses a little of everything.
  package static let tuned = Settings(neighbourCount: 100)
  package static var axes: [SettingAxis<Settings>] { [SettingAxis(\.neighbourCount, [50, 100, 200, 500, 1000])] }

  private let matrix: PlaylistMatrix
  private let settings: Settings
  /// idf_i² (songs)
  private let weights: [Float]
  /// 1 / |p|; 0 for a playlist without weight. (playlists)
  private let inverseNorms: [Float]

  package init(_ input: RivalInput, settings: Settings, backend: any Backend) {
    matrix = input.matrix
    self.settings = settings
    weights = (0..<Int32(matrix.songCount)).map { [matrix] song in
      let frequency = matrix.inverseFrequency(of: song)
      return frequency * frequency
    }
    inverseNorms = (0..<Int32(matrix.playlistCount)).map { [matrix, weights] playlist in
      let sum = matrix.songs(of: playlist).reduce(0) { $0 + weights[Int($1)] }
      return sum > 0 ? 1 / sum.squareRoot() : 0
    }
  }

  package func score(_ item: EvaluationCase, into scores: UnsafeMutableBufferPointer<Float>) {
    let seeds = Set(item.knownSeeds).sorted()
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
