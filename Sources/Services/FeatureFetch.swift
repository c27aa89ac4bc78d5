/// Brings songs' features from one provider: what the cache knows from there, the rest batch by batch, each answer kept
/// before the next request.
struct FeatureFetch {
  let provider: any FeatureProvider
  let cache: FeatureCache
  let stopping: Stopping
  /// Whether the service has answered any batch, so that a 404 is not a wrong address.
  private var hasAnswered = false
  private(set) var outcome = Outcome()

  /// What was asked and answered.
  struct Outcome {
    /// Songs that the cache knew, with or without features.
    var cached = 0
    /// Songs asked for and answered, with or without features.
    var answered = 0
    var strangers = 0
    var misfits = 0
  }

  init(provider: any FeatureProvider, cache: FeatureCache, stopping: Stopping) {
    self.provider = provider
    self.cache = cache
    self.stopping = stopping
  }

  /// - Parameters:
  ///   - ids: valid ones, each once.
  ///   - progress: is told after each batch how many of how many songs not in the cache are answered.
  /// - Throws: `ServiceError` that says how far the run had come, `CancellationError`, `OutputError`. All answers until
  ///   then are in the cache.
  mutating func run(_ ids: [String], progress: (_ answered: Int, _ total: Int) -> Void) throws {
    let open = ids.filter { cache[$0] == .unknown }
    outcome.cached = ids.count - open.count
    for start in stride(from: 0, to: open.count, by: provider.batchSize) {
      try stopping.check()
      let batch = open[start..<min(open.count, start + provider.batchSize)]
      do {
        try keep(try answer(to: Array(batch)), asked: Array(batch))
      } catch var error as ServiceError {
        if outcome.answered > 0 {
          error.progress =
            "\(outcome.answered) of \(open.count) songs are answered and kept; the same command goes on from there."
        }
        throw error
      }
      progress(outcome.answered, open.count)
    }
  }

  private mutating func keep(_ answer: ProvidedFeatures, asked: [String]) throws {
    try cache.append(answer.values, asked: asked)
    outcome.answered += asked.count
    outcome.strangers += answer.strangers
    outcome.misfits += answer.misfits
  }

  /// Asks for a batch. A service that answers 404 is asked for each half, down to the songs that it does not know.
  private mutating func answer(to batch: [String]) throws -> ProvidedFeatures {
    let answer = try halved(batch)
    guard hasAnswered || batch.count == 1 else {
      throw ServiceError(
        service: provider.name, call: "audio features", reason: "status 404 for each of \(batch.count) songs",
        remedy: "Is the service's address right?")
    }
    return answer
  }

  private mutating func halved(_ batch: [String]) throws -> ProvidedFeatures {
    if let answer = try provider.ask(batch) {
      hasAnswered = true
      return answer
    }
    guard batch.count > 1 else { return ProvidedFeatures() }
    var answer = try halved(Array(batch[..<(batch.count / 2)]))
    let second = try halved(Array(batch[(batch.count / 2)...]))
    answer.values.merge(second.values) { first, _ in first }
    answer.strangers += second.strangers
    answer.misfits += second.misfits
    return answer
  }
}
