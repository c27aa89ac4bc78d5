internal import Music
package import Recommendation

/// How far the decoder's predictions are from what was played, by decode step: with the songs played fed back
/// (teacher-forced, as in training) and with its own songs fed back (free-running, as in recommending).
///
/// Step t is compared with the t-th later song that has numbers, on the playlists that have one. Error: Euclidean distance
/// of the predicted 29 numbers from that song's, missing ones filled in as in the search. A hit: the song nearest to the
/// prediction is one of the relevant songs; the seeds and the songs fed before are excluded. Both curves begin alike,
/// since the first input is the seeds' mean in both (exposure bias: Ranzato et al., "Sequence level training with
/// recurrent neural networks", ICLR 2016).
package struct DriftCurve: Sendable, Equatable {
  package struct Step: Sendable, Equatable, Encodable {
    /// From 1.
    package var step: Int
    /// Playlists with that many later songs.
    package var playlists: Int
    package var teacherForced, freeRunning: Figures
    /// Error of the seeds' mean in place of a prediction: what a model that does nothing would have.
    package var seedMeanError: Double
  }

  package struct Figures: Sendable, Equatable, Encodable {
    package var error = 0.0
    package var hitRate = 0.0
  }

  package private(set) var steps: [Step] = []

  package static let stepLimit = 30

  /// - Parameter songs: the index of the recommender's catalogue.
  /// - Throws: what the recommender throws.
  package init(_ recommender: Recommender, songs: NearestSongs, set: EvaluationSet) throws {
    let catalogue = recommender.catalogue
    let followed = set.cases.compactMap { item -> Followed? in
      let later = item.continuation.filter { $0 >= 0 && catalogue.hasNumbers($0) }
      guard item.knownSeeds.contains(where: catalogue.hasNumbers), !later.isEmpty else { return nil }
      return Followed(item: item, later: later)
    }
    let most = min(Self.stepLimit, followed.map(\.later.count).max() ?? 0)
    steps = (1...max(most, 1)).prefix(most).map {
      Step(step: $0, playlists: 0, teacherForced: Figures(), freeRunning: Figures(), seedMeanError: 0)
    }
    for start in stride(from: 0, to: followed.count, by: Evaluator.batchSize) {
      let batch = Array(followed[start..<min(start + Evaluator.batchSize, followed.count)])
      try follow(batch, recommender, songs, isTeacherForced: true)
      try follow(batch, recommender, songs, isTeacherForced: false)
    }
    for index in steps.indices {
      let count = Double(steps[index].playlists)
      steps[index].seedMeanError /= count
      for side in [\Step.teacherForced, \Step.freeRunning] {
        steps[index][keyPath: side].error /= count
        steps[index][keyPath: side].hitRate /= count
      }
    }
  }

  private struct Followed {
    let item: EvaluationCase
    let later: [Int32]
  }

  /// Adds the sums of one batch.
  private mutating func follow(
    _ batch: [Followed], _ recommender: Recommender, _ songs: NearestSongs, isTeacherForced: Bool
  ) throws {
    let catalogue = recommender.catalogue
    let side = isTeacherForced ? \Step.teacherForced : \Step.freeRunning
    var taken = batch.map { SongSet(capacity: catalogue.count, rows: $0.item.knownSeeds) }
    var seedMeans: [[Float]] = []
    try recommender.follow(batch.map(\.item.knownSeeds), steps: steps.count) { step, number, input, prediction in
      let followed = batch[number]
      if step == 0 { seedMeans.append(Array(input)) }
      guard step < followed.later.count else { return nil }
      let played = followed.later[step]
      let target = catalogue.vector(played)
      let found = songs.nearest(to: Array(prediction), excluding: taken[number])?.row
      steps[step][keyPath: side].error += Self.distance(prediction, target)
      if let found, followed.item.relevant.contains(found) { steps[step][keyPath: side].hitRate += 1 }
      if isTeacherForced {
        steps[step].playlists += 1
        steps[step].seedMeanError += Self.distance(seedMeans[number], target)
      }
      let next = isTeacherForced ? played : found
      if let next { taken[number].insert(next) }
      return next
    }
  }

  private static func distance(_ first: some Sequence<Float>, _ second: [Float]) -> Double {
    zip(first, second).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }.squareRoot()
  }
}
