package import Recommendation

/// The protocol of the dissertation's chapter 9.4: 30 songs recommended to playlists of the test set, average precision
/// at a cut-off of 10 (AP@N), the mean over 5 playlists. Its Table 9.2 has three figures; this is our row beside them.
///
/// It leaves open how many songs are given, which songs are relevant, whether AP@N divides by R or by min(R, N), and
/// which five playlists were taken. So both divisors are given, over all playlists and over the first five.
package struct DissertationProtocol: Sendable, Equatable, Encodable {
  package static let songCount = 30
  package static let cutOff = 10
  package static let playlistCount = 5
  /// MAP in its Table 9.2.
  package static let published = [
    (method: "Matrix factorization", value: 0.0017), (method: "Regular LSTM (single layer)", value: 0.0028),
    (method: "Seq2Seq network (single layer)", value: 0.0030),
  ]

  /// Over all evaluated playlists, divided by min(R, 10) and by R.
  package var meanByReachable, meanByAll: Estimate
  /// Over the first five of them.
  package var firstFiveByReachable, firstFiveByAll: Double
  /// Different songs among all that were recommended.
  package var distinctSongs: Int

  /// Decodes as the dissertation did (`DecodeStyle.original`).
  /// - Throws: what the recommender throws.
  package init(_ recommender: Recommender, evaluator: Evaluator) throws {
    let method = DecodedRanking(recommender, style: .original)
    var outcome = MethodOutcome(name: method.name)
    var songs = Set<Int32>()
    let cases = evaluator.set.cases
    for start in stride(from: 0, to: cases.count, by: Evaluator.batchSize) {
      let batch = Array(cases[start..<min(start + Evaluator.batchSize, cases.count)])
      for (item, list) in zip(batch, try method.rank(batch, depth: Self.songCount)) {
        outcome.add(evaluator.judge(list, item), list: list, of: item, songCount: evaluator.facts.songCount)
        songs.formUnion(list)
      }
    }
    let all = Array(0..<Int32(cases.count))
    let resamples = all.count > 1 ? Bootstrap.resamples(of: all.count) : []
    func estimate(_ metric: Metric) -> Estimate {
      Estimate(
        mean: outcome.mean(of: metric, on: all), resampled: resamples.map { outcome.mean(of: metric, on: $0) })
    }
    let firstFive = Array(all.prefix(Self.playlistCount))
    meanByReachable = estimate(.averagePrecisionByReachable)
    meanByAll = estimate(.averagePrecisionByAll)
    firstFiveByReachable = outcome.mean(of: .averagePrecisionByReachable, on: firstFive)
    firstFiveByAll = outcome.mean(of: .averagePrecisionByAll, on: firstFive)
    distinctSongs = songs.count
  }
}
