internal import FoundationEssentials
internal import GRDB

/// Recommendations that a user once got.
struct StoredRecommendation: Sendable {
  var id: Int64
  var created: Double
  var playlistName: String?
  /// Track ids of the playlist, and of what was recommended.
  var seeds, songs: [String]
}

enum Verdict: String, Sendable, Codable {
  case like, never
}

extension UserStore {
  /// Of each user the last so many are kept.
  static let historyLimit = 1000
  static let feedbackLimit = 50_000

  // MARK: History

  /// The last first.
  /// - Parameter before: an id; only older ones.
  func history(of user: UserID, before: Int64?, limit: Int) async throws -> [StoredRecommendation] {
    try await database.read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM history WHERE user = ? AND id < ? ORDER BY id DESC LIMIT ?",
        arguments: [user.row, before ?? Int64.max, limit]
      ).map(Self.recommendation)
    }
  }

  func historyEntry(_ id: Int64, of user: UserID) async throws -> StoredRecommendation? {
    try await database.read { database in
      try Row.fetchOne(
        database, sql: "SELECT * FROM history WHERE id = ? AND user = ?", arguments: [id, user.row]
      ).map(Self.recommendation)
    }
  }

  func addToHistory(
    playlistName: String?, seeds: [String], songs: [String], of user: UserID
  ) async throws -> Int64 {
    let (seeds, songs) = (try Self.encode(seeds), try Self.encode(songs))
    return try await database.write { database in
      try database.execute(
        sql: "INSERT INTO history (user, created, playlist_name, seeds, songs) VALUES (?, ?, ?, ?, ?)",
        arguments: [user.row, secondsSince1970(), playlistName, seeds, songs])
      let id = database.lastInsertedRowID
      try database.execute(
        sql: """
          DELETE FROM history WHERE user = ?1 AND id <=
            (SELECT id FROM history WHERE user = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
          """, arguments: [user.row, Self.historyLimit])
      return id
    }
  }

  /// Track ids that were recommended since a time.
  func recommended(since time: Double, to user: UserID) async throws -> [String] {
    try await database.read { database in
      try String.fetchAll(
        database, sql: "SELECT songs FROM history WHERE user = ? AND created >= ?", arguments: [user.row, time]
      ).flatMap { try Self.decode($0) }
    }
  }

  /// Those of some track ids that the user's playlists, history or feedback name.
  func known(_ tracks: Set<String>, to user: UserID) async throws -> Set<String> {
    let tracks = try Self.encode(tracks.sorted())
    return try await database.read { database in
      try String.fetchSet(
        database,
        sql: """
          SELECT value FROM json_each(?1) WHERE value IN (
            SELECT track FROM entry JOIN playlist ON playlist.id = entry.playlist WHERE user = ?2
            UNION ALL SELECT track FROM feedback WHERE user = ?2
            UNION ALL SELECT song.value FROM history, json_each(history.songs) AS song WHERE user = ?2
            UNION ALL SELECT song.value FROM history, json_each(history.seeds) AS song WHERE user = ?2)
          """, arguments: [tracks, user.row])
    }
  }

  /// - Returns: whether the user had it.
  func deleteHistoryEntry(_ id: Int64, of user: UserID) async throws -> Bool {
    try await database.write { database in
      try database.execute(sql: "DELETE FROM history WHERE id = ? AND user = ?", arguments: [id, user.row])
      return database.changesCount > 0
    }
  }

  func clearHistory(of user: UserID) async throws {
    try await database.write { try $0.execute(sql: "DELETE FROM history WHERE user = ?", arguments: [user.row]) }
  }

  private static func recommendation(_ row: Row) throws -> StoredRecommendation {
    StoredRecommendation(
      id: row["id"], created: row["created"], playlistName: row["playlist_name"], seeds: try decode(row["seeds"]),
      songs: try decode(row["songs"]))
  }

  private static func encode(_ ids: [String]) throws -> String {
    String(decoding: try JSONEncoder().encode(ids), as: UTF8.self)
  }

  private static func decode(_ text: String) throws -> [String] {
    try JSONDecoder().decode([String].self, from: Data(text.utf8))
  }

  // MARK: Feedback

  struct Feedback: Sendable {
    var track: String
    var verdict: Verdict
    var created: Double
  }

  /// The last first.
  func feedback(of user: UserID, limit: Int, offset: Int) async throws -> [Feedback] {
    try await database.read { database in
      try Row.fetchAll(
        database,
        sql:
          "SELECT track, verdict, created FROM feedback WHERE user = ? ORDER BY created DESC, track LIMIT ? OFFSET ?",
        arguments: [user.row, limit, offset]
      ).map { row in
        Feedback(track: row["track"], verdict: Verdict(rawValue: row["verdict"])!, created: row["created"])
      }
    }
  }

  /// Track ids that the user never wants again.
  func unwanted(by user: UserID) async throws -> [String] {
    try await database.read { database in
      try String.fetchAll(
        database, sql: "SELECT track FROM feedback WHERE user = ? AND verdict = 'never'", arguments: [user.row])
    }
  }

  /// - Returns: whether there was room for it.
  func setFeedback(_ verdict: Verdict, on track: String, of user: UserID) async throws -> Bool {
    try await database.write { database in
      let others = try Int.fetchOne(
        database, sql: "SELECT COUNT(*) FROM feedback WHERE user = ? AND track <> ?", arguments: [user.row, track])!
      guard others < Self.feedbackLimit else { return false }
      try database.execute(
        sql: """
          INSERT INTO feedback (user, track, verdict, created) VALUES (?, ?, ?, ?)
            ON CONFLICT (user, track) DO UPDATE SET verdict = excluded.verdict, created = excluded.created
          """, arguments: [user.row, track, verdict.rawValue, secondsSince1970()])
      return true
    }
  }

  func deleteFeedback(on track: String, of user: UserID) async throws {
    try await database.write { database in
      try database.execute(sql: "DELETE FROM feedback WHERE user = ? AND track = ?", arguments: [user.row, track])
    }
  }
}
