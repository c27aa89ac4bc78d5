internal import Glibc

/// What a list of songs for a playlist is judged by. Names are those of reports; a number without its name is no result.
/// Formulas and sources: `definition`.
package enum Metric: String, CaseIterable, Sendable {
  case averagePrecisionByReachable = "ap@10/min"
  case averagePrecisionByAll = "ap@10/all"
  case rPrecisionOfTracks = "rprec/tracks"
  case rPrecisionOfArtists = "rprec/artists"
  case discountedGain = "ndcg@500"
  case clicks = "clicks@500"
  case hitRate = "hr@10"
  case reciprocalRank = "mrr"
  case recall = "recall@500"
  case novelty = "novelty@10"
  case popularity = "popularity@10"
  case distance = "distance@10"
  case coverage = "coverage@10"

  /// The metrics that have a value for each playlist.
  package static let ofOnePlaylist = allCases.filter { $0 != .coverage }
  /// Ranks that the deepest fixed metric looks at.
  package static let depth = 500
}

/// A ranked list for one playlist after comparison with what really followed. What a short list lacks are misses.
package struct JudgedList: Sendable {
  /// h_i
  package var isHit: [Bool]
  /// Whether rank i is by an artist of a relevant song.
  package var hasRightArtist: [Bool]
  /// R, at least 1; songs that the catalogue does not know count.
  package var relevantCount: Int
  /// What the first ten are like.
  package var traits: ListTraits

  package init(isHit: [Bool], hasRightArtist: [Bool], relevantCount: Int, traits: ListTraits = ListTraits()) {
    precondition(relevantCount > 0 && isHit.count == hasRightArtist.count, "JudgedList: nothing relevant, or ragged")
    self.isHit = isHit
    self.hasRightArtist = hasRightArtist
    self.relevantCount = relevantCount
    self.traits = traits
  }

  /// - Parameter metric: one of `Metric.ofOnePlaylist`.
  /// - Returns: NaN where a list has too few songs to have such a value.
  package func value(of metric: Metric) -> Double {
    let r = Double(relevantCount)
    switch metric {
    case .averagePrecisionByReachable: return precisionSum / Double(min(relevantCount, 10))
    case .averagePrecisionByAll: return precisionSum / r
    case .rPrecisionOfTracks: return hits(in: relevantCount) / r
    case .rPrecisionOfArtists:
      let artists = zip(isHit, hasRightArtist).prefix(relevantCount).count { !$0 && $1 }
      return (hits(in: relevantCount) + 0.25 * Double(artists)) / r
    case .discountedGain:
      let gain = isHit.prefix(Metric.depth).enumerated().reduce(0) { $0 + ($1.element ? Self.discount($1.offset) : 0) }
      let ideal = (0..<min(relevantCount, Metric.depth)).reduce(0) { $0 + Self.discount($1) }
      return gain / ideal
    case .clicks: return isHit.prefix(Metric.depth).firstIndex(of: true).map { Double($0 / 10) } ?? 51
    case .hitRate: return hits(in: 10) > 0 ? 1 : 0
    case .reciprocalRank: return isHit.firstIndex(of: true).map { 1 / Double($0 + 1) } ?? 0
    case .recall: return hits(in: Metric.depth) / r
    case .novelty: return traits.novelty ?? .nan
    case .popularity: return traits.popularity ?? .nan
    case .distance: return traits.distance ?? .nan
    case .coverage: preconditionFailure("JudgedList: coverage is a figure of all playlists together")
    }
  }

  private func hits(in ranks: Int) -> Double { Double(isHit.prefix(ranks).count { $0 }) }

  /// Σ_{i≤10} P@i·h_i
  private var precisionSum: Double {
    var (hits, sum) = (0.0, 0.0)
    for (index, isHit) in isHit.prefix(10).enumerated() where isHit {
      hits += 1
      sum += hits / Double(index + 1)
    }
    return sum
  }

  /// 1 / log2(rank + 1) of the rank at `index`, from 0.
  private static func discount(_ index: Int) -> Double { 1 / log2(Double(index) + 2) }
}
