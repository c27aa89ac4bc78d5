internal import HTTPTypes
internal import Hummingbird

/// Tells who sends a request: a browser by its session's cookie, a program by its token.
struct Visitors: Sendable {
  static let cookieName = "segue_session"
  let store: UserStore
  /// Whether the cookie goes over TLS only.
  let isSecure: Bool

  /// A user, and the session that this request began.
  struct Visitor: Sendable {
    var user: UserID
    fileprivate var cookie: String?

    /// Lets the browser keep the session.
    func keepingSession(_ response: Response) -> Response {
      var response = response
      if let cookie { response.headers[values: .setCookie].append(cookie) }
      return response
    }
  }

  /// The user, nil for a visitor who has changed nothing yet. A session that was forged or has ended is none.
  /// - Throws: `APIError` 401 for a token that is none.
  func user(of request: Request) async throws -> UserID? {
    if let authorization = request.headers[.authorization] {
      let parts = authorization.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "bearer", let user = try await store.user(token: parts[1]) else {
        var error = APIError(.unauthorized, "unauthorized", "The token is unknown or was revoked.")
        error.headers[.wwwAuthenticate] = "Bearer"
        throw error
      }
      return user
    }
    guard let session = session(of: request) else { return nil }
    return try await store.user(session: session)
  }

  /// The user, who becomes an anonymous one here if need be.
  func visitor(of request: Request) async throws -> Visitor {
    if let user = try await user(of: request) { return Visitor(user: user) }
    let (user, session) = try await store.makeAnonymousUser()
    return Visitor(user: user, cookie: cookie(session.text, seconds: Int(UserStore.sessionSeconds)))
  }

  /// For what only somebody who is known can have.
  /// - Throws: `APIError` 404, as for what is somebody else's.
  func user(of request: Request, having what: String) async throws -> UserID {
    guard let user = try await user(of: request) else { throw APIError.notFound(what) }
    return user
  }

  func session(of request: Request) -> String? { request.cookies[Self.cookieName]?.value }

  func began(_ session: Secret, of user: UserID) -> Visitor {
    Visitor(user: user, cookie: cookie(session.text, seconds: Int(UserStore.sessionSeconds)))
  }

  /// Lets a browser keep the session for as long again.
  func renewing(_ response: Response, of user: UserID?, _ request: Request) -> Response {
    guard let user, request.headers[.authorization] == nil, let session = session(of: request) else { return response }
    return Visitor(user: user, cookie: cookie(session, seconds: Int(UserStore.sessionSeconds))).keepingSession(response)
  }

  /// Takes the cookie from the browser.
  func ending(_ response: Response) -> Response {
    var response = response
    response.headers[values: .setCookie].append(cookie("", seconds: 0))
    return response
  }

  private func cookie(_ value: String, seconds: Int) -> String {
    "\(Self.cookieName)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
  }
}
