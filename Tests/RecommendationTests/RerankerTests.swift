import Compute
import Files
import Foundation
import Recommendation
import Sequences
import TestSupport
import Testing

struct RerankerTests {
  /// Playlists of 30 candidates whose right songs are those of which one feature is large, where the base says nothing.
  static func examples(_ count: Int, seed: UInt64) -> [RerankerTraining.Example] {
    var random = Philox(seed: seed, purpose: .testData)
    let width = Reranker.featureNames.count
    return (0..<count).map { _ in
      let features = (0..<30 * width).map { _ in Float(random.normal()) }
      let base = (0..<30).map { _ in Float(random.normal()) }
      let order = (0..<30).sorted { features[$0 * width + 2] > features[$1 * width + 2] }
      return RerankerTraining.Example(
        features: features, base: base, isRight: (0..<30).map { order.prefix(5).contains($0) })
    }
  }

  static func found(_ reranker: Reranker, _ examples: [RerankerTraining.Example]) -> Double {
    let shares = examples.map { example in
      var features = example.features
      let scores = reranker.scores(&features, base: example.base)
      let first = scores.indices.sorted { scores[$0] > scores[$1] }.prefix(5)
      return Double(first.count { example.isRight[$0] }) / 5
    }
    return shares.reduce(0, +) / Double(examples.count)
  }

  @Test("it learns which feature tells what goes on, the same on every run, and keeps it in a file")
  func learning() throws {
    let backend = try CPUBackend()
    let training = Self.examples(1500, seed: 1)
    let factors = [Float](repeating: 0.5, count: 256)
    let reranker = try #require(
      try RerankerTraining(training, songFactors: factors, seed: 4, on: backend).run())
    let fresh = Self.examples(50, seed: 2)
    #expect(Self.found(reranker, fresh) > 0.8)
    let again = try #require(
      try RerankerTraining(training, songFactors: factors, seed: 4, on: backend).run())
    var one = fresh[0].features
    let scores = reranker.scores(&one, base: fresh[0].base)
    var other = fresh[0].features
    #expect(again.scores(&other, base: fresh[0].base) == scores)

    let folder = try ScratchFolder()
    try reranker.write(to: folder.file("reranker.safetensors"))
    let read = try Reranker(path: folder.file("reranker.safetensors"), songCount: 2)
    var third = fresh[0].features
    #expect(read.scores(&third, base: fresh[0].base) == scores)
    #expect(Self.found(read, fresh) == Self.found(reranker, fresh))
    #expect(throws: InputError.self) { try Reranker(path: folder.file("reranker.safetensors"), songCount: 1) }
  }

  @Test("examples without a right candidate teach nothing")
  func nothing() throws {
    let example = RerankerTraining.Example(
      features: .init(repeating: 0, count: 2 * Reranker.featureNames.count), base: [1, 2], isRight: [false, false])
    #expect(try RerankerTraining([example], songFactors: [], seed: 1, on: CPUBackend()).run() == nil as Reranker?)
  }
}
