internal import Glibc

/// Sequential rules of size two (SR; Kamehkhosh, Jannach and Ludewig 2017, "A comparison of frequent pattern techniques and
/// a deep learning method for session-based recommendation"): i ⇒ j when j stands at most `steps` places after i, and
/// counts the more the nearer it stands.
///
///     support(i ⇒ j) = Σ w(x − y) over playlists with i at place y and j at place x, 0 < x − y ≤ steps
///     score(j)       = Σ over the seeds i of v(d_i) · support(i ⇒ j) / c_i^κ
///
/// d_i = 1 for the last seed, 2 for the one before; c_i how often i occurs. The paper asks the last seed only (v = 0
/// beyond d = 1), where the next song is all that counts; playlists are continued better by all seeds together.
/// Nothing is counted before a seed asks for it.
package struct SequentialRuleScorer: CoOccurrenceScorer {
  package struct Settings: Sendable {
    package var steps: Int
    /// w
    package var stepDecay: PositionDecay
    /// v
    package var seedDecay: PositionDecay
    /// κ
    package var confidenceExponent: Float

    package init(steps: Int, stepDecay: PositionDecay, seedDecay: PositionDecay, confidenceExponent: Float) {
      self.steps = steps
      self.stepDecay = stepDecay
      self.seedDecay = seedDecay
      self.confidenceExponent = confidenceExponent
    }
  }

  /// Where a song stands.
  private struct Place {
    var playlist: Int32
    var position: Int32
  }

  private let playlists: TrainingPlaylists
  private let settings: Settings
  /// The places of all songs, song after song, and where each song's begin. (occurrences), (songs + 1)
  private let (places, starts): ([Place], [Int])
  /// w(1) … w(steps)
  private let stepWeights: [Float]

  package init(_ playlists: TrainingPlaylists, settings: Settings) {
    self.playlists = playlists
    self.settings = settings
    var starts = [Int](repeating: 0, count: playlists.songCount + 1)
    for playlist in 0..<playlists.count {
      for song in playlists[playlist] where song >= 0 { starts[Int(song) + 1] += 1 }
    }
    for song in 0..<playlists.songCount { starts[song + 1] += starts[song] }
    var places = [Place](repeating: Place(playlist: 0, position: 0), count: starts.last!)
    var ends = starts
    for playlist in 0..<playlists.count {
      for (position, song) in playlists[playlist].enumerated() where song >= 0 {
        places[ends[Int(song)]] = Place(playlist: Int32(playlist), position: Int32(position))
        ends[Int(song)] += 1
      }
    }
    (self.places, self.starts) = (places, starts)
    stepWeights = (1...max(1, settings.steps)).map { settings.stepDecay.weight(at: $0, of: settings.steps) }
  }

  package func score(_ seeds: [Int32], into scores: UnsafeMutableBufferPointer<Float>) {
    for (seed, distance) in seeds.seedDistances {
      let places = places[starts[Int(seed)]..<starts[Int(seed) + 1]]
      guard !places.isEmpty else { continue }
      let weight =
        settings.seedDecay.weight(at: distance, of: seeds.count)
        * pow(Float(places.count), -settings.confidenceExponent)
      for place in places {
        let later = playlists[Int(place.playlist)].dropFirst(Int(place.position) + 1)
        for (song, stepWeight) in zip(later, stepWeights) where song >= 0 {
          scores[Int(song)] += weight * stepWeight
        }
      }
    }
  }
}
