internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Synchronization

/// Counts what the server does, in Prometheus's text format. Reading them never touches the model.
final class ServerMetrics: Sendable {
  /// Upper bounds of the histograms' buckets, in seconds.
  private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

  private struct Histogram {
    var counts = [Int](repeating: 0, count: bounds.count + 1)
    var sum = 0.0

    mutating func observe(_ seconds: Double) {
      counts[bounds.firstIndex { seconds <= $0 } ?? bounds.count] += 1
      sum += seconds
    }
  }

  private struct Series: Hashable {
    var method, route: String
    var status: Int
  }

  private struct State {
    var requests: [Series: Int] = [:]
    var durations: [String: Histogram] = [:]
    var batches = Histogram()
    var batchedRequests = 0
    var swaps = [true: 0, false: 0]
  }

  private let state = Mutex(State())
  private let inFlight = Atomic<Int>(0)

  /// - Parameter route: the pattern of the path, not the path: ids are nobody's business.
  func count(method: String, route: String, status: Int, seconds: Double) {
    state.withLock { state in
      state.requests[Series(method: method, route: route, status: status), default: 0] += 1
      state.durations[route, default: Histogram()].observe(seconds)
    }
  }

  func began() { inFlight.add(1, ordering: .relaxed) }
  func ended() { inFlight.subtract(1, ordering: .relaxed) }

  /// - Parameter size: requests that were ranked together.
  func countBatch(size: Int, seconds: Double) {
    state.withLock { state in
      state.batches.observe(seconds)
      state.batchedRequests += size
    }
  }

  func countSwap(succeeded: Bool) { state.withLock { $0.swaps[succeeded, default: 0] += 1 } }

  /// - Parameter waiting: requests in the queue; nil without a model.
  func text(waiting: Int?) -> String {
    let state = state.withLock { $0 }
    var lines: [String] = []
    func family(_ name: String, _ kind: String, _ help: String) {
      lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(kind)"]
    }
    func histogram(_ name: String, _ label: String, _ histogram: Histogram) {
      var total = 0
      let (open, tail) = label.isEmpty ? ("", "") : ("\(label),", "{\(label)}")
      for (bound, count) in zip(Self.bounds.map { "\($0)" } + ["+Inf"], histogram.counts) {
        total += count
        lines.append("\(name)_bucket{\(open)le=\"\(bound)\"} \(total)")
      }
      lines += ["\(name)_sum\(tail) \(histogram.sum)", "\(name)_count\(tail) \(total)"]
    }
    family("segue_requests_total", "counter", "Requests answered.")
    for (series, count) in state.requests.sorted(by: { "\($0.key)" < "\($1.key)" }) {
      lines.append(
        "segue_requests_total{method=\"\(series.method)\",route=\"\(series.route)\",status=\"\(series.status)\"} \(count)"
      )
    }
    family("segue_request_seconds", "histogram", "Time to answer.")
    for (route, durations) in state.durations.sorted(by: { $0.key < $1.key }) {
      histogram("segue_request_seconds", "route=\"\(route)\"", durations)
    }
    family("segue_requests_in_flight", "gauge", "Requests being answered.")
    lines.append("segue_requests_in_flight \(inFlight.load(ordering: .relaxed))")
    family("segue_recommendation_batch_seconds", "histogram", "Time of the model for the requests of a batch.")
    histogram("segue_recommendation_batch_seconds", "", state.batches)
    family("segue_recommendations_total", "counter", "Requests that the model answered.")
    lines.append("segue_recommendations_total \(state.batchedRequests)")
    family("segue_recommendations_waiting", "gauge", "Requests that wait for the model.")
    lines.append("segue_recommendations_waiting \(waiting ?? 0)")
    family("segue_model_loaded", "gauge", "Whether there is a model.")
    lines.append("segue_model_loaded \(waiting == nil ? 0 : 1)")
    family("segue_model_swaps_total", "counter", "Exchanges of the model.")
    for succeeded in [true, false] {
      lines.append("segue_model_swaps_total{succeeded=\"\(succeeded)\"} \(state.swaps[succeeded] ?? 0)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// Counts and logs every request.
struct MetricsMiddleware: RouterMiddleware {
  typealias Context = VisitContext
  let metrics: ServerMetrics

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    metrics.began()
    defer { metrics.ended() }
    let response = try await next(request, context)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let route = context.endpointPath ?? "unknown"
    metrics.count(method: request.method.rawValue, route: route, status: response.status.code, seconds: seconds)
    context.logger.log(
      level: response.status.code >= 500 ? .warning : .debug, "request",
      metadata: [
        "method": "\(request.method)", "route": "\(route)", "status": "\(response.status.code)",
        "milliseconds": "\((seconds * 1e5).rounded() / 100)",
      ])
    return response
  }
}
