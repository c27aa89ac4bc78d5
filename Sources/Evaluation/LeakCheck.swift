package import Music

/// What the training playlists give away about the evaluated ones, and whether a method broke the rules.
package struct LeakCheck: Sendable, Equatable {
  /// Evaluated playlists with the very songs of a training playlist, in any order.
  package var identicalCount: Int
  /// Evaluated playlists with a Jaccard similarity of at least one half to a training playlist; identical ones count.
  package var nearIdenticalCount: Int
  package var methods: [Method]

  package struct Method: Sendable, Equatable {
    package var name: String
    /// Lists in which a seed was recommended, and lists with a song twice. Anything but 0 is a fault of the program.
    package var seedFaults, repeatFaults: Int
    /// The headline over the playlists that are not near-identical to a training playlist; NaN when none is left.
    package var withoutNearIdentical: Estimate
  }

  /// Of each playlist: the highest Jaccard similarity with a training playlist, where that is at least one half; else 0.
  package static func overlaps(of playlists: [Playlist], with training: [Playlist]) -> [Double] {
    var overlaps = [Double](repeating: 0, count: playlists.count)
    for pair in NearIdenticalPlaylists.pairs(of: training + playlists)
    where pair.first < training.count && pair.second >= training.count {
      let number = pair.second - training.count
      overlaps[number] = max(overlaps[number], pair.jaccard)
    }
    return overlaps
  }

  /// - Parameter overlaps: of each playlist that was continued, from `overlaps(of:with:)`.
  package init(overlaps: [Double], outcomes: [MethodOutcome]) {
    let clean = overlaps.indices.filter { overlaps[$0] == 0 }.map { Int32($0) }
    identicalCount = overlaps.count { $0 == 1 }
    nearIdenticalCount = overlaps.count - clean.count
    let resamples = clean.count > 1 ? Bootstrap.resamples(of: clean.count).map { $0.map { clean[Int($0)] } } : []
    methods = outcomes.map { outcome in
      Method(
        name: outcome.name, seedFaults: outcome.seedFaults, repeatFaults: outcome.repeatFaults,
        withoutNearIdentical: Estimate(
          mean: outcome.mean(of: .averagePrecisionByReachable, on: clean),
          resampled: resamples.map { outcome.mean(of: .averagePrecisionByReachable, on: $0) }))
    }
  }

  /// What methods did that they must not; empty when all is well.
  package var faults: [String] {
    methods.flatMap { method in
      [
        method.seedFaults > 0 ? "\(method.name) recommended songs that were given in \(method.seedFaults) lists" : nil,
        method.repeatFaults > 0 ? "\(method.name) recommended a song twice in \(method.repeatFaults) lists" : nil,
      ].compactMap { $0 }
    }
  }
}
