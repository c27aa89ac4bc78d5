extension Metric {
  /// What the figure is for one playlist, with its source where it is not common knowledge. h_i is 1 when rank i holds a
  /// relevant song, R the number of relevant songs, P@i the precision of the first i ranks.
  package var definition: String {
    switch self {
    case .averagePrecisionByReachable: "Σ_{i≤10} P@i·h_i / min(R, 10)"
    case .averagePrecisionByAll: "Σ_{i≤10} P@i·h_i / R"
    case .rPrecisionOfTracks: "hits in the first R ranks / R"
    case .rPrecisionOfArtists:
      "the same, where a song that is no hit counts 0.25 when its artist is that of a relevant song "
        + "(after the RecSys Challenge 2018, which counts each artist once)"
    case .discountedGain: "Σ_{i≤500} h_i / log2(i + 1), divided by its best, min(R, 500) hits first"
    case .clicks:
      "⌊(rank of the first hit − 1) / 10⌋, 51 when none of 500 hits: pages of ten to click away; fewer is better"
    case .hitRate: "1 when any of the first ten hits, else 0"
    case .reciprocalRank: "1 / rank of the first hit, 0 when none"
    case .recall: "hits in the first 500 ranks / R"
    case .novelty:
      "mean over the first ten songs of −log2((n + 1) / (N + 1)), n of N training playlists holding the song: "
        + "self-information in bits (Vargas and Castells, RecSys 2011)"
    case .popularity: "mean over the first ten songs of n / N: the share of the training playlists that hold the song"
    case .distance:
      "mean Euclidean distance of the 29 numbers over all pairs of the first ten songs, missing numbers as in the search, "
        + "songs without numbers left out: intra-list distance (Ziegler et al., WWW 2005)"
    case .coverage:
      "share of the catalogue that is among the first ten of any playlist: one figure of all playlists together"
    }
  }
}
