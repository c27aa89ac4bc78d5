/// Asks one service politely: no faster than the rate, again after what may pass, and no longer than patience lasts.
package final class ServiceClient {
  /// The service's name, for messages.
  let service: String
  /// Requests sent, repeated ones too.
  private(set) var requestCount = 0
  private let transport: any Transport
  private let patience: Patience
  private let stopping: Stopping
  private let note: (String) -> Void
  private var nextRequest = ContinuousClock.now

  /// - Parameter note: is told each wait before a request is repeated.
  package init(
    service: String, transport: any Transport, patience: Patience, stopping: Stopping,
    note: @escaping (String) -> Void
  ) {
    self.service = service
    self.transport = transport
    self.patience = patience
    self.stopping = stopping
    self.note = note
  }

  /// An answer that is not to be waited out.
  struct Reply {
    var status: Int
    /// Of status 200 always there; of others when the answer was JSON.
    var json: JSONValue?
  }

  /// Sends a request until there is an answer that asking again would not change. Asks again after 429 (at the time that
  /// `Retry-After` names), 408, 5xx, no whole answer in time, and a 200 that is not whole JSON.
  /// - Throws: `ServiceError` when patience ends, `CancellationError` when the run is to stop.
  func send(_ request: ServiceRequest, call: String) throws -> Reply {
    var failures = 0
    while true {
      try takeTurn()
      let trouble: Trouble
      do {
        let answer = try transport.send(request, shouldStop: stopping.shouldStop)
        switch Self.judge(answer) {
        case .success(let reply): return reply
        case .failure(let found): trouble = found
        }
      } catch let error as TransportError {
        guard error.mayPass else {
          throw ServiceError(
            service: service, call: call, reason: error.description, remedy: "Check the network and the address.")
        }
        trouble = Trouble(reason: error.description)
      }
      failures += 1
      try wait(after: trouble, failures: failures, call: call)
    }
  }

  /// What may pass when one waits.
  private struct Trouble: Error {
    var reason: String
    var retryAfter: Duration?
  }

  private static func judge(_ answer: ServiceAnswer) -> Result<Reply, Trouble> {
    let retryAfter = answer.retryAfter.flatMap { RetryAfter.wait($0) }
    switch answer.status {
    case 429: return .failure(Trouble(reason: "it asks for fewer requests (status 429)", retryAfter: retryAfter))
    case 408, 500...599: return .failure(Trouble(reason: "status \(answer.status)", retryAfter: retryAfter))
    default:
      do {
        return .success(Reply(status: answer.status, json: try JSONValue(answer.body)))
      } catch {
        guard answer.status == 200 else { return .success(Reply(status: answer.status, json: nil)) }
        return .failure(Trouble(reason: "the answer is not whole JSON"))
      }
    }
  }

  private func wait(after trouble: Trouble, failures: Int, call: String) throws {
    guard failures < patience.attempts else {
      throw ServiceError(
        service: service, call: call, reason: "\(trouble.reason), \(failures) times in a row",
        remedy: "Try again later.")
    }
    let delay = trouble.retryAfter ?? patience.delay(afterFailures: failures)
    guard delay <= patience.longestRetryAfter else {
      throw ServiceError(
        service: service, call: call,
        reason: "\(trouble.reason) and wants to be left alone for "
          + delay.formattedSeconds, remedy: "Try again then, perhaps with a lower --rate.")
    }
    note("\(service): \(trouble.reason); asking again in \(delay.formattedSeconds)")
    try stopping.sleep(until: .now + delay)
  }

  /// Waits until the rate allows one more request.
  private func takeTurn() throws {
    try stopping.sleep(until: nextRequest)
    nextRequest = .now + .seconds(1 / patience.rate)
    requestCount += 1
  }

  /// The error of an answer that nothing can be done with.
  func refusal(_ reply: Reply, call: String, remedy: String) -> ServiceError {
    ServiceError(
      service: service, call: call, reason: "status \(reply.status)" + (Self.message(in: reply.json) ?? ""),
      remedy: remedy)
  }

  /// What an answer says of itself: Spotify's `{"error": {"message": …}}`, OAuth's `error_description`, or `message`.
  private static func message(in json: JSONValue?) -> String? {
    let texts = [
      json?["error"]?["message"], json?["error_description"], json?["message"], json?["error"],
    ].lazy.compactMap { $0?.string }
    return texts.first.map { text in
      " (\"\(String(text.unicodeScalars.prefix(120).map { $0.value < 32 ? " " : Character($0) }))\")"
    }
  }
}
