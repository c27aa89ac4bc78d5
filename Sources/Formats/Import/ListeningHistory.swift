internal import Files
internal import Music

/// What somebody listened to, in time, cut into sessions: playlists that nobody wrote down.
struct ListeningHistory {
  /// A gap that ends a session. (seconds)
  static let sessionGap: Int64 = 30 * 60
  /// Shorter plays are skips: Spotify and Last.fm count from here on. (milliseconds)
  static let leastPlayed = 30_000
  /// Longer ones count as a day. (seconds)
  static let longestPlay = 86_400

  private struct Play {
    /// Seconds since 1970.
    var start, end: Int64
    var song: UInt32
    /// Whose history.
    var listener: UInt32
  }

  private var plays: [Play] = []
  private var listeners: [String] = []

  /// - Parameters:
  ///   - end: when the song stopped, the start where nothing says so; both in `UniversalTime.range`.
  ///   - listener: empty where the source names nobody.
  mutating func append(song: Int, start: Int64, end: Int64, listener: String) {
    let number = listeners.firstIndex(of: listener) ?? listeners.count
    if number == listeners.count { listeners.append(listener) }
    plays.append(Play(start: start, end: max(start, end), song: UInt32(song), listener: UInt32(number)))
  }

  /// Sessions as playlists named by the time at which they began.
  mutating func writeSessions(to sink: PlaylistSink) throws {
    plays.sort { ($0.listener, $0.start, $0.end, $0.song) < ($1.listener, $1.start, $1.end, $1.song) }
    var playlist: Int?
    var last: Play?
    var place = 0
    for play in plays {
      // The same play in two files that overlap.
      if let last, last.listener == play.listener, last.start == play.start, last.song == play.song {
        sink.report.rows -= 1
        sink.report.repeatedPlays += 1
        continue
      }
      if last.map({ $0.listener != play.listener || play.start - $0.end > Self.sessionGap }) ?? true {
        let listener = listeners[Int(play.listener)]
        let name = (listener.isEmpty ? "" : "\(listener) ") + UniversalTime.text(play.start)
        playlist = try sink.begin(named: name, title: "", meta: [("source", "listening history")])
        place = 0
      }
      try sink.log.append(PlaylistLog.Row(order: Int64(place), song: Int(play.song)), to: playlist!)
      place += 1
      last = play
    }
    plays = []
  }
}

/// Reads Spotify's streaming history, the extended one and the short one of the account data.
struct SpotifyHistory {
  private let sink: PlaylistSink
  private let file: String
  private let parser = JSONParser()

  init(_ file: String, into sink: PlaylistSink) { (self.file, self.sink) = (file, sink) }

  func read(_ source: ByteReader) throws {
    try parser.forEachObject(of: source, path: [], what: "a list of plays with ts and spotify_track_uri", sink.faults) {
      play, line in
      var song = SongFields()
      let uri = play["spotify_track_uri"]?.bytes ?? song.id
      guard !SongIdentity.isLocal(uri) else { return try sink.passOverLocal(uri, of: "the history", file, line) }
      song.id = SongIdentity.id(uri)
      song.title = play["master_metadata_track_name"]?.bytes ?? play["trackName"]?.bytes ?? song.title
      song.artist = play["master_metadata_album_artist_name"]?.bytes ?? play["artistName"]?.bytes ?? song.artist
      song.album = play["master_metadata_album_album_name"]?.bytes ?? song.album
      guard !song.id.isEmpty || !song.title.isEmpty else {  // a podcast, an audio book
        sink.report.otherPlays += 1
        return
      }
      guard let text = (play["ts"] ?? play["endTime"])?.text, let end = UniversalTime.seconds(text) else {
        throw InputError(
          path: file, line: line, reason: "the play has no time ts", remedy: "Write 2024-01-31T20:15:00Z.")
      }
      let played = (play["ms_played"] ?? play["msPlayed"])?.integer ?? ListeningHistory.leastPlayed
      guard played >= ListeningHistory.leastPlayed else {
        sink.report.shortPlays += 1
        return
      }
      sink.report.rows += 1
      let seconds = Int64(min(played / 1000, ListeningHistory.longestPlay))
      sink.history.append(
        song: sink.add(song), start: max(0, end - seconds), end: end, listener: play["username"]?.text ?? "")
    }
  }
}

/// Reads listens as ListenBrainz exports them (one a line) and as its API answers.
struct Listens {
  private let sink: PlaylistSink
  private let file: String
  private let parser = JSONParser()

  init(_ file: String, into sink: PlaylistSink) { (self.file, self.sink) = (file, sink) }

  func read(_ source: ByteReader, path: [String]) throws {
    try parser.forEachObject(of: source, path: path, what: "listens with listened_at and track_metadata", sink.faults) {
      listen, line in
      guard let start = listen["listened_at"]?.integer, let track = listen["track_metadata"] else {
        throw InputError(
          path: file, line: line, reason: "the listen has no listened_at or no track_metadata",
          remedy: "Write both, the time in seconds since 1970.")
      }
      guard UniversalTime.range.contains(Int64(start)) else {
        throw InputError(
          path: file, line: line, reason: "listened_at is \(start), which is no time",
          remedy: "Write seconds since 1970.")
      }
      let more = track["additional_info"]
      var song = SongFields()
      song.title = track["track_name"]?.bytes ?? song.title
      song.artist = track["artist_name"]?.bytes ?? song.artist
      song.album = track["release_name"]?.bytes ?? song.album
      let identity =
        more?["spotify_id"] ?? more?["spotify_track_id"] ?? more?["recording_mbid"]
        ?? track["mbid_mapping"]?["recording_mbid"]
      song.id = SongIdentity.id(identity?.bytes ?? song.id)
      guard !song.id.isEmpty || !song.title.isEmpty else {
        throw InputError(path: file, line: line, reason: "the listen names no song", remedy: "Write its track_name.")
      }
      let seconds = more?["duration_ms"]?.integer.map { $0 / 1000 } ?? more?["duration"]?.integer ?? 0
      sink.report.rows += 1
      sink.history.append(
        song: sink.add(song), start: Int64(start),
        end: Int64(start + max(0, min(seconds, ListeningHistory.longestPlay))),
        listener: listen["user_name"]?.text ?? "")
    }
  }
}

extension JSONParser {
  /// Reads the objects of a list, or of a text of objects, one by one; those that are no JSON, and those of which `body`
  /// says so, are faults.
  func forEachObject(
    of source: ByteReader, path: [String], what: String, _ faults: ImportFaults,
    _ body: (JSONValue, _ line: Int) throws -> Void
  ) throws {
    let elements = JSONElements(source, path: path, what: what)
    while let piece = elements.next() {
      try piece.forEach { object, line in
        do {
          try body(try parse(object), line)
        } catch let failure as Failure {
          let error = InputError(path: source.path, line: line, reason: "no well-formed JSON: \(failure.reason)")
          try faults.report(error, kind: "objects that cannot be read")
        } catch let error as InputError {
          try faults.report(error, kind: "objects that cannot be read")
        }
      }
    }
    if let failure = elements.failure { try faults.report(failure, kind: "files that cannot be read to their end") }
  }
}
