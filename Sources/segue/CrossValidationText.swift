import Evaluation

extension CrossValidationReport {
  /// The model beside the best single rival and the best blend, a line each.
  var comparisons: [String] {
    [(overBestSingle, "the best single rival"), (overBestBlend, "the best blend")].compactMap { ratio, what in
      guard let ratio,
        let pair = pooled.paired.first(where: { $0.first == Self.modelName && $0.second == ratio.rival })
      else { return nil }
      let difference = pair.estimate(Self.headline)
      return "\(Self.modelName) / \(ratio.rival) (\(what)) in \(Self.headline.rawValue): \(ratio.estimate.text); "
        + "difference \(difference.text)\(difference.excludesZero ? "" : ", which may be chance")"
    }
  }

  /// What must not be; empty when all is well.
  var faults: [String] {
    let leak = pooled.leaks
    return
      (leak.faults
      + (leak.nearIdenticalCount > 0
        ? ["\(leak.nearIdenticalCount) playlists are near-identical to one of their training playlists"] : []))
      .map {
        "K = \(pooled.seedCount): \($0)"
      }
  }
}
