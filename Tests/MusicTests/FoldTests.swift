import Files
import Music
import Testing

/// Folds of a cross-validation. Playlists come from `SplitTests`.
struct FoldTests {
  @Test(
    "each playlist is tested once, folds are of near-equal size, near-identical playlists share one",
    arguments: [2, 5, 7])
  func folds(count: Int) throws {
    let playlists = SplitTests().random(203, seed: 9)
    let splits = try Fold.splits(playlists, count: count, seed: 3)
    #expect(splits.flatMap(\.test).sorted() == Array(0..<203))
    let sizes = splits.map(\.test.count)
    #expect(sizes.max()! - sizes.min()! <= 4 && sizes.max()! >= (203 + count - 1) / count, "\(sizes)")
    var fold = [Int](repeating: 0, count: 203)
    for (number, split) in splits.enumerated() {
      #expect((split.training + split.test).sorted() == Array(0..<203) && split.validation.isEmpty)
      #expect(split.training == split.training.sorted() && split.test == split.test.sorted())
      for index in split.test { fold[index] = number }
    }
    let pairs = NearIdenticalPlaylists.pairs(of: playlists)
    #expect(pairs.count > 10 && pairs.allSatisfy { fold[$0.first] == fold[$0.second] })
    #expect(try Fold.splits(playlists, count: count, seed: 3) == splits)
    #expect(try Fold.splits(playlists, count: count, seed: 4) != splits)
  }

  @Test("a share of the other folds is kept for validation, groups together, another one for each fold")
  func validation() throws {
    let playlists = SplitTests().random(200, seed: 9)
    let (plain, splits) = (
      try Fold.splits(playlists, count: 4, seed: 3), try Fold.splits(playlists, count: 4, seed: 3, validationShare: 0.2)
    )
    let pairs = NearIdenticalPlaylists.pairs(of: playlists)
    for (split, other) in zip(splits, plain) {
      #expect(split.test == other.test && (split.training + split.validation).sorted() == other.training)
      #expect(abs(Double(split.validation.count) - 0.2 * Double(other.training.count)) <= 4)
      let held = Set(split.validation)
      #expect(pairs.allSatisfy { held.contains($0.first) == held.contains($0.second) })
    }
    #expect(Set(splits.map(\.validation)).count == 4)
  }

  @Test("a fold is a split with a name, whatever the seed of the training is")
  func split() throws {
    let playlists = SplitTests().random(60, seed: 2)
    let splits = try Fold.splits(playlists, count: 5, seed: 7, validationShare: 0.1)
    for (number, split) in splits.enumerated() {
      let text = Fold(number: number + 1, of: 5, seed: 7, validationShare: 0.1).text
      #expect(text == "fold:\(number + 1)/5:7:0.1")
      for seed in [UInt64(1), 2] {
        #expect(try SplitSpecification(parsing: text).split(playlists, seed: seed) == split)
      }
    }
    #expect(try SplitSpecification(parsing: "fold:2/3") == .fold(Fold(number: 2, of: 3)))
    #expect(Fold(number: 2, of: 3).text == "fold:2/3:1")
  }

  @Test(
    "folds that are none are usage errors that say why",
    arguments: [
      ("fold:", "not of the form"), ("fold:1", "not of the form"), ("fold:1/2/3", "not of the form"),
      ("fold:1/2:x", "not of the form"), ("fold:1/2:-1", "not of the form"), ("fold:1/2:1:0.1:1", "not of the form"),
      ("fold:1/1", "is no fold"), ("fold:0/5", "is no fold"), ("fold:6/5", "is no fold"),
      ("fold:1/5:1:1", "not in 0 ..< 1"), ("fold:1/5:1:-0.1", "not in 0 ..< 1"), ("fold:1/5:1:nan", "not in 0 ..< 1"),
    ])
  func senseless(text: String, reason: String) {
    let error = #expect(throws: UsageError.self) { try SplitSpecification(parsing: text) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }

  @Test("more folds than playlists, or than groups of near-identical ones, are a usage error")
  func tooMany() throws {
    let apart = SplitTests().playlists((0..<4).map { [$0] })
    #expect(try Fold.splits(apart, count: 4, seed: 1).allSatisfy { $0.test.count == 1 && $0.training.count == 3 })
    #expect(throws: UsageError.self) { try Fold.splits(apart, count: 5, seed: 1) }
    let alike = SplitTests().playlists((0..<6).map { $0 < 5 ? [1, 2, 3] : [9] })
    #expect(try Fold.splits(alike, count: 2, seed: 1).map(\.test.count).sorted() == [1, 5])
    #expect(throws: UsageError.self) { try Fold.splits(alike, count: 3, seed: 1) }
  }
}
