internal import Files
internal import Music

/// Where sources put what they read: songs, playlists, faults. It knows nothing of formats.
final class PlaylistSink {
  private(set) var songs = SongRegistry()
  let log: PlaylistLog
  let faults: ImportFaults
  private var pids = ByteTable()
  /// How many playlists were given each name.
  private var nameCounts: [String: Int] = [:]
  var report = ImportReport()
  /// What histories tell, until all of it is there.
  var history = ListeningHistory()
  /// Songs to be found by title, once all songs are known.
  lazy var matching = SongMatching(songs)
  /// Titles and other columns of playlists that stand in a file of their own, by pid.
  var meta: [String: PlaylistFields] = [:]

  init(log: PlaylistLog, faults: ImportFaults) {
    (self.log, self.faults) = (log, faults)
  }

  /// Begins a playlist with an id of its own.
  /// - Returns: its number; nil when a playlist of that id was there before.
  func begin(_ playlist: PlaylistFields) throws -> Int? {
    var pid = playlist.pid
    guard pid.withUTF8({ pids.number(of: Bytes($0)) }).isNew else { return nil }
    var fields = playlist
    if let known = meta[pid] {
      if fields.title.isEmpty { fields.title = known.title }
      fields.meta += known.meta
    }
    return try log.begin(fields)
  }

  /// Begins a playlist that only has a name: a second one of the same name becomes `NAME (2)`.
  func begin(named name: String, title: String, meta: [(name: String, value: String)] = []) throws -> Int {
    let name = name.split(whereSeparator: \.isNewline).joined(separator: " ")
    while true {
      let number = nameCounts[name, default: 0] + 1
      nameCounts[name] = number
      let pid = number == 1 ? name : "\(name) (\(number))"
      if let playlist = try begin(PlaylistFields(pid: pid, title: title, meta: meta)) { return playlist }
    }
  }

  func add(_ song: SongFields) -> Int { songs.add(song) }

  /// Puts a song into a playlist.
  func append(_ song: SongFields, order: Int, to playlist: Int) throws {
    report.rows += 1
    try log.append(PlaylistLog.Row(order: Int64(order), song: songs.add(song)), to: playlist)
  }

  func withSongs<Result>(_ body: (inout SongRegistry) throws -> Result) rethrows -> Result { try body(&songs) }
}
