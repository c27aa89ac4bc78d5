internal import FoundationEssentials
internal import GRDB

/// A user's playlist as it is stored.
struct StoredPlaylist: Sendable {
  var id: String
  var name: String
  /// Grows with every change.
  var version: Int
  var created: Double
  var updated: Double
  var entries: [Entry]

  /// A song's place, which keeps its id when it is moved.
  struct Entry: Sendable, Equatable {
    var id: Int64
    var track: String
  }
}

/// Why a change of a playlist was not made.
enum PlaylistRefusal: Error {
  case unknownPlaylist, unknownEntry
  /// The playlist was changed since the version that the change names.
  case changedSince
  case tooManyPlaylists, tooManySongs
}

extension UserStore {
  static let playlistLimit = 1000
  static let songLimit = 10_000

  /// Without their entries, the last changed first, each with the number of them.
  func playlists(of user: UserID) async throws -> [(playlist: StoredPlaylist, count: Int)] {
    try await database.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT *, (SELECT COUNT(*) FROM entry WHERE playlist = playlist.id) AS count FROM playlist
          WHERE user = ? ORDER BY updated DESC, id
          """, arguments: [user.row]
      ).map { (Self.playlist($0), $0["count"]) }
    }
  }

  /// - Throws: `PlaylistRefusal.unknownPlaylist`, also for somebody else's.
  func playlist(_ id: String, of user: UserID) async throws -> StoredPlaylist {
    try await database.read { try Self.playlist(id, of: user, in: $0) }
  }

  func makePlaylists(_ contents: [(name: String, tracks: [String])], of user: UserID) async throws -> [StoredPlaylist] {
    let now = secondsSince1970()
    return try await database.write { database in
      let count = try Int.fetchOne(
        database, sql: "SELECT COUNT(*) FROM playlist WHERE user = ?", arguments: [user.row])!
      guard count + contents.count <= Self.playlistLimit else { throw PlaylistRefusal.tooManyPlaylists }
      guard contents.allSatisfy({ $0.tracks.count <= Self.songLimit }) else { throw PlaylistRefusal.tooManySongs }
      return try contents.map { name, tracks in
        let id = Secret(byteCount: 16).text
        try database.execute(
          sql: "INSERT INTO playlist (id, user, name, created, updated) VALUES (?, ?, ?, ?, ?)",
          arguments: [id, user.row, name, now, now])
        try Self.append(tracks, to: id, from: 0, in: database)
        return try Self.playlist(id, of: user, in: database)
      }
    }
  }

  func renamePlaylist(_ id: String, to name: String, of user: UserID) async throws -> StoredPlaylist {
    try await change(id, of: user) { database, _ in
      try database.execute(sql: "UPDATE playlist SET name = ? WHERE id = ?", arguments: [name, id])
    }
  }

  func deletePlaylist(_ id: String, of user: UserID) async throws {
    try await database.write { database in
      try database.execute(sql: "DELETE FROM playlist WHERE id = ? AND user = ?", arguments: [id, user.row])
      guard database.changesCount > 0 else { throw PlaylistRefusal.unknownPlaylist }
    }
  }

  /// - Parameter position: before which song, at the end where there is none.
  func addTracks(_ tracks: [String], to id: String, at position: Int?, of user: UserID) async throws -> StoredPlaylist {
    try await change(id, of: user) { database, playlist in
      let count = playlist.entries.count
      guard count + tracks.count <= Self.songLimit else { throw PlaylistRefusal.tooManySongs }
      try Self.append(tracks, to: id, from: count, in: database)
      guard let position, position < count else { return }
      let added = try Int64.fetchAll(
        database, sql: "SELECT id FROM entry WHERE playlist = ? AND position >= ? ORDER BY position",
        arguments: [id, count])
      var order = playlist.entries.map(\.id)
      order.insert(contentsOf: added, at: position)
      try Self.number(order, in: database)
    }
  }

  /// - Parameter version: the playlist's version that the change was made from; nil for any.
  func replaceTracks(_ tracks: [String], of id: String, version: Int?, of user: UserID) async throws -> StoredPlaylist {
    try await change(id, of: user) { database, playlist in
      guard version == nil || version == playlist.version else { throw PlaylistRefusal.changedSince }
      guard tracks.count <= Self.songLimit else { throw PlaylistRefusal.tooManySongs }
      // Songs that stay keep their entries.
      var kept = Dictionary(grouping: playlist.entries, by: \.track).mapValues { $0.map(\.id)[...] }
      var (order, new): ([Int64?], [String]) = ([], [])
      for track in tracks {
        let entry = kept[track]?.popFirst()
        if entry == nil { new.append(track) }
        order.append(entry)
      }
      for entry in kept.values.joined() {
        try database.execute(sql: "DELETE FROM entry WHERE id = ?", arguments: [entry])
      }
      let count = playlist.entries.count
      try Self.append(new, to: id, from: count, in: database)
      var added = try Int64.fetchAll(
        database, sql: "SELECT id FROM entry WHERE playlist = ? AND position >= ? ORDER BY position",
        arguments: [id, count])[...]
      try Self.number(order.map { $0 ?? added.removeFirst() }, in: database)
    }
  }

  func moveEntry(_ entry: Int64, to position: Int, in id: String, of user: UserID) async throws -> StoredPlaylist {
    try await change(id, of: user) { database, playlist in
      var order = playlist.entries.map(\.id)
      guard let place = order.firstIndex(of: entry) else { throw PlaylistRefusal.unknownEntry }
      order.remove(at: place)
      order.insert(entry, at: min(position, order.count))
      try Self.number(order, in: database)
    }
  }

  func removeEntry(_ entry: Int64, from id: String, of user: UserID) async throws -> StoredPlaylist {
    try await change(id, of: user) { database, playlist in
      guard playlist.entries.contains(where: { $0.id == entry }) else { throw PlaylistRefusal.unknownEntry }
      try database.execute(sql: "DELETE FROM entry WHERE id = ?", arguments: [entry])
      try Self.number(playlist.entries.map(\.id).filter { $0 != entry }, in: database)
    }
  }

  // MARK: - Inside a transaction

  /// Makes one change of a user's playlist.
  /// - Returns: the playlist afterwards.
  private func change(
    _ id: String, of user: UserID, _ body: @escaping @Sendable (Database, StoredPlaylist) throws -> Void
  ) async throws -> StoredPlaylist {
    try await database.write { database in
      try body(database, try Self.playlist(id, of: user, in: database))
      try database.execute(
        sql: "UPDATE playlist SET version = version + 1, updated = ? WHERE id = ?",
        arguments: [secondsSince1970(), id])
      return try Self.playlist(id, of: user, in: database)
    }
  }

  private static func playlist(_ id: String, of user: UserID, in database: Database) throws -> StoredPlaylist {
    let row = try Row.fetchOne(
      database, sql: "SELECT * FROM playlist WHERE id = ? AND user = ?", arguments: [id, user.row])
    guard let row else { throw PlaylistRefusal.unknownPlaylist }
    var playlist = playlist(row)
    playlist.entries = try Row.fetchAll(
      database, sql: "SELECT id, track FROM entry WHERE playlist = ? ORDER BY position", arguments: [id]
    ).map { .init(id: $0["id"], track: $0["track"]) }
    return playlist
  }

  private static func playlist(_ row: Row) -> StoredPlaylist {
    StoredPlaylist(
      id: row["id"], name: row["name"], version: row["version"], created: row["created"], updated: row["updated"],
      entries: [])
  }

  private static func append(_ tracks: [String], to id: String, from first: Int, in database: Database) throws {
    let insert = try database.cachedStatement(sql: "INSERT INTO entry (playlist, position, track) VALUES (?, ?, ?)")
    for (place, track) in tracks.enumerated() { try insert.execute(arguments: [id, first + place, track]) }
  }

  /// Puts entries in order.
  private static func number(_ entries: [Int64], in database: Database) throws {
    let update = try database.cachedStatement(sql: "UPDATE entry SET position = ?1 WHERE id = ?2 AND position <> ?1")
    for (position, entry) in entries.enumerated() { try update.execute(arguments: [position, entry]) }
  }
}
