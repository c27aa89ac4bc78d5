import Sequences
import Testing

struct PackedLayoutTests {
  @Test("rows are sorted by length, longest first, equal lengths in batch order")
  func order() {
    let layout = PackedLayout(lengths: [2, 4, 1, 4, 2])
    #expect(layout.rowOrder == [1, 3, 0, 4, 2])
    #expect(layout.activeCounts == [5, 4, 2, 2])
    #expect(layout.stepOffsets == [0, 5, 9, 11, 13])
    #expect(layout.batchSize == 5 && layout.stepCount == 4 && layout.tokenCount == 13)
    #expect(layout.token(step: 2, row: 1) == 10)
  }

  @Test("every token of every sequence has one place, and a step's rows are a prefix of those before")
  func places() {
    var random = Philox(seed: 1, purpose: .testData)
    for size in [1, 2, 7, 33] {
      let lengths = (0..<size).map { _ in 1 + random.below(19) }
      let layout = PackedLayout(lengths: lengths)
      var seen = [Int](repeating: 0, count: size)
      for step in 0..<layout.stepCount {
        for row in 0..<layout.activeCounts[step] {
          #expect(lengths[layout.rowOrder[row]] > step)
          seen[layout.rowOrder[row]] += 1
        }
      }
      #expect(seen == lengths)
      #expect(layout.tokenCount == lengths.reduce(0, +))
      #expect(Set(layout.rowOrder) == Set(0..<size))
    }
  }

  @Test("an empty batch has no steps")
  func empty() {
    let layout = PackedLayout(lengths: [])
    #expect(layout.stepCount == 0 && layout.tokenCount == 0 && layout.batchSize == 0)
  }
}
