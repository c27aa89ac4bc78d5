import Benchmarks
import Testing

@Suite struct NearestBenchmarkTests {
  @Test("answers that differ from the exact scan are told by the kind of query")
  func disagreement() {
    var benchmark = NearestBenchmark()
    (benchmark.songCount, benchmark.queryCount, benchmark.checkedCount, benchmark.seconds) = (50, 20, 10, 0.001)
    var result = benchmark.run()
    #expect(result.disagreement == nil)
    result.searches[1].differing = 2
    #expect(result.disagreement == "answers differ from the exact scan for these queries: mild (2 of 10)")
  }
}
