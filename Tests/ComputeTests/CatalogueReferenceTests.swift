import Compute
import Glibc
import Sequences
import Testing
import Verification

/// The reference of sums of rows, of the softmax over a catalogue and of attention.
extension ReferenceTests {
  @Test func `the sums' gradients are those of finite differences, on top of what was there`() {
    var random = Philox(seed: 6, purpose: .testData)
    let (width, rowCount) = (3, 5)
    var bags = EmbeddingBags()
    bags.append([4, 0, 4], weight: 0.5)
    bags.append([], weight: 1)
    bags.append([1, 4], weight: -2)
    bags.weights[2] = 3
    let (table, gradient) = (values(rowCount * width, &random), values(bags.count * width, &random))
    var sums = [Double](repeating: 0, count: table.count)
    Reference.embeddingBagBackward(bags, gradient: gradient, width: width, addingTo: &sums)
    expectGradient(sums, at: table) { table in
      dot(Reference.embeddingBagForward(bags, of: table, width: width), gradient)
    }
    var twice = sums
    Reference.embeddingBagBackward(bags, gradient: gradient, width: width, addingTo: &twice)
    #expect(zip(sums, twice).allSatisfy { abs(2 * $0 - $1) < 1e-12 })
  }

  @Test func `a bag's sum is that of its rows times their weights`() {
    var bags = EmbeddingBags()
    bags.append([2, 0], weight: 0.5)
    bags.append([], weight: 1)
    bags.append([1], weight: -1)
    let sums = Reference.embeddingBagForward(bags, of: [1, 2, 3, 4, 5, 6], width: 2)
    #expect(sums == [3, 4, 0, 0, -3, -4])
  }

  @Test func `the gradients of the loss over a catalogue are those of finite differences`() {
    var random = Philox(seed: 7, purpose: .testData)
    let (width, songCount) = (3, 7)
    var targets = CatalogueTargets()
    targets.add([2, 6], [(1, -.infinity), (6, 0.5)])
    targets.add([], [(3, 1)])
    targets.add([4])
    targets.add([0, 1, 2], weight: 1.5, [(5, -1), (3, -.infinity)])
    let states = values(targets.batchSize * width, &random)
    let (vectors, bias) = (values(songCount * width, &random), values(songCount, &random))
    func result(_ s: [Double], _ v: [Double], _ b: [Double]) -> Reference.CatalogueLoss {
      Reference.catalogueLoss(states: s, vectors: v, width: width, bias: b, targets: targets, denominator: 2.5)
    }
    let gradients = result(states, vectors, bias)
    expectGradient(gradients.states, at: states) { result($0, vectors, bias).lossSum / 2.5 }
    expectGradient(gradients.vectors, at: vectors) { result(states, $0, bias).lossSum / 2.5 }
    expectGradient(gradients.bias, at: bias) { result(states, vectors, $0).lossSum / 2.5 }
  }

  @Test func `the loss over a catalogue is that of its scores, without the songs that are taken out`() {
    let (states, vectors, bias) = ([1.0, 2], [3.0, 1, 0, 1, -1, 1], [0.5, 0, 1])
    let scores = Reference.catalogueScores(states: states, batchSize: 1, vectors: vectors, width: 2, bias: bias)
    #expect(scores == [5.5, 2, 2])
    var targets = CatalogueTargets()
    targets.add([1, 2], [(2, 0.25), (0, -.infinity)])
    let result = Reference.catalogueLoss(
      states: states, vectors: vectors, width: 2, bias: bias, targets: targets, denominator: 1)
    #expect(abs(result.lossSum - (log(exp(2) + exp(2.25)) - 2.125)) < 1e-15)
    #expect(result.bias[0] == 0 && result.vectors[0] == 0)
    targets.add([])
    let longer = Reference.catalogueLoss(
      states: states + [9, 9], vectors: vectors, width: 2, bias: bias, targets: targets, denominator: 1)
    #expect(longer.lossSum == result.lossSum && longer.bias == result.bias && longer.states[2...] == [0, 0])
  }

  @Test(arguments: [
    ([1], [1], 1), ([2, 1, 3], [3, 4, 1], 2), ([1, 1], [1, 5], 3), ([4, 2, 2, 1], [2, 2, 3, 5], 3),
  ])
  func `attention's gradients are those of finite differences`(
    queryLengths: [Int], keyLengths: [Int], hiddenSize: Int
  ) {
    var random = Philox(seed: 8, purpose: .testData)
    let (queryLayout, keyLayout) = (PackedLayout(lengths: queryLengths), PackedLayout(lengths: keyLengths))
    let queries = values(queryLayout.tokenCount * hiddenSize, &random)
    let keys = values(keyLayout.tokenCount * hiddenSize, &random)
    let contextGradient = values(queries.count, &random)
    func loss(_ q: [Double], _ k: [Double]) -> Double {
      dot(
        Reference.attentionForward(
          queries: q, queryLayout: queryLayout, keys: k, keyLayout: keyLayout, hiddenSize: hiddenSize
        ).contexts, contextGradient)
    }
    let gradients = Reference.attentionBackward(
      queries: queries, queryLayout: queryLayout, keys: keys, keyLayout: keyLayout, hiddenSize: hiddenSize,
      contextGradient: contextGradient)
    expectGradient(gradients.queries, at: queries) { loss($0, keys) }
    expectGradient(gradients.keys, at: keys) { loss(queries, $0) }
  }

  @Test func `attention looks at the query's own sequence, whatever the order on both sides`() {
    // Sequence 0 has one key, sequence 1 has two, so the packed keys begin with sequence 1's first.
    let result = Reference.attentionForward(
      queries: [log(3), 0], queryLayout: PackedLayout(lengths: [1, 1]), keys: [1, 5, 0],
      keyLayout: PackedLayout(lengths: [1, 2]), hiddenSize: 1)
    #expect(result.contexts[0] == 5 && result.weights[0] == [1])
    #expect(abs(result.contexts[1] - 0.5) < 1e-15)
    let sharp = Reference.attentionForward(
      queries: [0, log(3)], queryLayout: PackedLayout(lengths: [1, 1]), keys: [1, 5, 0],
      keyLayout: PackedLayout(lengths: [1, 2]), hiddenSize: 1)
    #expect(zip(sharp.weights[1], [0.75, 0.25]).allSatisfy { abs($0 - $1) < 1e-15 })
  }
}

extension CatalogueTargets {
  /// - Parameter weight: nil for a mean over the targets.
  fileprivate mutating func add(
    _ targets: [Int32], weight: Float? = nil, _ offsets: [(row: Int32, value: Float)] = []
  ) {
    append(targets, weight: weight ?? 1 / Float(max(1, targets.count)), offsets: offsets)
  }
}
