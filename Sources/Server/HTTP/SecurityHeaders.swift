internal import HTTPTypes
internal import Hummingbird

/// Tells browsers to run, load and send nothing but what is ours.
struct SecurityHeaders: RouterMiddleware {
  typealias Context = VisitContext
  /// Whether browsers reach us through TLS only.
  let isSecure: Bool

  private static let policy = """
    default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob: https:; \
    connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
    """

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    response.headers[.contentSecurityPolicy] = Self.policy
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[HTTPField.Name("Referrer-Policy")!] = "no-referrer"
    response.headers[HTTPField.Name("Cross-Origin-Opener-Policy")!] = "same-origin"
    response.headers[HTTPField.Name("Cross-Origin-Resource-Policy")!] = "same-origin"
    response.headers[HTTPField.Name("Permissions-Policy")!] = "camera=(), microphone=(), geolocation=()"
    if isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    return request.method == .head ? response.createHeadResponse() : response
  }
}

/// Refuses changes that a browser was made to send by a page of another origin (cross-site request forgery): with the
/// cookie's SameSite the second lock on the same door. Programs send neither header.
struct OriginCheck: RouterMiddleware {
  typealias Context = VisitContext

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard request.method != .get && request.method != .head, request.headers[.authorization] == nil else {
      return try await next(request, context)
    }
    let site = request.headers[HTTPField.Name("Sec-Fetch-Site")!]
    let isForeign =
      if let site { site != "same-origin" && site != "none" } else if let origin = request.headers[.origin] {
        !Self.isSame(origin, request.head.authority)
      } else { false }
    guard !isForeign else {
      throw APIError(
        .forbidden, "foreign_origin", "Changes are taken from this server's own page and from programs only.")
    }
    return try await next(request, context)
  }

  /// - Parameters:
  ///   - origin: scheme://host[:port]
  ///   - authority: host[:port]
  private static func isSame(_ origin: String, _ authority: String?) -> Bool {
    guard let authority, let scheme = origin.firstRange(of: "://") else { return false }
    return origin[scheme.upperBound...].lowercased() == authority.lowercased()
  }
}
