internal import Files
internal import Sequences

/// One fold of a cross-validation as a split: its playlists are the test part, the others are for training. Near-identical
/// playlists stay in one fold, and each playlist is in the test part of exactly one.
package struct Fold: Sendable, Equatable {
  /// 1 … count
  package var number: Int
  package var count: Int
  /// Decides which playlists are in which fold, whatever the seed of a training is.
  package var seed: UInt64
  /// Share of the other folds' playlists that is kept for validation.
  package var validationShare: Double

  package init(number: Int, of count: Int, seed: UInt64 = 1, validationShare: Double = 0) {
    (self.number, self.count, self.seed, self.validationShare) = (number, count, seed, validationShare)
  }

  /// As `--split` takes it: `fold:2/5:1`, then `:0.1` when there is a validation part.
  package var text: String {
    "\(Self.prefix)\(number)/\(count):\(seed)" + (validationShare > 0 ? ":\(validationShare)" : "")
  }

  private static let prefix = "fold:"

  /// Reads `fold:2/5`, `fold:2/5:SEED` or `fold:2/5:SEED:SHARE`; nil for text that does not begin so.
  /// - Throws: a reason why there is no such fold.
  init?(parsing text: String) throws(Problem) {
    guard text.hasPrefix(Self.prefix) else { return nil }
    let parts = text.dropFirst(Self.prefix.count).split(separator: ":", omittingEmptySubsequences: false)
    let place = parts[0].split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count <= 3, place.count == 2, let number = place[0], let count = place[1],
      let seed = parts.count > 1 ? UInt64(parts[1]) : 1, let share = parts.count > 2 ? Double(parts[2]) : 0
    else { throw Problem(reason: "is not of the form fold:NUMBER/COUNT, fold:NUMBER/COUNT:SEED or …:SEED:SHARE") }
    guard count >= 2, (1...count).contains(number) else {
      throw Problem(reason: "is no fold: there must be 2 or more, numbered from 1")
    }
    guard share >= 0, share < 1 else { throw Problem(reason: "keeps a share for validation that is not in 0 ..< 1") }
    self.init(number: number, of: count, seed: seed, validationShare: share)
  }

  struct Problem: Error { var reason: String }

  /// The split of one fold.
  /// - Throws: `UsageError` when there are more folds than playlists that are not near-identical.
  package func split(_ playlists: [Playlist]) throws -> Split {
    try Self.splits(playlists, count: count, seed: seed, validationShare: validationShare)[number - 1]
  }

  /// The splits of all folds.
  /// - Throws: `UsageError` when there are more folds than playlists that are not near-identical.
  package static func splits(
    _ playlists: [Playlist], count: Int, seed: UInt64, validationShare: Double = 0
  ) throws -> [Split] {
    let pairs = NearIdenticalPlaylists.pairs(of: playlists)
    let groups = PlaylistGroups(count: playlists.count, pairs: pairs, seed: seed).groups
    let sizes = (0..<count).map { (playlists.count + count - 1 - $0) / count }
    let parts = PlaylistGroups.dealt(groups, into: sizes)
    guard !parts.contains(where: \.isEmpty) else {
      throw UsageError(
        "\(count) folds are more than can be made of \(playlists.count) playlists in \(groups.count) groups of "
          + "near-identical ones. Give fewer folds or more playlists.")
    }
    return parts.enumerated().map { place, test in
      let tested = Set(test)
      let others = groups.filter { !tested.contains($0[0]) }
      var random = Philox(seed: seed, purpose: .split, index: place + 1)
      let otherCount = playlists.count - test.count
      let validationCount =
        validationShare > 0 ? min(otherCount - 1, max(1, Int((validationShare * Double(otherCount)).rounded()))) : 0
      let sides = PlaylistGroups.dealt(
        random.permutation(others.count).map { others[$0] }, into: [otherCount - validationCount, validationCount])
      return Split(training: sides[0], validation: sides[1], test: test)
    }
  }
}
