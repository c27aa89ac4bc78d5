internal import Glibc
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// What is known of a request besides itself.
struct VisitContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// The address that it came from, of IPv6 the network's half; empty for one without.
  var address: String

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    address = Self.network(source.channel.remoteAddress?.ipAddress ?? "")
  }

  /// Of an IPv6 address the first 64 bits, which is what one household or server has of them; of an IPv4 address, also
  /// of one written as IPv6, all of it.
  fileprivate static func network(_ address: String) -> String {
    var bytes = in6_addr()
    guard inet_pton(AF_INET6, address, &bytes) == 1 else { return address }
    let isIPv4 = withUnsafeBytes(of: bytes) { $0.starts(with: [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]) }
    if isIPv4 { return address }
    return withUnsafeBytes(of: bytes) { $0.prefix(8).map { String($0, radix: 16) }.joined(separator: ":") }
  }
}

/// Takes a client's address from the proxy that stands before the server.
struct ProxyMiddleware: RouterMiddleware {
  func handle(
    _ request: Request, context: VisitContext, next: (Request, VisitContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    let header = request.headers[values: HTTPField.Name("X-Forwarded-For")!].last
    if let last = header?.split(separator: ",").last { context.address = VisitContext.network(String(last).trimmed) }
    return try await next(request, context)
  }
}
