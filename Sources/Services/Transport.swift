/// What is sent to a service.
package struct ServiceRequest: Sendable {
  package enum Method: String, Sendable { case get = "GET", post = "POST" }

  package var method = Method.get
  package var address: String
  package var headers: [(name: String, value: String)] = []
  package var body = ""
}

/// What a service sent back, whole.
package struct ServiceAnswer: Sendable {
  package var status: Int
  /// The header `Retry-After`, as it stands.
  package var retryAfter: String?
  package var body: [UInt8]

  package init(status: Int, retryAfter: String? = nil, body: [UInt8] = []) {
    self.status = status
    self.retryAfter = retryAfter
    self.body = body
  }
}

/// No whole answer came.
package struct TransportError: Error, CustomStringConvertible {
  package let description: String
  /// Whether asking again may help.
  package let mayPass: Bool

  package init(_ description: String, mayPass: Bool = true) {
    self.description = description
    self.mayPass = mayPass
  }
}

/// The way to a service, the only thing that providers know of HTTP.
package protocol Transport: AnyObject {
  /// Sends a request and waits for the whole answer, whatever its status.
  /// - Parameter shouldStop: is asked often; the request is dropped when it says so.
  /// - Throws: `TransportError` when no whole answer came, `CancellationError` when it was to stop.
  func send(_ request: ServiceRequest, shouldStop: () -> Bool) throws -> ServiceAnswer
}
