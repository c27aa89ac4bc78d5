internal import Dispatch
internal import Files
internal import HTTPTypes
internal import Recommendation
internal import Synchronization

/// Requests wait here for the one model that works at a time, on all processors. Those that wait together are ranked
/// together: the song vectors are read from memory once for all of them.
final class RecommendationQueue: Sendable {
  /// Requests of one batch at most.
  private static let batchLimit = 16

  struct Answer: Sendable {
    /// Best first.
    var songs: [Recommendation]
    /// Where they were asked for.
    var reasons: [Reason]?
  }

  private struct Job: Sendable {
    var request: PlaylistRequest
    var count: Int
    var wantsReasons: Bool
    var continuation: CheckedContinuation<Answer, any Error>
  }

  private struct State {
    var waiting: [Job] = []
    var isWorking = false
  }

  private let state = Mutex(State())
  private let worker = DispatchQueue(label: "segue.recommendations", qos: .userInitiated)
  // Touched by `worker` alone, one closure at a time.
  nonisolated(unsafe) private let recommender: any SongRecommender
  private let limit: Int
  private let metrics: ServerMetrics

  /// - Parameters:
  ///   - recommender: not used anywhere else from now on.
  ///   - limit: requests that may wait.
  init(_ recommender: any SongRecommender, limit: Int, metrics: ServerMetrics) {
    self.recommender = recommender
    self.limit = limit
    self.metrics = metrics
  }

  /// Requests that wait.
  var waitingCount: Int { state.withLock { $0.waiting.count } }

  /// - Throws: `APIError` 503 when too many wait; what `SongRecommender.recommend` throws.
  func recommend(
    _ request: PlaylistRequest, count: Int, reasons wantsReasons: Bool
  ) async throws -> Answer {
    try await withCheckedThrowingContinuation { continuation in
      let job = Job(
        request: request, count: count, wantsReasons: wantsReasons, continuation: continuation)
      let (isTaken, mustStart) = state.withLock { state in
        guard state.waiting.count < limit else { return (false, false) }
        state.waiting.append(job)
        defer { state.isWorking = true }
        return (true, !state.isWorking)
      }
      if !isTaken {
        continuation.resume(
          throwing: APIError.busy(.serviceUnavailable, "Too many requests wait for the model.", retryAfter: 1))
      }
      if mustStart { worker.async { self.work() } }
    }
  }

  /// Answers until nobody waits.
  private func work() {
    while let batch = nextBatch() {
      let start = ContinuousClock.now
      answer(batch)
      metrics.countBatch(size: batch.count, seconds: (ContinuousClock.now - start) / .seconds(1))
    }
  }

  /// The first that waits, and those that want as many songs.
  private func nextBatch() -> [Job]? {
    state.withLock { state in
      guard let first = state.waiting.first else {
        state.isWorking = false
        return nil
      }
      var (batch, others): ([Job], [Job]) = ([], [])
      for job in state.waiting {
        if batch.count < Self.batchLimit && job.count == first.count { batch.append(job) } else { others.append(job) }
      }
      state.waiting = others
      return batch
    }
  }

  private func answer(_ batch: [Job]) {
    do {
      let songs = try recommender.recommend(batch.map(\.request), count: batch[0].count, decode: .default)
      for (job, songs) in zip(batch, songs) {
        job.continuation.resume(
          with: Result {
            Answer(
              songs: songs, reasons: job.wantsReasons ? try recommender.reasons(for: songs, of: job.request) : nil)
          })
      }
    } catch {
      for job in batch { job.continuation.resume(throwing: error) }
    }
  }
}
