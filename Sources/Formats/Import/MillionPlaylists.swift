internal import Files
internal import Glibc
internal import Music

/// Reads playlists as the Million Playlist Dataset and its challenge set write them.
struct MillionPlaylists {
  private let sink: PlaylistSink
  private let file: String
  private let parser = JSONParser()

  init(_ file: String, into sink: PlaylistSink) { (self.file, self.sink) = (file, sink) }

  /// What a playlist of a slice says of itself besides pid, name and tracks, under the same names.
  private static let metaNames: [StaticString] = [
    "description", "num_followers", "num_edits", "num_tracks", "num_albums", "num_artists", "duration_ms",
    "modified_at", "collaborative", "num_holdouts", "num_samples",
  ]

  /// - Parameter path: of the list of playlists in the document.
  func read(_ source: ByteReader, path: [String]) throws {
    let elements = JSONElements(
      source, path: path, what: "{\"info\": …, \"playlists\": [{\"pid\": …, \"tracks\": …}, …]}")
    while let piece = elements.next() {
      try piece.forEach { object, line in
        let playlist: JSONValue
        do {
          playlist = try parser.parse(object)
        } catch let failure as JSONParser.Failure {
          try fault(
            "the playlist is no well-formed JSON: \(failure.reason)", line, kind: "playlists that cannot be read")
          return
        }
        try read(playlist, line: line)
      }
    }
    if let failure = elements.failure {
      try sink.faults.report(failure, kind: "files that cannot be read to their end")
    }
  }

  private func read(_ playlist: JSONValue, line: Int) throws {
    var fields = PlaylistFields(pid: "")
    var tracks: JSONValue?
    var repeated: String?
    var number: Int?
    try playlist.forEachMember { name, value in
      if name == "tracks" {
        if tracks != nil { repeated = "tracks" }
        tracks = value
      } else if name == "pid" {
        if number != nil { repeated = "pid" }
        number = try integer(value, "pid", line)
      } else if name == "name" {
        fields.title = value.text ?? ""
      } else if let meta = Self.metaNames.first(where: { name == $0 }) {
        fields.meta.append(("\(meta)", text(value)))
      }
    }
    guard let number else {
      return try fault("the playlist has no pid", line, kind: "playlists that cannot be read", remedy: "Add it.")
    }
    fields.pid = String(number)
    if let repeated {
      try fault("playlist \(number) has \(repeated) twice: the last one counts", line, kind: "names that stand twice")
    }
    guard let tracks, tracks.isList else {
      return try fault(
        "playlist \(number) has \(tracks.map { "\($0.kindName) for tracks" } ?? "no tracks")", line,
        kind: "playlists that cannot be read", remedy: "Give it a list of tracks.")
    }
    guard let begun = try sink.begin(fields) else {
      return try fault(
        "playlist \(number) was read before", line, kind: "playlists that were there before",
        remedy: "Is a slice named twice?")
    }
    try read(tracks, of: begun, pid: number, line: line)
  }

  private func read(_ tracks: JSONValue, of playlist: Int, pid: Int, line: Int) throws {
    var rows: [(song: SongFields, position: Int, track: JSONValue)] = []
    try tracks.forEachElement { track in
      var song = SongFields()
      var position = rows.count
      try track.forEachMember { name, value in
        if name == "track_uri" {
          song.id = value.bytes ?? song.id
        } else if name == "track_name" {
          song.title = value.bytes ?? song.title
        } else if name == "artist_name" {
          song.artist = value.bytes ?? song.artist
        } else if name == "album_name" {
          song.album = value.bytes ?? song.album
        } else if name == "artist_uri" {
          song.artistID = SongIdentity.id(value.bytes ?? song.artistID)
        } else if name == "pos" {
          position = try integer(value, "pos", line) ?? rows.count
        }
      }
      if !SongIdentity.isLocal(song.id) { song.id = SongIdentity.id(song.id) }
      rows.append((song, position, track))
    }
    sink.songs.prefetch(ids: rows.map(\.song.id))
    var last = -1
    for (song, position, track) in rows {
      if SongIdentity.isLocal(song.id) {
        try sink.passOverLocal(song.id, of: "playlist \(pid)", file, line)
        continue
      }
      guard !song.id.isEmpty else {
        sink.report.rows += 1
        try fault(
          "playlist \(pid) has \(track.isObject ? "a track without track_uri" : "\(track.kindName) for a track")", line,
          kind: "rows that cannot be read", remedy: "Give the track its track_uri or remove it.")
        continue
      }
      if position <= last {
        try fault(
          "playlist \(pid) has position \(position) \(position == last ? "twice" : "after \(last)")", line,
          kind: "positions out of order", remedy: "Number its tracks from 0 by pos, in order, each number once.")
      }
      last = max(last, position)
      try sink.append(song, order: position, to: playlist)
    }
  }

  /// A whole number, also in quotes, which is noted.
  private func integer(_ value: JSONValue, _ name: StaticString, _ line: Int) throws -> Int? {
    if let number = value.integer { return number }
    guard let text = value.text, let number = Int(text) else { return nil }
    try fault("\(name) is the text \"\(text)\": read as a number", line, kind: "numbers that are text")
    return number
  }

  private func text(_ value: JSONValue) -> String {
    value.text ?? value.integer.map(String.init) ?? ""
  }

  private func fault(_ reason: String, _ line: Int, kind: String, remedy: String = "") throws {
    try sink.faults.report(InputError(path: file, line: line, reason: reason, remedy: remedy), kind: kind)
  }
}

extension PlaylistSink {
  /// A row of a song that only exists on somebody's disk.
  func passOverLocal(_ uri: Bytes, of owner: String, _ file: String, _ line: Int) throws {
    report.rows += 1
    report.localRows += 1
    if faults.isStrict {
      throw InputError(
        path: file, line: line, reason: "\(owner) has the local file \(String(decoding: uri, as: UTF8.self))",
        remedy: "Leave out --strict to pass it over.")
    }
  }
}

extension JSONElements.Piece {
  /// Each object with the bytes that simdjson wants behind it, and the line on which it begins.
  func forEach(_ body: (Bytes, Int) throws -> Void) rethrows {
    try bytes.withUnsafeBytes { bytes in
      for (range, line) in objects { try body(Bytes(rebasing: bytes[range]), line) }
    }
  }
}
