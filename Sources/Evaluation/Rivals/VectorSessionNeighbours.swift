package import Compute
internal import Glibc
package import Recommendation

/// Vector multiplication session kNN (VSKNN; Ludewig and Jannach 2018, "Evaluation of session-based recommendation
/// algorithms"): as session kNN, but later seeds weigh more, in the similarity and again in the score. The seed at place x
/// of n has distance d = n + 1 − x from the end; a repeated seed stands at its last place.
///
///     sim(s, p) = Σ_{i ∈ s ∩ p} v(d_i)·idf_i^η / |p|^ν
///     score(i)  = Σ sim(s, p) · w(d of the last seed in p) · (1 + λ·idf_i)
///
/// over the k most similar playlists p that hold i, |p| songs in p. The paper's is η = ν = 0 with linear v.
package struct VectorSessionNeighbours: Rival {
  package struct Settings: Sendable {
    /// k
    package var neighbourCount: Int
    /// v
    package var similarityDecay: PositionDecay
    /// w
    package var scoreDecay: PositionDecay
    /// η
    package var seedFrequencyExponent: Float
    /// ν
    package var lengthExponent: Float
    /// λ
    package var songFrequencyWeight: Float

    package init(
      neighbourCount: Int, similarityDecay: PositionDecay, scoreDecay: PositionDecay, seedFrequencyExponent: Float,
      lengthExponent: Float, songFrequencyWeight: Float
    ) {
      self.neighbourCount = neighbourCount
      self.similarityDecay = similarityDecay
      self.scoreDecay = scoreDecay
      self.seedFrequencyExponent = seedFrequencyExponent
      self.lengthExponent = lengthExponent
      self.songFrequencyWeight = songFrequencyWeight
    }
  }

  package static let name = "vsknn"
  /// Found by search (see `Rivals`). Weighing seeds by place costs in the similarity (0.003 to 0.04 in ap@10/min) and gains
  /// 0.003 in the score; idf and the length of playlists gain 0.005 each.
  package static let tuned = Settings(
    neighbourCount: 100, similarityDecay: .none, scoreDecay: .logarithmic, seedFrequencyExponent: 1,
    lengthExponent: 0.75, songFrequencyWeight: 0.1)
  package static var axes: [SettingAxis<Settings>] {
    [
      SettingAxis(\.similarityDecay, PositionDecay.allCases), SettingAxis(\.scoreDecay, PositionDecay.allCases),
      SettingAxis(\.seedFrequencyExponent, [0, 0.5, 1, 1.5, 2]),
      SettingAxis(\.lengthExponent, [0, 0.25, 0.5, 0.75, 1]),
      SettingAxis(\.songFrequencyWeight, [0, 0.05, 0.1, 0.2, 0.5, 1, 5]),
      SettingAxis(\.neighbourCount, [50, 100, 200, 500, 1000]),
    ]
  }

  private let matrix: PlaylistMatrix
  private let settings: Settings
  /// idf_i^η and 1 + λ·idf_i (songs)
  private let (seedWeights, songWeights): ([Float], [Float])
  /// |p|^−ν (playlists)
  private let lengthWeights: [Float]

  package init(_ input: RivalInput, settings: Settings, backend: any Backend) {
    let matrix = input.matrix
    self.matrix = matrix
    self.settings = settings
    let frequencies = (0..<Int32(matrix.songCount)).map { matrix.inverseFrequency(of: $0) }
    seedWeights = frequencies.map { pow($0, settings.seedFrequencyExponent) }
    songWeights = frequencies.map { 1 + settings.songFrequencyWeight * $0 }
    lengthWeights = (0..<Int32(matrix.playlistCount)).map {
      pow(Float(max(1, matrix.songCount(of: $0))), -settings.lengthExponent)
    }
  }

  package func score(_ item: EvaluationCase, into scores: UnsafeMutableBufferPointer<Float>) {
    var similarities = [Float](repeating: 0, count: matrix.playlistCount)
    var decays = [Float](repeating: 0, count: matrix.playlistCount)
    var isSeen = [Bool](repeating: false, count: matrix.playlistCount)
    for (seed, distance) in item.seeds.seedDistances {
      let weight = settings.similarityDecay.weight(at: distance, of: item.seeds.count) * seedWeights[Int(seed)]
      let decay = settings.scoreDecay.weight(at: distance, of: item.seeds.count)
      for playlist in matrix.playlists(of: seed).lazy.map({ Int($0) }) {
        similarities[playlist] += weight * lengthWeights[playlist]
        if !isSeen[playlist] {  // its last seed
          (isSeen[playlist], decays[playlist]) = (true, decay)
        }
      }
    }
    for playlist in Best.indices(settings.neighbourCount, of: similarities, above: 0) {
      let weight = similarities[Int(playlist)] * decays[Int(playlist)]
      for song in matrix.songs(of: playlist) { scores[Int(song)] += weight * songWeights[Int(song)] }
    }
  }
}
