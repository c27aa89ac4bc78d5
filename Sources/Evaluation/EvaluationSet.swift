package import Music
internal import Sequences

/// Which songs of a playlist are given.
package enum SeedChoice: String, CaseIterable, Sendable {
  /// The first K.
  case first
  /// K drawn at random, in the playlist's order; the draws of a smaller K are among those of a larger one.
  case random
}

/// One playlist to be continued.
package struct EvaluationCase: Sendable, Equatable {
  /// Number among the cases; streams of random numbers hang on it.
  package var index: Int
  package var pid: String
  /// Rows of the K songs given, in order; songs that the catalogue does not know are negative.
  package var seeds: [Int32]
  /// Rows of the other songs as they stand, those that are among the seeds left out.
  package var continuation: [Int32]
  /// The same, once each; in a set that judges some songs only, those alone.
  package var relevant: Set<Int32>
  /// The highest Jaccard similarity with a training playlist, where that is at least one half; else 0.
  package var trainingOverlap: Double
  /// Nil where nothing is known of the playlist besides its songs.
  package var context: PlaylistContext?

  package init(
    index: Int, pid: String, seeds: [Int32], continuation: [Int32] = [], relevant: Set<Int32>,
    trainingOverlap: Double = 0, context: PlaylistContext? = nil
  ) {
    self.index = index
    self.pid = pid
    self.seeds = seeds
    self.continuation = continuation
    self.relevant = relevant
    self.trainingOverlap = trainingOverlap
    self.context = context
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
  package let seedChoice: SeedChoice
  package private(set) var cases: [EvaluationCase] = []
  /// Playlists with K songs or fewer, or whose other songs are all among the seeds, or none of them judged.
  package private(set) var skippedCount: Int

  /// - Parameters:
  ///   - playlists: rows of the catalogue; different negative numbers for songs that it does not know.
  ///   - judgedSongs: songs that can be relevant; nil means all. Everything is ranked just the same.
  ///   - trainingOverlaps: of each playlist, from `LeakCheck`; empty means none.
  ///   - contexts: by pid.
  ///   - alreadySkipped: playlists too short to be read.
  package init(
    _ playlists: [Playlist], seedCount: Int, seedChoice: SeedChoice = .first, judgedSongs: Set<Int32>? = nil,
    trainingOverlaps: [Double] = [], contexts: [String: PlaylistContext] = [:], alreadySkipped: Int = 0
  ) {
    precondition(seedCount > 0, "EvaluationSet: at least one seed")
    precondition([0, playlists.count].contains(trainingOverlaps.count), "EvaluationSet: ragged overlaps")
    self.seedCount = seedCount
    self.seedChoice = seedChoice
    skippedCount = alreadySkipped
    for (number, playlist) in playlists.enumerated() {
      let given = Self.positions(of: seedCount, in: playlist, seedChoice)
      let seeds = given.map { playlist.songs[$0] }
      let taken = (positions: Set(given), songs: Set(seeds))
      let continuation = playlist.songs.enumerated().filter {
        !taken.positions.contains($0.offset) && !taken.songs.contains($0.element)
      }.map(\.element)
      let relevant = judgedSongs.map { $0.intersection(continuation) } ?? Set(continuation)
      guard !relevant.isEmpty else {
        skippedCount += 1
        continue
      }
      cases.append(
        EvaluationCase(
          index: cases.count, pid: playlist.pid, seeds: seeds, continuation: continuation, relevant: relevant,
          trainingOverlap: trainingOverlaps.isEmpty ? 0 : trainingOverlaps[number],
          context: contexts[playlist.pid]))
    }
  }

  /// Where the songs stand that are given, in ascending order. A random choice hangs on the playlist's id alone.
  private static func positions(of count: Int, in playlist: Playlist, _ choice: SeedChoice) -> [Int] {
    let length = playlist.songs.count
    guard choice == .random else { return Array(0..<min(count, length)) }
    var random = Philox(seed: FNV1a.hash(playlist.pid.utf8), purpose: .seedChoice)
    return random.permutation(length).prefix(count).sorted()
  }
}
