package import Compute
internal import Glibc
internal import Recommendation

/// The most popular songs of the seeds' artists, then the most popular of all. With n(a) seeds by artist a and c_i
/// training playlists that hold song i,
///
///     score(i) = n(artist of i)^γ · c_i
package struct ArtistPopularity: Rival {
  package struct Settings: Sendable {
    /// γ
    package var seedExponent: Float
    package init(seedExponent: Float) { self.seedExponent = seedExponent }
  }

  package static let name = "artist-popularity"
  /// Of γ 0, 0.25, 0.5, 1, 1.5, 2 and 3 (see `Rivals`).
  package static let tuned = Settings(seedExponent: 1)
  package static var axes: [SettingAxis<Settings>] { [SettingAxis(\.seedExponent, [0, 0.25, 0.5, 1, 1.5, 2, 3])] }

  private let matrix: PlaylistMatrix
  private let artists: [Int32]
  /// The songs of each artist. (artists)
  private let songs: [[Int32]]
  private let settings: Settings

  package init(_ input: RivalInput, settings: Settings, backend: any Backend) {
    matrix = input.matrix
    artists = input.artists
    self.settings = settings
    var songs = [[Int32]](repeating: [], count: Int((artists.max() ?? -1) + 1))
    for (song, artist) in artists.enumerated() { songs[Int(artist)].append(Int32(song)) }
    self.songs = songs
  }

  package func score(_ item: EvaluationCase, into scores: UnsafeMutableBufferPointer<Float>) {
    var seedCounts: [Int32: Int] = [:]
    for seed in Set(item.knownSeeds) { seedCounts[artists[Int(seed)], default: 0] += 1 }
    for (artist, seedCount) in seedCounts {
      let weight = pow(Float(seedCount), settings.seedExponent)
      for song in songs[Int(artist)] { scores[Int(song)] = weight * Float(matrix.playlistCount(of: song)) }
    }
  }
}
