internal import Hummingbird
internal import Synchronization

/// A token bucket for each client's address: so many requests a second, twice as many at once.
package final class RateLimit: Sendable {
  /// Requests a second.
  private let rate: Double
  private let burst: Double
  private let buckets = Mutex<[String: Bucket]>([:])
  /// Addresses that are remembered at most; full buckets are forgotten first.
  private static let capacity = 50_000

  private struct Bucket {
    var tokens: Double
    var filled: ContinuousClock.Instant
  }

  package init(rate: Double, burst: Double? = nil) {
    (self.rate, self.burst) = (rate, burst ?? max(1, 2 * rate))
  }

  /// Takes a token.
  /// - Returns: nil, or the seconds until there is one.
  package func wait(for client: String, at now: ContinuousClock.Instant = .now) -> Double? {
    buckets.withLock { buckets in
      if buckets.count >= Self.capacity {
        buckets = buckets.filter { filled($0.value, at: now) < burst }
        if buckets.count >= Self.capacity { buckets.removeAll() }
      }
      var bucket = buckets[client] ?? Bucket(tokens: burst, filled: now)
      bucket.tokens = filled(bucket, at: now)
      bucket.filled = now
      defer { buckets[client] = bucket }
      guard bucket.tokens >= 1 else { return (1 - bucket.tokens) / rate }
      bucket.tokens -= 1
      return nil
    }
  }

  private func filled(_ bucket: Bucket, at now: ContinuousClock.Instant) -> Double {
    min(burst, bucket.tokens + rate * ((now - bucket.filled) / .seconds(1)))
  }
}

/// Answers 429 to clients who ask more often than they may.
struct RateLimitMiddleware: RouterMiddleware {
  typealias Context = VisitContext
  let limit: RateLimit
  /// Paths, as the router has them, that are not counted: a page that lacks one of its many files is dead, and who asks
  /// whether the server lives must hear it.
  private let free = PageRoutes.paths.union(ServiceRoutes.healthPaths)

  init(limit: RateLimit) { self.limit = limit }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    if let path = context.endpointPath, free.contains(path) { return try await next(request, context) }
    if let seconds = limit.wait(for: context.address) {
      throw APIError.busy(
        .tooManyRequests, "Too many requests from your address.", retryAfter: Int(seconds.rounded(.up)))
    }
    return try await next(request, context)
  }
}
