internal import Files

/// Playlists divided into training, validation and test, as indices in ascending order.
package struct Split: Sendable, Equatable {
  package var training: [Int]
  package var validation: [Int]
  package var test: [Int]
  /// Playlists beyond the counts of a split by counts.
  package var unused: [Int] = []
  /// Near-identical playlists that fell on two sides: what one side knows about the other. Only a split by counts can
  /// have any.
  package var straddlingPairs: [NearIdenticalPair] = []

  package init(training: [Int], validation: [Int], test: [Int]) {
    self.training = training
    self.validation = validation
    self.test = test
  }
}

/// What `--split` says.
package enum SplitSpecification: Sendable, Equatable {
  /// So many playlists each, in the dataset's order: training, validation, test.
  case counts(Int, Int, Int)
  /// Such shares of the playlists, which sum to 1; shuffled, near-identical playlists on one side.
  case shares(Double, Double, Double)
  /// One fold of a cross-validation.
  case fold(Fold)

  package static let standard = SplitSpecification.shares(0.8, 0.1, 0.1)

  /// Reads `600,200,200`, `0.8,0.1,0.1`, two numbers when nothing is kept for tests, or `fold:1/5`.
  /// - Throws: `UsageError`.
  package init(parsing text: String) throws {
    do {
      if let fold = try Fold(parsing: text) {
        self = .fold(fold)
        return
      }
    } catch { throw Self.usageError(text, error.reason) }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.filter { $0 != " " } }
    guard (2...3).contains(parts.count) else {
      throw Self.usageError(text, "is not of three numbers: training, validation and test, separated by commas")
    }
    let last = parts.count == 3 ? parts[2] : "0"
    if let training = Int(parts[0]), let validation = Int(parts[1]), let test = Int(last) {
      guard training >= 0, validation >= 0, test >= 0 else { throw Self.usageError(text, "has a negative count") }
      guard training > 0 else { throw Self.usageError(text, "leaves nothing to train on") }
      self = .counts(training, validation, test)
      return
    }
    guard let training = Double(parts[0]), let validation = Double(parts[1]), let test = Double(last) else {
      throw Self.usageError(text, "is not made of numbers")
    }
    guard training >= 0, validation >= 0, test >= 0 else {
      throw Self.usageError(text, "has a share that is negative or not a number")
    }
    guard training > 0 else { throw Self.usageError(text, "leaves nothing to train on") }
    guard abs(training + validation + test - 1) < 1e-6 else {
      throw Self.usageError(
        text,
        parts.count == 3
          ? "has shares that do not sum to 1"
          : "names two shares that do not sum to 1; three are needed, for training, validation and test")
    }
    self = .shares(training, validation, test)
  }

  /// - Parameter seed: chooses the shuffle of a split by shares.
  /// - Throws: `UsageError` when there are fewer playlists than the counts or folds ask for.
  package func split(_ playlists: [Playlist], seed: UInt64) throws -> Split {
    switch self {
    case .fold(let fold): return try fold.split(playlists)
    case .counts(let training, let validation, let test):
      let (sum, overflow) = training.addingReportingOverflow(validation)
      let (wanted, overflowAgain) = sum.addingReportingOverflow(test)
      guard !overflow, !overflowAgain, wanted <= playlists.count else {
        throw UsageError(
          "--split \(training),\(validation),\(test) wants more playlists than the \(playlists.count) there are. "
            + "Give smaller counts, or shares such as 0.8,0.1,0.1.")
      }
      return Self.inOrder(
        playlists.count, training, validation, test, pairs: NearIdenticalPlaylists.pairs(of: playlists))
    case .shares(let training, let validation, let test):
      let sizes = Self.sizes(of: [training, validation, test], count: playlists.count)
      return Self.grouped(
        playlists.count, sizes: sizes, pairs: NearIdenticalPlaylists.pairs(of: playlists), seed: seed)
    }
  }

  private static func usageError(_ text: String, _ reason: String) -> UsageError {
    UsageError("--split \(text) \(reason). Give counts such as 600,200,200 or shares such as 0.8,0.1,0.1.")
  }

  private static func inOrder(
    _ count: Int, _ training: Int, _ validation: Int, _ test: Int, pairs: [NearIdenticalPair]
  ) -> Split {
    let ends = [training, training + validation, training + validation + test]
    var split = Split(
      training: Array(0..<ends[0]), validation: Array(ends[0]..<ends[1]), test: Array(ends[1]..<ends[2]))
    split.unused = Array(ends[2]..<count)
    let side = { (index: Int) in ends.firstIndex { index < $0 } }
    split.straddlingPairs = pairs.filter { pair in
      guard let first = side(pair.first), let second = side(pair.second) else { return false }
      return first != second
    }
    return split
  }

  /// Whole numbers of playlists near the shares; a share above 0 gets one playlist at least, as far as they go.
  private static func sizes(of shares: [Double], count: Int) -> [Int] {
    var sizes = shares.map { $0 > 0 ? max(1, Int(($0 * Double(count)).rounded())) : 0 }
    for side in [2, 1] where sizes[1] + sizes[2] >= count && sizes[side] > 0 {
      sizes[side] = max(0, min(sizes[side], count - 1 - sizes[3 - side]))
    }
    sizes[0] = max(0, count - sizes[1] - sizes[2])
    return sizes
  }

  /// Groups of near-identical playlists in random order, dealt to the three sides.
  private static func grouped(_ count: Int, sizes: [Int], pairs: [NearIdenticalPair], seed: UInt64) -> Split {
    let sides = PlaylistGroups.dealt(PlaylistGroups(count: count, pairs: pairs, seed: seed).groups, into: sizes)
    return Split(training: sides[0], validation: sides[1], test: sides[2])
  }
}
