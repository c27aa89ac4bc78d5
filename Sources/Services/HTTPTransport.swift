internal import AsyncHTTPClient
internal import Dispatch
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Requests over HTTP and HTTPS; connections stay open between them.
package final class HTTPTransport: Transport {
  private let client: HTTPClient
  /// The longest that a request may take from its start to the whole answer.
  private let timeout: Duration
  private static let largestBody = 1 << 23

  package init(timeout: Duration = .seconds(30)) {
    self.timeout = timeout
    var configuration = HTTPClient.Configuration(
      // Whoever asks says where: a token is not to travel on to another host.
      redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10)))
    configuration.connectionPool.retryConnectionEstablishment = false
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  deinit {
    do { try client.syncShutdown() } catch { preconditionFailure("HTTPTransport: the client was shut down before") }
  }

  package func send(_ request: ServiceRequest, shouldStop: () -> Bool) throws -> ServiceAnswer {
    var headers = HTTPHeaders([("User-Agent", "segue"), ("Accept", "application/json")])
    for header in request.headers { headers.add(name: header.name, value: header.value) }
    let message: HTTPClient.Request
    do {
      message = try HTTPClient.Request(
        url: request.address, method: request.method == .get ? .GET : .POST, headers: headers,
        body: request.body.isEmpty ? nil : .string(request.body))
    } catch { throw TransportError("\(request.address) is not an address (\(error))", mayPass: false) }

    let task = client.execute(
      request: message, delegate: ResponseAccumulator(request: message, maxBodySize: Self.largestBody),
      deadline: .now() + .nanoseconds(Int64(timeout / .nanoseconds(1))))
    let done = DispatchSemaphore(value: 0)
    task.futureResult.whenComplete { _ in done.signal() }
    var isCancelled = false
    while done.wait(timeout: .now() + .milliseconds(20)) == .timedOut {
      if !isCancelled, shouldStop() {
        isCancelled = true
        task.cancel()
      }
    }
    do {
      let response = try task.futureResult.wait()
      return ServiceAnswer(
        status: Int(response.status.code), retryAfter: response.headers.first(name: "Retry-After"),
        body: response.body.map { Array($0.readableBytesView) } ?? [])
    } catch {
      if isCancelled { throw CancellationError() }
      // The TLS library tells this only as text.
      if "\(error)".contains("CERTIFICATE_VERIFY_FAILED") {
        throw TransportError(
          "this machine does not trust its certificate (is the package ca-certificates there?)", mayPass: false)
      }
      throw TransportError(description(of: error))
    }
  }

  private func description(of error: any Error) -> String {
    switch error {
    case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
      "there was no whole answer within \(timeout.formattedSeconds)"
    case let error as HTTPClientError where error == .connectTimeout: "no connection could be made"
    case let error as HTTPClientError where error == .remoteConnectionClosed:
      "the connection was closed before the answer was whole"
    case let error as HTTPParserError where error == .invalidEOFState:
      "the connection was closed before the answer was whole"
    case let error as IOError: "the connection failed (\(String(cString: strerror(error.errnoCode))))"
    case let error as NIOConnectionError: "no connection could be made to \(error.host), port \(error.port)"
    default: "the answer could not be read (\(error))"
    }
  }
}
