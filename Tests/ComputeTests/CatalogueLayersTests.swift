import Compute
import Sequences
import Testing

/// What the cases do not say of embedding bags, catalogue and attention: songs that are taken out, exactly, and arguments
/// that do not fit together.
struct CatalogueLayersTests {
  @Test("songs that are taken out have no part in the gradient, not even the smallest")
  func takenOut() throws {
    let backend = try CPUBackend(threads: 1)
    var targets = CatalogueTargets()
    let songs: [(row: Int32, value: Float)] = (0..<600).filter { $0 != 300 && $0 != 7 }.map { (Int32($0), -.infinity) }
    targets.append([300], offsets: songs)
    let (vectors, bias) = (try backend.makeTensor(count: 600), try backend.makeTensor(count: 600))
    let gradients = CatalogueGradients(
      states: try backend.makeTensor(count: 1), vectors: try backend.makeTensor(count: 600),
      bias: try backend.makeTensor(count: 600))
    let lossSum = try backend.makeTensor(count: 1)
    try backend.catalogueLoss(
      states: backend.makeTensor([1]), vectors: vectors, width: 1, bias: bias, targets: targets, denominator: 0.25,
      lossSum: lossSum, gradients: gradients)
    var expected = [Float](repeating: 0, count: 600)
    (expected[7], expected[300]) = (2, -2)
    #expect(try backend.read(gradients.bias) == expected && backend.read(gradients.vectors) == expected)
    #expect(abs(try backend.read(lossSum)[0] - 0.6931472) < 1e-6)
  }

  @Test("bags whose rows, weights or places do not fit the table stop the program")
  func mistakenBags() async {
    await #expect(processExitsWith: .success) { try sumRows([0, 3], weights: [1, 1], starts: [0, 2]) }
    await #expect(processExitsWith: .failure) { try sumRows([0, 4], weights: [1, 1], starts: [0, 2]) }
    await #expect(processExitsWith: .failure) { try sumRows([-1, 3], weights: [1, 1], starts: [0, 2]) }
    await #expect(processExitsWith: .failure) { try sumRows([0, 3], weights: [1], starts: [0, 2]) }
    await #expect(processExitsWith: .failure) { try sumRows([0, 3], weights: [1, 1], starts: [0, 1]) }
    await #expect(processExitsWith: .failure) { try sumRows([0, 3], weights: [1, 1], starts: [0, 2, 1, 2]) }
    await #expect(processExitsWith: .failure) { try sumRows([0, 3], weights: [1, 1], starts: [0, 0, 0, 0, 2]) }
  }

  @Test("targets that come again, are no songs or are taken out stop the program")
  func mistakenTargets() async {
    await #expect(processExitsWith: .success) { try loss([0, 3], offsets: [(1, -.infinity), (3, 2)]) }
    await #expect(processExitsWith: .failure) { try loss([0, 4], offsets: []) }
    await #expect(processExitsWith: .failure) { try loss([0, -1], offsets: []) }
    await #expect(processExitsWith: .failure) { try loss([2, 2], offsets: []) }
    await #expect(processExitsWith: .failure) { try loss([0], offsets: [(4, 1)]) }
    await #expect(processExitsWith: .failure) { try loss([0], offsets: [(1, 1), (1, 2)]) }
    await #expect(processExitsWith: .failure) { try loss([0, 3], offsets: [(3, -.infinity)]) }
    await #expect(processExitsWith: .failure) { try loss([0], offsets: [], denominator: 0) }
  }

  @Test("attention over other batches or more than the trace holds stops the program")
  func mistakenAttention() async {
    await #expect(processExitsWith: .success) { try attend(queries: [2, 1], keys: [1, 4]) }
    await #expect(processExitsWith: .failure) { try attend(queries: [2, 1], keys: [1, 4, 1]) }
    await #expect(processExitsWith: .failure) { try attend(queries: [2, 2], keys: [1, 4]) }
    await #expect(processExitsWith: .failure) { try attend(queries: [2, 1], keys: [1, 5]) }
  }
}

/// Out of four rows of two, into room for three bags.
private func sumRows(_ rows: [Int32], weights: [Float], starts: [Int32]) throws {
  let backend = try CPUBackend(threads: 1)
  var bags = EmbeddingBags()
  (bags.rows, bags.weights, bags.starts) = (rows, weights, starts)
  try backend.embeddingBagForward(
    bags, of: backend.makeTensor(count: 8), width: 2, into: backend.makeTensor(count: 6))
}

/// Over four songs.
private func loss(_ rows: [Int32], offsets: [(row: Int32, value: Float)], denominator: Float = 1) throws {
  let backend = try CPUBackend(threads: 1)
  var targets = CatalogueTargets()
  targets.append(rows, offsets: offsets)
  try backend.catalogueLoss(
    states: backend.makeTensor(count: 2), vectors: backend.makeTensor(count: 8), width: 2,
    bias: backend.makeTensor(count: 4), targets: targets, denominator: denominator,
    lossSum: backend.makeTensor(count: 1), gradients: nil)
}

/// In a trace for three queries and four time steps of keys.
private func attend(queries: [Int], keys: [Int]) throws {
  let backend = try CPUBackend(threads: 1)
  let trace = try AttentionTrace(hiddenSize: 2, queryCapacity: 3, keyStepCapacity: 4, backend: backend)
  try backend.attentionForward(
    queries: backend.makeTensor(count: 20), queryLayout: PackedLayout(lengths: queries),
    keys: backend.makeTensor(count: 20), keyLayout: PackedLayout(lengths: keys), trace: trace)
}
