/// Scores songs by the training playlists in which they stand together with the songs given.
package protocol CoOccurrenceScorer: Sendable {
  /// Writes the scores of all songs over the zeros in `scores`; what stood with no seed keeps its 0.
  /// - Parameters:
  ///   - seeds: rows of the catalogue in order, repeats kept; negative ones are unknown to it and only take a place.
  ///   - scores: (songs)
  func score(_ seeds: [Int32], into scores: UnsafeMutableBufferPointer<Float>)
}

extension [Int32] {
  /// Seeds that the catalogue knows, the last one first, each with the distance of its last place from the end: 1 for the
  /// last place.
  package var seedDistances: [(seed: Int32, distance: Int)] {
    var taken: Set<Int32> = []
    return reversed().enumerated().compactMap { place, seed in
      seed >= 0 && taken.insert(seed).inserted ? (seed, place + 1) : nil
    }
  }
}
