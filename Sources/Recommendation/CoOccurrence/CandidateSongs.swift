/// The songs that were played together with a playlist's, by session kNN: where a wish asks for candidates
/// (`Wishes.candidateCount`), what sounds right is chosen among them only. Which of them, the model says.
struct CandidateSongs: Sendable {
  private let scorer: SessionNeighbourScorer
  private let songCount: Int

  init(_ scorer: SessionNeighbourScorer, songCount: Int) {
    (self.scorer, self.songCount) = (scorer, songCount)
  }

  /// - Returns: at most `count` songs, fewer where fewer stood with any of the seeds; the seeds are none of them.
  func songs(for seeds: [Int32], count: Int) -> SongSet {
    var scores = [Float](repeating: 0, count: songCount)
    scores.withUnsafeMutableBufferPointer { scores in
      scorer.score(seeds, into: scores)
      for seed in seeds where seed >= 0 { scores[Int(seed)] = 0 }
    }
    return SongSet(capacity: songCount, rows: Best.indices(count, of: scores, above: 0))
  }
}
