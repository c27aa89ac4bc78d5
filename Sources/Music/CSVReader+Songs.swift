internal import Files

extension CSVReader {
  /// Goes through the rows of a table that has one for each song, and gives the songs' ids.
  /// - Throws: `InputError` for no column `track_id`, a song without an id or with another one's.
  func forEachSong(_ body: (_ id: String) throws -> Void) throws {
    let idColumn = try column("track_id")
    var lines: [String: Int] = [:]
    while try next() {
      let id = string(idColumn)
      guard !id.isEmpty else {
        throw error("the song has no track_id", remedy: "Give it one or remove the row.")
      }
      if let earlier = lines.updateValue(line, forKey: id) {
        throw error("track_id \(id) was already in line \(earlier)", remedy: "Remove one of the two rows.")
      }
      try body(id)
    }
  }
}
