internal import Files

/// The playlists of one `playlists.csv` (`pid,pos,track_id`), resolved against a table of songs.
package struct PlaylistFile: Sendable {
  /// In numeric order of the pids when all are whole numbers, else in the file's order. Song −1 − k stands for
  /// `unknownTracks[k]`, so that different unknown songs stay different.
  package private(set) var playlists: [Playlist] = []
  /// Ids that the table of songs does not have, each once, in the order of their first appearance.
  package private(set) var unknownTracks: [String] = []
  /// Rows that name an unknown song.
  package private(set) var unknownRowCount = 0
  /// Rows that name a song, those of skipped playlists included.
  package private(set) var rowCount = 0
  /// Playlists left out because they are empty (a row with nothing but a pid) or have one song only.
  package private(set) var skippedCount = 0

  /// Reads a file of closed playlists, whose songs may be unknown.
  package static func load(_ path: String, songs: SongTable) throws -> PlaylistFile {
    try PlaylistFile(path: path, songs: songs, unknownTracksAllowed: true)
  }

  /// - Throws: `InputError` for a missing column, rows of one playlist that are apart or out of order, a position given
  ///   twice, an unknown song unless allowed, and a file without any playlist.
  init(path: String, songs: SongTable, unknownTracksAllowed: Bool) throws {
    let reader = try CSVReader(path: path)
    let pidColumn = try reader.column("pid")
    let positionColumn = try reader.column("pos")
    let trackColumn = try reader.column("track_id")

    var all: [Playlist] = []
    var firstLines: [String: Int] = [:]
    var unknownNumbers: [String: Int32] = [:]
    var currentPid: [UInt8] = []
    var lastPosition = -1
    while try reader.next() {
      let pid = reader.bytes(pidColumn)
      if all.isEmpty || !pid.elementsEqual(currentPid) {
        currentPid = Array(pid)
        lastPosition = -1
        let name = reader.string(pidColumn)
        guard !name.isEmpty else {
          throw reader.error("the row has no pid", remedy: "Name the playlist it belongs to.")
        }
        guard !name.contains(where: \.isNewline) else {  // train.pids has a line for each
          throw reader.error(
            "the pid \(name.split(whereSeparator: \.isNewline).joined(separator: "␤")) has a line break in it",
            remedy: "Give the playlist an id on one line.")
        }
        if let earlier = firstLines.updateValue(reader.line, forKey: name) {
          throw reader.error(
            "playlist \(name) goes on here but began in line \(earlier)",
            remedy: "Put the rows of one playlist together: sort the file by pid and pos.")
        }
        all.append(Playlist(pid: name, songs: []))
      } else if all[all.count - 1].songs.isEmpty {
        throw reader.error(
          "playlist \(all[all.count - 1].pid) was given as empty and has songs",
          remedy: "Remove its row without songs.")
      }
      let position = try reader.integer(positionColumn, remedy: Self.countingRemedy)
      let track = reader.string(trackColumn)
      if track.isEmpty && position == nil && lastPosition < 0 { continue }  // an empty playlist
      lastPosition = try Self.check(position, after: lastPosition, pid: all[all.count - 1].pid, reader)
      guard !track.isEmpty else {
        throw reader.error("the row has no track_id", remedy: "Fill it in or remove the row.")
      }
      rowCount += 1
      if let song = songs.rows[track] {
        all[all.count - 1].songs.append(song)
        continue
      }
      guard unknownTracksAllowed else {
        throw reader.error(
          "playlist \(all[all.count - 1].pid) has the unknown track \(track)",
          remedy: "Add the song to the tracks file (its features may be empty) or remove the row.")
      }
      unknownRowCount += 1
      let number = unknownNumbers[track] ?? Int32(-1 - unknownTracks.count)
      if unknownNumbers.updateValue(number, forKey: track) == nil { unknownTracks.append(track) }
      all[all.count - 1].songs.append(number)
    }
    let long = Self.inOrder(all).filter { $0.songs.count > 1 }
    skippedCount = all.count - long.count
    playlists = long
    guard !playlists.isEmpty else {
      throw InputError(
        path: path, reason: "there is no playlist of two songs or more",
        remedy: all.isEmpty ? "The file has no rows." : "\(all.count) shorter ones were skipped.")
    }
  }

  private static let countingRemedy = "Count the songs of each playlist from 0."

  /// The position, which must be above the one before.
  private static func check(_ position: Int?, after last: Int, pid: String, _ reader: CSVReader) throws -> Int {
    guard let position, position >= 0 else {
      throw reader.error("pos is \(position.map(String.init) ?? "missing")", remedy: Self.countingRemedy)
    }
    if position == last {
      throw reader.error("playlist \(pid) has position \(position) twice", remedy: "Give each song its own position.")
    }
    if position < last {
      throw reader.error(
        "playlist \(pid) has position \(position) after \(last)", remedy: "Sort the file by pid and pos.")
    }
    return position
  }

  private static func inOrder(_ playlists: [Playlist]) -> [Playlist] {
    var numbered: [(number: Int, index: Int)] = []
    for (index, playlist) in playlists.enumerated() {
      guard let number = Int(playlist.pid) else { return playlists }
      numbered.append((number, index))
    }
    numbered.sort { $0 < $1 }
    return numbered.map { playlists[$0.index] }
  }
}
