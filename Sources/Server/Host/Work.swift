internal import HTTPTypes
internal import Dispatch
internal import Synchronization

/// Work that takes a processor for longer than a request's thread may be held: one piece at a time, a few waiting, more
/// refused.
final class Work: Sendable {
  private let queue: DispatchQueue
  private let limit: Int
  private let waiting = Atomic<Int>(0)

  /// - Parameter limit: pieces that may wait or run.
  init(_ label: String, limit: Int = 16) {
    queue = DispatchQueue(label: "segue.\(label)", qos: .utility)
    self.limit = limit
  }

  /// - Throws: `APIError` 503 when too much waits; what `body` throws.
  func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    guard waiting.add(1, ordering: .relaxed).newValue <= limit else {
      waiting.subtract(1, ordering: .relaxed)
      throw APIError.busy(.serviceUnavailable, "Too much of this is asked for at once.", retryAfter: 2)
    }
    defer { waiting.subtract(1, ordering: .relaxed) }
    return try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Swift.Result { try body() }) }
    }
  }
}
