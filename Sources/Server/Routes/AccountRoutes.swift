internal import Hummingbird

/// Who one is: a session from the first change on, an account for those who want one, tokens for programs.
struct AccountRoutes: Sendable {
  let store: UserStore
  let visitors: Visitors
  /// Tries to log in that each address has in all, and for each name: so many at once, then one every half minute. A name
  /// has none of its own, or anybody could lock its owner out.
  private let attempts = RateLimit(rate: 1.0 / 30, burst: 10)
  /// Passwords are derived one at a time, because each takes 32 MiB and a tenth of a second of a processor.
  private let passwords = Work("passwords")

  init(store: UserStore, visitors: Visitors) { (self.store, self.visitors) = (store, visitors) }

  struct Credentials: Decodable { var name, password: String }

  struct UserAnswer: Encodable {
    var anonymous: Bool
    @Null var name: String?
    var createdAt: String

    init(_ user: User) {
      (anonymous, name, createdAt) = (user.name == nil, user.name, String(secondsSince1970: user.created))
    }
  }

  struct TokenAnswer: Encodable {
    var id: Int64
    var label: String
    var createdAt: String
    @Null var lastUsedAt: String?
    /// Shown once.
    var token: String?

    init(_ token: UserStore.Token, secret: Secret? = nil) {
      (id, label, createdAt) = (token.id, token.label, String(secondsSince1970: token.created))
      lastUsedAt = token.used.map { String(secondsSince1970: $0) }
      self.token = secret?.text
    }
  }

  func add(to router: Routes) {
    router.get("/api/v1/session") { request, _ in
      struct Session: Encodable { @Null var user: UserAnswer? }
      let user = try await visitors.user(of: request).asyncMap { try await store.user($0) } ?? nil
      return .json(Session(user: user.map(UserAnswer.init)))
    }
    router.post("/api/v1/session") { request, context in
      try refuseToken(request)
      let credentials = try checked(try await request.json(Credentials.self))
      try slowDown(credentials.name, context)
      guard let known = try await store.password(of: credentials.name) else {
        _ = try await passwords.run { try PasswordHash(credentials.password) }  // takes as long as a wrong password
        throw wrongCredentials
      }
      guard try await passwords.run({ try known.hash.matches(credentials.password) }) else { throw wrongCredentials }
      let session = try await store.logIn(known.user, from: try await visitors.user(of: request))
      if let old = visitors.session(of: request) { try await store.endSession(old) }
      return visitors.began(session, of: known.user)
        .keepingSession(.json(UserAnswer(try await user(known.user))))
    }
    router.delete("/api/v1/session") { request, _ in
      if let session = visitors.session(of: request) { try await store.endSession(session) }
      return visitors.ending(.noContent)
    }
    router.post("/api/v1/account") { request, context in
      let credentials = try checked(try await request.json(Credentials.self))
      guard credentials.password.unicodeScalars.count >= 10 else {
        throw APIError.badRequest("A password has at least 10 characters.")
      }
      try slowDown(credentials.name, context)
      try refuseToken(request)
      if let known = try await visitors.user(of: request), try await user(known).name != nil {
        throw APIError(.conflict, "has_account", "You are logged in to an account: log out first.")
      }
      let taken = APIError(.conflict, "name_taken", "Somebody has this name already: choose another.")
      guard try await store.password(of: credentials.name) == nil else { throw taken }
      let hash = try await passwords.run { try PasswordHash(credentials.password) }
      let visitor = try await visitors.visitor(of: request)
      guard let session = try await store.setName(credentials.name, hash, of: visitor.user) else { throw taken }
      return visitors.began(session, of: visitor.user)
        .keepingSession(.json(UserAnswer(try await user(visitor.user)), status: .created))
    }
    router.delete("/api/v1/account") { request, _ in
      try refuseToken(request)
      if let user = try await visitors.user(of: request) { try await store.delete(user) }
      return visitors.ending(.noContent)
    }
    addTokenRoutes(to: router)
  }

  private func addTokenRoutes(to router: Routes) {
    router.get("/api/v1/tokens") { request, _ in
      struct Tokens: Encodable { var tokens: [TokenAnswer] }
      let tokens = try await visitors.user(of: request).asyncMap { try await store.tokens(of: $0) } ?? []
      return .json(Tokens(tokens: tokens.map { TokenAnswer($0) }))
    }
    router.post("/api/v1/tokens") { request, _ in
      struct NewToken: Decodable { var label: String }
      try refuseToken(request)
      let label = try APIError.checked(try await request.json(NewToken.self).label, "label", limit: 200)
      let visitor = try await visitors.visitor(of: request)
      guard let (token, secret) = try await store.makeToken(label: label, of: visitor.user) else {
        throw APIError(.conflict, "full", "One can have \(UserStore.tokenLimit) tokens: delete one first.")
      }
      return visitor.keepingSession(.json(TokenAnswer(token, secret: secret), status: .created))
    }
    router.delete("/api/v1/tokens/{tokenId}") { request, context in
      let user = try await visitors.user(of: request, having: "token")
      guard let id = context.parameters.get("tokenId", as: Int64.self), try await store.deleteToken(id, of: user) else {
        throw APIError.notFound("token")
      }
      return .noContent
    }
  }

  private var wrongCredentials: APIError {
    APIError(.unauthorized, "wrong_credentials", "There is no account with this name and password.")
  }

  private func user(_ id: UserID) async throws -> User {
    guard let user = try await store.user(id) else { throw APIError.notFound("user") }
    return user
  }

  private func checked(_ credentials: Credentials) throws -> Credentials {
    var credentials = credentials
    credentials.name = try APIError.checked(credentials.name, "name", limit: 100)
    guard credentials.password.unicodeScalars.count <= 200 else {
      throw APIError.badRequest("A password has at most 200 characters.")
    }
    return credentials
  }

  private func slowDown(_ name: String, _ context: VisitContext) throws {
    for key in ["\(context.address) as \(name.lowercased())", context.address] {
      if let seconds = attempts.wait(for: key) {
        throw APIError.busy(.tooManyRequests, "Too many tries: wait a moment.", retryAfter: Int(seconds.rounded(.up)))
      }
    }
  }

  /// A token that got into other hands shall neither make more of them, nor delete its user, nor take what is theirs to
  /// another account.
  private func refuseToken(_ request: Request) throws {
    guard request.headers[.authorization] == nil else {
      throw APIError(.forbidden, "session_needed", "This takes a session: a token is not enough.")
    }
  }
}
