internal import Files
internal import FoundationEssentials
internal import GRDB

/// What users made: sessions, accounts, tokens, playlists, history, feedback, in one SQLite file. Songs are kept by their
/// ids; what they are is the catalogue's to say.
///
/// Every change is one transaction that is on the disk before it is answered (write-ahead log, `synchronous = FULL`); readers
/// never wait for writers. Every query names the user.
package struct UserStore: Sendable {
  package static let fileName = "users.sqlite"
  let database: DatabasePool

  /// Opens a store, or makes one.
  /// - Throws: `InputError` for a file that is no store or belongs to a newer version; `OutputError` when none can be made.
  package init(folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw OutputError("\(folder): the folder cannot be made (\(error)). Name another with --data.")
    }
    try self.init(path: "\(folder)/\(Self.fileName)")
  }

  /// Opens a store that must be there.
  /// - Throws: `InputError`.
  package init(existingIn folder: String) throws {
    let path = "\(folder)/\(Self.fileName)"
    guard FileManager.default.fileExists(atPath: path) else {
      throw InputError(
        path: folder, reason: "holds no \(Self.fileName)", remedy: "Name the folder of segue serve --data.")
    }
    try self.init(path: path)
  }

  private init(path: String) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    configuration.maximumReaderCount = 4
    do {
      database = try DatabasePool(path: path, configuration: configuration)
      // The pool sets NORMAL itself, which a power cut would get the better of.
      let level = try database.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA synchronous = FULL")
        return try Int.fetchOne(database, sql: "PRAGMA synchronous")
      }
      precondition(level == 2, "UserStore: synchronous = \(level ?? -1)")
      try Self.migrations.migrate(database)
      let isNewer = try database.read { try Self.migrations.hasBeenSuperseded($0) }
      guard !isNewer else {
        throw InputError(
          path: path, reason: "was written by a newer version of Segue", remedy: "Use that version, or another --data.")
      }
    } catch let error as DatabaseError {
      throw InputError(
        path: path, reason: "is not a usable store of users: \(error.message ?? "\(error)")",
        remedy: "Restore a backup of it, or name another folder with --data.")
    }
  }

  /// Copies the store while it is in use, whole and consistent (SQLite's online backup).
  /// - Parameter path: a new file.
  /// - Throws: `UsageError` when there is one already; `OutputError`, and then no file is left.
  package func backUp(to path: String) throws {
    guard !FileManager.default.fileExists(atPath: path) else {
      throw UsageError("\(path) exists already: name another file for the backup.")
    }
    let temporary = path + ".part"
    do {
      let copy = try DatabaseQueue(path: temporary)
      try database.backup(to: copy)
      // One file that needs no other beside it.
      try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
      let faults = try copy.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
      try copy.close()
      guard faults == ["ok"] else { throw DatabaseError(message: faults.joined(separator: "; ")) }
      try FileManager.default.moveItem(atPath: temporary, toPath: path)
    } catch {
      try? FileManager.default.removeItem(atPath: temporary)
      throw OutputError("\(path): the backup failed (\(error)). Nothing was left there; try again.")
    }
  }

  /// Makes a data folder of a backup.
  /// - Throws: `InputError` for a file that is no whole store; `UsageError` when the folder holds a store already.
  package static func restore(_ backup: String, to folder: String) throws {
    let path = "\(folder)/\(fileName)"
    // A log that was left over would be read into the restored store.
    guard !["", "-wal", "-shm"].contains(where: { FileManager.default.fileExists(atPath: path + $0) }) else {
      throw UsageError("\(folder) holds a store already: name another folder, or move \(fileName)* away.")
    }
    let source: DatabaseQueue
    do {
      var configuration = Configuration()
      configuration.readonly = true
      source = try DatabaseQueue(path: backup, configuration: configuration)
      let faults = try source.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
      let isStore = try source.read { try $0.tableExists("playlist") && $0.tableExists("session") }
      guard faults == ["ok"], isStore else { throw DatabaseError(message: "it is damaged or something else") }
    } catch {
      throw InputError(
        path: backup, reason: "is no backup of Segue: \(error)", remedy: "Name one made by segue backup.")
    }
    let temporary = path + ".part"
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let copy = try DatabaseQueue(path: temporary)
      try source.backup(to: copy)
      try copy.close()
      try FileManager.default.moveItem(atPath: temporary, toPath: path)
    } catch {
      try? FileManager.default.removeItem(atPath: temporary)
      throw OutputError("\(path): the restore failed (\(error)). Nothing was left there.")
    }
  }

  private static var migrations: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("users, playlists, history, feedback") { try $0.execute(sql: schema) }
    return migrator
  }

  /// Times are seconds since 1970.
  private static let schema = """
    CREATE TABLE user (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT,  -- null: anonymous
      name_key TEXT UNIQUE,  -- by which it is told from others
      salt BLOB, key BLOB,
      created REAL NOT NULL
    );
    CREATE TABLE session (
      hash BLOB PRIMARY KEY,
      user INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
      created REAL NOT NULL,
      expires REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX session_of_user ON session (user);
    CREATE TABLE token (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      user INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
      hash BLOB NOT NULL UNIQUE,
      label TEXT NOT NULL,
      created REAL NOT NULL,
      used REAL
    );
    CREATE INDEX token_of_user ON token (user);
    CREATE TABLE playlist (
      id TEXT PRIMARY KEY,
      user INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
      name TEXT NOT NULL,
      version INTEGER NOT NULL DEFAULT 1,
      created REAL NOT NULL,
      updated REAL NOT NULL
    );
    CREATE INDEX playlist_of_user ON playlist (user, updated);
    CREATE TABLE entry (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      playlist TEXT NOT NULL REFERENCES playlist ON DELETE CASCADE,
      position INTEGER NOT NULL,
      track TEXT NOT NULL
    );
    CREATE INDEX entry_of_playlist ON entry (playlist, position);
    CREATE TABLE history (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      user INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
      created REAL NOT NULL,
      playlist_name TEXT,
      seeds TEXT NOT NULL,  -- track ids, a JSON array
      songs TEXT NOT NULL
    );
    CREATE INDEX history_of_user ON history (user, id);
    CREATE TABLE feedback (
      user INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
      track TEXT NOT NULL,
      verdict TEXT NOT NULL CHECK (verdict IN ('like', 'never')),
      created REAL NOT NULL,
      PRIMARY KEY (user, track)
    ) WITHOUT ROWID;
    """
}

/// Who asks: the row of a user.
struct UserID: Sendable, Hashable {
  let row: Int64
}

/// The time of now, as the store keeps it: seconds since 1970.
func secondsSince1970() -> Double { Date().timeIntervalSince1970 }
