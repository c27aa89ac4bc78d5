import Compute
import Evaluation
import Learning
import Music
import Recommendation
import Testing

@Suite struct DriftTests {
  private let data: SmallModel
  private let recommender: Recommender
  private let set: EvaluationSet

  init() throws {
    data = try SmallModel()
    recommender = try Recommender(data.model, backend: CPUBackend(threads: 1))
    let input = try EvaluationInput(model: data.model, dataset: data.dataset, part: .train)
    set = EvaluationSet(input.evaluated, seedCount: 3)
  }

  @Test func `following a decoder with its own songs gives what it recommends`() throws {
    let playlists = set.cases.map(\.knownSeeds)
    var chosen = [[Int32]](repeating: [], count: playlists.count)
    try recommender.follow(playlists, steps: 5) { _, playlist, _, prediction in
      let given = SongSet(capacity: data.model.catalogue.count, rows: playlists[playlist] + chosen[playlist])
      chosen[playlist].append(data.model.songs.nearest(to: Array(prediction), excluding: given)!.row)
      return chosen[playlist].last
    }
    #expect(chosen == (try recommender.recommend(for: playlists, count: 5).map { $0.map(\.row) }))
  }

  @Test func `error and hits are those of a decoder run by hand, with the songs played and with its own`() throws {
    let curve = try DriftCurve(recommender, songs: data.model.songs, set: set)
    let catalogue = data.model.catalogue
    func distance(_ a: [Float], _ b: [Float]) -> Double {
      var sum = 0.0
      for (a, b) in zip(a, b) { sum += (Double(a) - Double(b)) * (Double(a) - Double(b)) }
      return sum.squareRoot()
    }
    for isForced in [true, false] {
      var (errors, hits, counts, means) = ([Int: Double](), [Int: Double](), [Int: Int](), [Int: Double]())
      for item in set.cases {
        let seeds = item.knownSeeds.filter(catalogue.hasNumbers)
        let later = item.continuation.filter { $0 >= 0 && catalogue.hasNumbers($0) }
        guard !seeds.isEmpty else { continue }
        let decoder = SequenceDecoder(try data.model.makeModel(on: CPUBackend(threads: 1)))
        try decoder.encode(lengths: [seeds.count]) { vector, _, step in catalogue.copyVector(seeds[step], to: vector) }
        let mean = (0..<29).map { column -> Float in
          let sum = seeds.reduce(0.0) { $0 + Double(catalogue.vector($1)[column]) }
          return Float(sum / Double(seeds.count))
        }
        var (input, fed) = (mean, item.knownSeeds)
        for (step, played) in later.enumerated() {
          var prediction = [Float](repeating: 0, count: 29)
          try decoder.step(input, into: &prediction)
          let nearest = (0..<Int32(catalogue.count)).filter { catalogue.hasNumbers($0) && !fed.contains($0) }
            .min { distance(prediction, catalogue.vector($0)) < distance(prediction, catalogue.vector($1)) }!
          errors[step, default: 0] += distance(prediction, catalogue.vector(played))
          means[step, default: 0] += distance(mean, catalogue.vector(played))
          hits[step, default: 0] += item.relevant.contains(nearest) ? 1 : 0
          counts[step, default: 0] += 1
          fed.append(isForced ? played : nearest)
          input = catalogue.vector(fed.last!)
        }
      }
      #expect(curve.steps.count == counts.count && curve.steps.count >= 3)
      for (index, step) in curve.steps.enumerated() {
        let (figures, count) = (isForced ? step.teacherForced : step.freeRunning, Double(counts[index]!))
        #expect(step.step == index + 1 && step.playlists == counts[index])
        #expect(
          abs(figures.error - errors[index]! / count) < 1e-6 && abs(figures.hitRate - hits[index]! / count) < 1e-12)
        #expect(abs(step.seedMeanError - means[index]! / count) < 1e-6)
      }
    }
    #expect(curve.steps[0].teacherForced == curve.steps[0].freeRunning)
  }

  @Test func `a set whose seeds nobody knows has no curve`() throws {
    let unknown = EvaluationSet([Playlist(pid: "x", songs: [-1, -2, -3, 4])], seedCount: 2)
    #expect(try DriftCurve(recommender, songs: data.model.songs, set: unknown).steps.isEmpty)
  }

  @Test func `the dissertation's protocol is its decoder's first ten songs, by both divisors`() throws {
    let evaluator = Evaluator(set, facts: SongFacts(catalogue: data.model.catalogue, training: []))
    let ours = try DissertationProtocol(recommender, evaluator: evaluator)
    let report = try evaluator.report([DecodedRanking(recommender, style: .original)])
    #expect(ours.meanByReachable == report.estimate(.averagePrecisionByReachable, of: "segue"))
    #expect(ours.meanByAll == report.estimate(.averagePrecisionByAll, of: "segue"))
    #expect(set.cases.count == 6 && ours.distinctSongs > 0 && ours.distinctSongs <= 36)
    let five = EvaluationSet(
      try EvaluationInput(model: data.model, dataset: data.dataset, part: .train).evaluated.dropLast(), seedCount: 3)
    let less = try DissertationProtocol(
      recommender, evaluator: Evaluator(five, facts: SongFacts(catalogue: data.model.catalogue, training: [])))
    #expect(ours.firstFiveByReachable == less.meanByReachable.mean && ours.firstFiveByAll == less.meanByAll.mean)
  }
}
