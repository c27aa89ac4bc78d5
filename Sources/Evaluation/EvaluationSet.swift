package import Music

/// One playlist to be continued.
package struct EvaluationCase: Sendable, Equatable {
  /// Number among the cases; streams of random numbers hang on it.
  package var index: Int
  package var pid: String
  /// Rows of the first K songs as they stand; songs that the catalogue does not know are negative.
  package var seeds: [Int32]
  /// Rows of the later songs, without the seeds.
  package var relevant: Set<Int32>

  package init(index: Int, pid: String, seeds: [Int32], relevant: Set<Int32>) {
    self.index = index
    self.pid = pid
    self.seeds = seeds
    self.relevant = relevant
  }

  /// R: songs that the catalogue does not know count.
  package var relevantCount: Int { relevant.count }
  /// The seeds that the catalogue knows, in order, repeats kept.
  package var knownSeeds: [Int32] { seeds.filter { $0 >= 0 } }
}

/// The playlists that an evaluation is made on.
package struct EvaluationSet: Sendable {
  /// K: songs that are given of each playlist.
  package let seedCount: Int
  package private(set) var cases: [EvaluationCase] = []
  /// Playlists with K songs or fewer, or whose later songs are all among the first K.
  package private(set) var skippedCount: Int

  /// - Parameters:
  ///   - playlists: rows of the catalogue; different negative numbers for songs that it does not know.
  ///   - alreadySkipped: playlists too short to be read.
  package init(_ playlists: [Playlist], seedCount: Int, alreadySkipped: Int = 0) {
    precondition(seedCount > 0, "EvaluationSet: at least one seed")
    self.seedCount = seedCount
    skippedCount = alreadySkipped
    for playlist in playlists {
      let seeds = Array(playlist.songs.prefix(seedCount))
      let relevant = Set(playlist.songs.dropFirst(seedCount)).subtracting(seeds)
      guard !relevant.isEmpty else {
        skippedCount += 1
        continue
      }
      cases.append(EvaluationCase(index: cases.count, pid: playlist.pid, seeds: seeds, relevant: relevant))
    }
  }
}
