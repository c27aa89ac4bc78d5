internal import Foundation
internal import GRDB

/// A user as others may know them.
struct User: Sendable {
  var id: UserID
  /// Nil: anonymous.
  var name: String?
  var created: Double
}

extension UserStore {
  /// Sessions end so long after they were last prolonged; one that is used is prolonged once a day.
  static let sessionSeconds: Double = 180 * 86_400
  private static let prolongingSeconds: Double = 86_400
  static let tokenLimit = 50

  // MARK: Who asks

  /// The user of a session's cookie; nil for one that was forged, ended or has expired.
  func user(session: some StringProtocol) async throws -> UserID? {
    let (hash, now) = (Secret.hash(session), secondsSince1970())
    let found: (user: UserID, expires: Double)? = try await database.read { database in
      try Row.fetchOne(
        database, sql: "SELECT user, expires FROM session WHERE hash = ? AND expires > ?", arguments: [hash, now]
      ).map { (UserID(row: $0["user"]), $0["expires"]) }
    }
    guard let found else { return nil }
    if found.expires < now + Self.sessionSeconds - Self.prolongingSeconds {
      try await database.write { database in
        try database.execute(
          sql: "UPDATE session SET expires = ? WHERE hash = ?", arguments: [now + Self.sessionSeconds, hash])
      }
    }
    return found.user
  }

  /// The user of an API token; nil for one that was forged or revoked.
  func user(token: some StringProtocol) async throws -> UserID? {
    let (hash, now) = (Secret.hash(token), secondsSince1970())
    let found: (id: Int64, user: UserID, used: Double?)? = try await database.read { database in
      try Row.fetchOne(database, sql: "SELECT id, user, used FROM token WHERE hash = ?", arguments: [hash])
        .map { ($0["id"], UserID(row: $0["user"]), $0["used"]) }
    }
    guard let found else { return nil }
    if found.used ?? 0 < now - 60 {
      try await database.write {
        try $0.execute(sql: "UPDATE token SET used = ? WHERE id = ?", arguments: [now, found.id])
      }
    }
    return found.user
  }

  /// - Returns: nil for a user who was deleted.
  func user(_ id: UserID) async throws -> User? {
    try await database.read { database in
      try Row.fetchOne(database, sql: "SELECT name, created FROM user WHERE id = ?", arguments: [id.row])
        .map { User(id: id, name: $0["name"], created: $0["created"]) }
    }
  }

  // MARK: Sessions

  /// A new anonymous user with a session.
  func makeAnonymousUser() async throws -> (user: UserID, session: Secret) {
    let (secret, now) = (Secret(), secondsSince1970())
    let user = try await database.write { database in
      try database.execute(sql: "INSERT INTO user (created) VALUES (?)", arguments: [now])
      let user = UserID(row: database.lastInsertedRowID)
      try Self.insertSession(secret, of: user, in: database)
      return user
    }
    return (user, secret)
  }

  func endSession(_ session: some StringProtocol) async throws {
    let hash = Secret.hash(session)
    try await database.write { try $0.execute(sql: "DELETE FROM session WHERE hash = ?", arguments: [hash]) }
  }

  /// Forgets sessions that have expired, and anonymous users whom none is left to reach or who, after a day, have nothing.
  func forgetExpired() async throws {
    let now = secondsSince1970()
    try await database.write { database in
      try database.execute(sql: "DELETE FROM session WHERE expires <= ?", arguments: [now])
      try database.execute(
        sql: """
          DELETE FROM user WHERE name IS NULL
            AND id NOT IN (SELECT user FROM token)
            AND (id NOT IN (SELECT user FROM session)
              OR created < ? AND id NOT IN (SELECT user FROM playlist) AND id NOT IN (SELECT user FROM history)
                AND id NOT IN (SELECT user FROM feedback))
          """, arguments: [now - 86_400])
    }
  }

  private static func insertSession(_ secret: Secret, of user: UserID, in database: Database) throws {
    let now = secondsSince1970()
    try database.execute(
      sql: "INSERT INTO session (hash, user, created, expires) VALUES (?, ?, ?, ?)",
      arguments: [Secret.hash(secret.text), user.row, now, now + sessionSeconds])
  }

  // MARK: Accounts

  /// What is kept of a name's password; nil for a name that nobody has.
  func password(of name: String) async throws -> (user: UserID, hash: PasswordHash)? {
    try await database.read { database in
      try Row.fetchOne(
        database, sql: "SELECT id, salt, key FROM user WHERE name_key = ? AND key IS NOT NULL",
        arguments: [Self.key(of: name)]
      ).map { (UserID(row: $0["id"]), PasswordHash(salt: $0["salt"], key: $0["key"])) }
    }
  }

  /// Names that differ in capitals or in how Unicode composes their letters are one.
  private static func key(of name: String) -> String { name.lowercased().precomposedStringWithCanonicalMapping }

  /// Gives an anonymous user a name. Sessions and tokens that there were before end, because others may have noted them.
  /// - Returns: a new session; nil when the name is taken or the user has one.
  func setName(_ name: String, _ password: PasswordHash, of user: UserID) async throws -> Secret? {
    let secret = Secret()
    do {
      return try await database.write { database in
        try database.execute(
          sql: "UPDATE user SET name = ?, name_key = ?, salt = ?, key = ? WHERE id = ? AND name IS NULL",
          arguments: [name, Self.key(of: name), password.salt, password.key, user.row])
        guard database.changesCount == 1 else { return nil }
        for table in ["session", "token"] {
          try database.execute(sql: "DELETE FROM \(table) WHERE user = ?", arguments: [user.row])
        }
        try Self.insertSession(secret, of: user, in: database)
        return secret
      }
    } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
      return nil
    }
  }

  /// A new session of an account. What an anonymous user made goes to it, but for their tokens, which somebody else may have.
  /// - Throws: `PlaylistRefusal` when both together have too many playlists.
  func logIn(_ user: UserID, from anonymous: UserID?) async throws -> Secret {
    let secret = Secret()
    try await database.write { database in
      if let anonymous, anonymous != user,
        try Bool.fetchOne(
          database, sql: "SELECT name IS NULL FROM user WHERE id = ?", arguments: [anonymous.row]) == true
      {
        let count = try Int.fetchOne(
          database, sql: "SELECT COUNT(*) FROM playlist WHERE user IN (?, ?)", arguments: [user.row, anonymous.row])!
        guard count <= Self.playlistLimit else { throw PlaylistRefusal.tooManyPlaylists }
        for table in ["playlist", "history"] {
          try database.execute(
            sql: "UPDATE \(table) SET user = ? WHERE user = ?", arguments: [user.row, anonymous.row])
        }
        try database.execute(
          sql: """
            INSERT INTO feedback SELECT ?, track, verdict, created FROM feedback WHERE user = ?
              ON CONFLICT (user, track) DO UPDATE SET verdict = excluded.verdict, created = excluded.created
            """, arguments: [user.row, anonymous.row])
        try database.execute(sql: "DELETE FROM user WHERE id = ?", arguments: [anonymous.row])
      }
      try Self.insertSession(secret, of: user, in: database)
    }
    return secret
  }

  /// Deletes a user and all that is theirs.
  func delete(_ user: UserID) async throws {
    try await database.write { try $0.execute(sql: "DELETE FROM user WHERE id = ?", arguments: [user.row]) }
  }

  // MARK: Tokens

  struct Token: Sendable {
    var id: Int64
    var label: String
    var created: Double
    var used: Double?
  }

  func tokens(of user: UserID) async throws -> [Token] {
    try await database.read { database in
      try Row.fetchAll(
        database, sql: "SELECT id, label, created, used FROM token WHERE user = ? ORDER BY id", arguments: [user.row]
      ).map { Token(id: $0["id"], label: $0["label"], created: $0["created"], used: $0["used"]) }
    }
  }

  /// - Returns: nil when the user has as many as anybody may have.
  func makeToken(label: String, of user: UserID) async throws -> (token: Token, secret: Secret)? {
    let (secret, now) = (Secret(), secondsSince1970())
    return try await database.write { database in
      let count = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM token WHERE user = ?", arguments: [user.row])!
      guard count < Self.tokenLimit else { return nil }
      try database.execute(
        sql: "INSERT INTO token (user, hash, label, created) VALUES (?, ?, ?, ?)",
        arguments: [user.row, Secret.hash(secret.text), label, now])
      return (Token(id: database.lastInsertedRowID, label: label, created: now), secret)
    }
  }

  /// - Returns: whether the user had it.
  func deleteToken(_ id: Int64, of user: UserID) async throws -> Bool {
    try await database.write { database in
      try database.execute(sql: "DELETE FROM token WHERE id = ? AND user = ?", arguments: [id, user.row])
      return database.changesCount > 0
    }
  }
}
