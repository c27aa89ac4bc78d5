internal import Glibc
internal import Music

/// What a `Reranker` is told of the candidates of one playlist. With p a way to count co-occurrence over its sum, ε what an
/// unseen song counts, c_sj the training playlists that hold seed s and song j, and sim_sj = c_sj / (√(c_s·c_j) + 5):
struct CandidateFeatures: Sendable {
  static let names = [
    // The model's score, artists' count included, and the ranking's.
    "model", "base",
    // ln(p + ε): sequential rules of 100 and of 5 steps, session kNN, item kNN; the mean of the artist's songs by session kNN.
    "rules", "short_rules", "neighbours", "items", "artist_neighbours",
    // The score by alternating least squares, standardised over the catalogue.
    "least_squares",
    // ln(sim + 0.01) with the last seed and with the most similar one; the share of the seeds with c > 0.
    "similarity_last", "similarity_most", "cover",
    // ln(playlists + 0.5) of the song and of its artist's songs together.
    "popularity", "artist_popularity",
    // ln(1 + seeds by the artist), and 1 / places from the end of the last of them.
    "artist_count", "artist_lately",
    // Of the playlist: different artists a seed, popularity of the seeds, most seeds by one artist, how sure the model is,
    // ln(1 + seeds).
    "artist_variety", "seed_popularity", "most_artist_count", "entropy", "seed_count",
  ]

  private static let firstOfPlaylist = names.firstIndex(of: "artist_variety")!
  /// Whether a feature is the same for all candidates.
  static func isOfPlaylist(_ feature: Int) -> Bool { feature >= firstOfPlaylist }

  let matrix: PlaylistMatrix
  private let artists: ArtistSongs
  private let shortRules: SequentialRuleScorer
  private let logPopularity: [Float]  // (songs)
  private let artistLogPopularity: [Float]  // (artists)
  private let playedSongs: [Float]  // of each artist (artists)

  init(playlists: TrainingPlaylists, matrix: PlaylistMatrix, artists: ArtistSongs) {
    (self.matrix, self.artists) = (matrix, artists)
    shortRules = SequentialRuleScorer(
      playlists, settings: .init(steps: 5, stepDecay: .logarithmic, seedDecay: .none, confidenceExponent: 0.5))
    let counts = (0..<Int32(matrix.songCount)).map { Float(matrix.playlistCount(of: $0)) }
    logPopularity = counts.map { logf($0 + 0.5) }
    var sums = [Float](repeating: 0, count: artists.artistCount)
    var played = sums
    for (song, artist) in artists.numbers.enumerated() where artist >= 0 && counts[song] > 0 {
      sums[Int(artist)] += counts[song]
      played[Int(artist)] += 1
    }
    artistLogPopularity = sums.map { logf($0 + 0.5) }
    playedSongs = played
  }

  /// What a ranking has found out of one playlist.
  struct Ranking {
    /// Rows, best first.
    var candidates: [Int32]
    /// The ranking's scores of them.
    var base: [Float]
    /// The model's scores, the playlist's songs taken out. (songs)
    var model: [Float]
    /// Co-occurrence over its sum. (songs)
    var rules, neighbours: [Float]
  }

  /// (candidates, F)
  func values(_ ranking: Ranking, of songs: [Int32], _ leastSquares: LeastSquaresScorer) -> [Float] {
    let seeds = songs.filter { $0 >= 0 }
    let similar = Similarities(of: seeds, with: ranking.candidates, matrix)
    let short = shares { shortRules.score(songs, into: $0) }
    let artistNeighbours = means(ranking.neighbours)
    let factors = standardized { leastSquares.score(songs, into: $0) }
    let stood = SeedArtists(seeds, artists)
    func log(_ share: Float) -> Float { logf(share + CatalogueRanker.unseenProbability) }
    let seedCount = Float(max(1, seeds.count))
    let ofPlaylist: [Float] = [
      Float(stood.counts.count) / seedCount, seeds.reduce(0) { $0 + logPopularity[Int($1)] } / seedCount,
      logf(1 + (stood.counts.values.max() ?? 0)), Self.entropy(ranking.model), logf(1 + Float(seeds.count)),
    ]
    var values: [Float] = []
    values.reserveCapacity(ranking.candidates.count * Self.names.count)
    for (place, row) in ranking.candidates.enumerated() {
      let (song, artist) = (Int(row), artists.numbers[Int(row)])
      values += [
        ranking.model[song], ranking.base[place], log(ranking.rules[song]), log(short[song]),
        log(ranking.neighbours[song]), log(similar.items[place]),
        log(artist < 0 ? 0 : artistNeighbours[Int(artist)]), factors[song],
        logf(similar.last[place] + 0.01), logf(similar.most[place] + 0.01), similar.cover[place], logPopularity[song],
        artist < 0 ? logPopularity[song] : artistLogPopularity[Int(artist)], logf(1 + (stood.counts[artist] ?? 0)),
        stood.lately[artist] ?? 0,
      ]
      values += ofPlaylist
    }
    return values
  }

  /// Counts over their sum. (songs)
  private func shares(_ count: (UnsafeMutableBufferPointer<Float>) -> Void) -> [Float] {
    var counts = [Float](repeating: 0, count: matrix.songCount)
    counts.withUnsafeMutableBufferPointer { count($0) }
    let sum = counts.reduce(0, +)
    return sum > 0 ? counts.map { $0 / sum } : counts
  }

  /// Scores less their mean over their deviation; zeros where there are none. (songs)
  private func standardized(_ score: (UnsafeMutableBufferPointer<Float>) -> Void) -> [Float] {
    var scores = [Float](repeating: 0, count: matrix.songCount)
    scores.withUnsafeMutableBufferPointer { score($0) }
    let count = Float(max(1, scores.count))
    let mean = scores.reduce(0, +) / count
    let deviation = (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
    guard deviation > 0, deviation.isFinite else { return [Float](repeating: 0, count: scores.count) }
    return scores.map { ($0 - mean) / deviation }
  }

  /// The mean over each artist's songs that were played. (artists)
  private func means(_ shares: [Float]) -> [Float] {
    var sums = [Float](repeating: 0, count: artists.artistCount)
    for (song, share) in shares.enumerated() where share > 0 && artists.numbers[song] >= 0 {
      sums[Int(artists.numbers[song])] += share
    }
    return zip(sums, playedSongs).map { $0 / max(1, $1) }
  }

  /// −Σ p·ln p of the scores' softmax, songs of −∞ left out.
  private static func entropy(_ scores: [Float]) -> Float {
    let largest = scores.max() ?? 0
    var (sum, weighted): (Float, Float) = (0, 0)
    for score in scores where score > largest - 20 {
      let exponential = expf(score - largest)
      sum += exponential
      weighted += exponential * (score - largest)
    }
    return sum > 0 ? logf(sum) - weighted / sum : 0
  }
}

/// How many of the seeds each artist has, and 1 / places from the end of the last one.
private struct SeedArtists {
  private(set) var counts: [Int32: Float] = [:]
  private(set) var lately: [Int32: Float] = [:]

  init(_ seeds: [Int32], _ artists: ArtistSongs) {
    for (place, seed) in seeds.enumerated() where artists.numbers[Int(seed)] >= 0 {
      counts[artists.numbers[Int(seed)], default: 0] += 1
      lately[artists.numbers[Int(seed)]] = 1 / Float(seeds.count - place)
    }
  }
}

/// How candidates stood together with seeds in the training playlists. (candidates) each
private struct Similarities {
  /// Item kNN over its sum over the candidates.
  private(set) var items: [Float]
  private(set) var last: [Float]
  private(set) var most: [Float]
  private(set) var cover: [Float]

  init(of seeds: [Int32], with candidates: [Int32], _ matrix: PlaylistMatrix) {
    var places = [Int32](repeating: -1, count: matrix.songCount)
    for (place, row) in candidates.enumerated() { places[Int(row)] = Int32(place) }
    let popularity = candidates.map { Float(matrix.playlistCount(of: $0)) }
    let songPowers = popularity.map { powf($0, 0.3) }
    let zeros = [Float](repeating: 0, count: candidates.count)
    (items, last, most, cover) = (zeros, zeros, zeros, zeros)
    for (number, seed) in seeds.enumerated() {
      let own = Float(matrix.playlistCount(of: seed))
      guard own > 0 else { continue }
      var counts = zeros
      for playlist in matrix.playlists(of: seed) {
        for song in matrix.songs(of: playlist) where places[Int(song)] >= 0 { counts[Int(places[Int(song)])] += 1 }
      }
      let seedPower = powf(own, 0.7)
      for place in counts.indices where counts[place] > 0 {
        let similarity = counts[place] / ((own * popularity[place]).squareRoot() + 5)
        items[place] += counts[place] / (seedPower * songPowers[place] + 5)
        most[place] = max(most[place], similarity)
        cover[place] += 1 / Float(seeds.count)
        if number == seeds.count - 1 { last[place] = similarity }
      }
    }
    let sum = max(items.reduce(0, +), 1e-20)
    items = items.map { $0 / sum }
  }
}
