package import Compute
internal import Glibc
internal import Recommendation

/// Item kNN (Sarwar et al. 2001; Deshpande and Karypis 2004): songs as columns of the playlist-song matrix; with c_ij
/// playlists that hold songs i and j,
///
///     sim(i, j) = c_ij / (c_i^(1−α) · c_j^α + shrinkage)
///     score(j)  = Σ sim(i, j) over the seeds i
///
/// α = 1/2 without shrinkage is the cosine; a smaller α favours popular songs j, and shrinkage takes from songs that met by
/// chance. Nothing is computed before a seed asks for it.
package struct ItemNeighbours: Rival {
  package struct Settings: Sendable {
    /// α
    package var popularityExponent: Float
    package var shrinkage: Float

    package init(popularityExponent: Float, shrinkage: Float) {
      self.popularityExponent = popularityExponent
      self.shrinkage = shrinkage
    }
  }

  package static let name = "item-knn"
  /// Found by search (see `Rivals`): 0.03 in ap@10/min over the plain cosine. Tried and left out, for they gain nothing: only
  /// the k most similar songs of each seed (k ≥ 1000 changes nothing, k = 100 loses 0.04 in ndcg@500), and long playlists
  /// weighing less.
  package static let tuned = Settings(popularityExponent: 0.3, shrinkage: 5)
  package static var axes: [SettingAxis<Settings>] {
    [
      SettingAxis(\.popularityExponent, [0.2, 0.3, 0.4, 0.5, 0.6]),
      SettingAxis(\.shrinkage, [0, 0.5, 2, 5, 10, 20, 50]),
    ]
  }

  private let matrix: PlaylistMatrix
  private let settings: Settings
  /// c_i^(1−α) and c_i^α (songs)
  private let (seedNorms, songNorms): ([Float], [Float])

  package init(_ input: RivalInput, settings: Settings, backend: any Backend) {
    let counts = (0..<Int32(input.matrix.songCount)).map { Float(input.matrix.playlistCount(of: $0)) }
    matrix = input.matrix
    self.settings = settings
    seedNorms = counts.map { pow($0, 1 - settings.popularityExponent) }
    songNorms = counts.map { pow($0, settings.popularityExponent) }
  }

  package func score(_ item: EvaluationCase, into scores: UnsafeMutableBufferPointer<Float>) {
    var counts = [Float](repeating: 0, count: scores.count)
    for seed in Set(item.knownSeeds).sorted() {
      counts.withUnsafeMutableBufferPointer { counts in
        counts.update(repeating: 0)
        for playlist in matrix.playlists(of: seed) {
          for song in matrix.songs(of: playlist) { counts[Int(song)] += 1 }
        }
        for song in counts.indices where counts[song] > 0 {
          scores[song] += counts[song] / (seedNorms[Int(seed)] * songNorms[song] + settings.shrinkage)
        }
      }
    }
  }
}
