package import Compute
internal import Glibc
internal import Music
internal import Recommendation

/// Songs by the seeds' artists, among them and after them those that sound alike: what can be known of a song that nobody
/// has played yet without learning anything. With n(a) seeds by artist a and z the standardised numbers,
///
///     score(i) = w·log(1 + n(artist of i)) − |z_i − mean of the seeds' z|² / 29
///
/// A song without numbers counts as the farthest of those that have any.
package struct ArtistContent: Rival {
  package struct Settings: Sendable {
    /// w
    package var artistWeight: Float
    package init(artistWeight: Float) { self.artistWeight = artistWeight }
  }

  package static let name = "artist-content"
  /// The best of the axis on the validation part that seed 0 draws: .0392, .0599, .1150 there, .0411, .0616, .1227 on its
  /// test part, in the columns of `Rivals`.
  package static let tuned = Settings(artistWeight: 3)
  package static var axes: [SettingAxis<Settings>] {
    [SettingAxis(\.artistWeight, [0.1, 0.3, 1, 3, 10, 30, 100])]
  }

  private let content: StandardizedContent
  private let artists: [Int32]
  private let settings: Settings

  package init(_ input: RivalInput, settings: Settings, backend: any Backend) {
    content = StandardizedContent(input, backend: backend)
    artists = input.artists
    self.settings = settings
  }

  package var floor: Float { -.infinity }

  package func score(_ item: EvaluationCase, into scores: UnsafeMutableBufferPointer<Float>) {
    content.score(item, into: scores)
    let farthest = scores.lazy.filter { $0 > -.infinity }.min() ?? 0
    var seedCounts: [Int32: Int] = [:]
    for seed in Set(item.knownSeeds) { seedCounts[artists[Int(seed)], default: 0] += 1 }
    guard !seedCounts.isEmpty else { return }
    for song in scores.indices {
      let sound = max(scores[song], farthest) / Float(SongVector.width)
      scores[song] = sound + settings.artistWeight * logf(1 + Float(seedCounts[artists[song]] ?? 0))
    }
  }
}
