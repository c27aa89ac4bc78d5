internal import Files
package import Music

/// A split's playlists as files of other recommenders, so that they can be trained and judged on the very same ones.
/// Songs go by their track id, playlists by their pid, repeats are kept; a part without playlists has no file.
package struct SplitExport {
  /// Parts in the order training, validation, test.
  private let parts: [(name: String, playlists: [Playlist])]
  private let songs: SongTable
  private let source: String

  /// - Parameter coldSongs: what the model's training and validation did without, rows of the dataset's table.
  package init(_ split: Split, of dataset: Dataset, coldSongs: Set<Int32> = []) {
    func playlists(_ indices: [Int], without songs: Set<Int32> = []) -> [Playlist] {
      indices.map { dataset.playlists[$0].without(songs) }
    }
    parts = [
      ("train", playlists(split.training, without: coldSongs)),
      ("valid", playlists(split.validation, without: coldSongs)), ("test", playlists(split.test)),
    ].filter { !$0.1.isEmpty }
    songs = dataset.songs
    source = dataset.folder
  }

  /// GRU4Rec's and session-rec's tab-separated files, `train.tsv`, `valid.tsv` and `test.tsv`, with the columns
  /// SessionId, ItemId and Time. Time counts rows through all parts: the songs of a playlist are in its order.
  /// - Returns: the names of the files.
  package func writeGRU4Rec(to folder: String) throws -> [String] {
    var time = 0
    return try parts.map { part in
      try write("\(part.name).tsv", to: folder, header: ["SessionId", "ItemId", "Time"]) { writer, sink in
        for playlist in part.playlists {
          for song in playlist.songs {
            time += 1
            writer.append(playlist.pid)
            writer.append(songs.ids[Int(song)])
            writer.append(time)
            try writer.endRow(to: &sink)
          }
        }
      }
    }
  }

  /// RecBole's atomic files: `NAME.train.inter`, `NAME.valid.inter` and `NAME.test.inter` for its `benchmark_filename`,
  /// `NAME.item` with every song of the catalogue, and `NAME.yaml` with the settings that read them. The folder's name
  /// must be NAME, its parent RecBole's `data_path`.
  /// - Parameter history: songs before each one that are written as `item_id_list`, which RecBole's sequential models want
  ///   beside `benchmark_filename`; a playlist's first song then has no row. With 0 every song is a row and there is no list.
  /// - Returns: the names of the files.
  package func writeRecBole(name: String, history: Int, to folder: String) throws -> [String] {
    let list = history > 0 ? ["item_id_list:token_seq"] : []
    let columns = ["session_id:token"] + list + ["item_id:token", "timestamp:float"]
    if history > 0 { try checkIdsAreWords() }
    var names = try parts.map { part in
      try write("\(name).\(part.name).inter", to: folder, header: columns) { writer, sink in
        for playlist in part.playlists {
          let ids = playlist.songs.map { songs.ids[Int($0)] }
          for (position, id) in ids.enumerated().dropFirst(history > 0 ? 1 : 0) {
            writer.append(playlist.pid)
            if history > 0 { writer.append(ids[max(0, position - history)..<position].joined(separator: " ")) }
            writer.append(id)
            writer.append(position)
            try writer.endRow(to: &sink)
          }
        }
      }
    }
    names.append(try writeItems("\(name).item", to: folder))
    try AtomicFile.write(settings(columns: columns), to: "\(folder)/\(name).yaml")
    return names + ["\(name).yaml"]
  }

  /// Key, mode and time signature are names, not amounts. RecBole fills in what is missing.
  private func writeItems(_ name: String, to folder: String) throws -> String {
    let categories: [AudioFeature] = [.key, .mode, .timeSignature]
    let header = AudioFeature.allCases.map { "\($0.rawValue):\(categories.contains($0) ? "token" : "float")" }
    return try write(name, to: folder, header: ["item_id:token", "artist_name:token"] + header) { writer, sink in
      for row in 0..<songs.count {
        writer.append(songs.ids[row])
        writer.append(songs.artists[row])
        for feature in AudioFeature.allCases { writer.append(songs.feature(feature, of: row)) }
        try writer.endRow(to: &sink)
      }
    }
  }

  private func settings(columns: [String]) -> String {
    func names(_ columns: [String]) -> String {
      columns.map { String($0.prefix { $0 != ":" }) }.joined(separator: ", ")
    }
    return """
      USER_ID_FIELD: session_id
      ITEM_ID_FIELD: item_id
      TIME_FIELD: timestamp
      benchmark_filename: [\(parts.map(\.name).joined(separator: ", "))]
      load_col:
        inter: [\(names(columns))]
      \(columns.count > 3 ? "alias_of_item_id: [item_id_list]\n" : "")
      """
  }

  /// A list of ids is separated by spaces.
  private func checkIdsAreWords() throws {
    if let row = songs.ids.firstIndex(where: { $0.contains(where: \.isWhitespace) }) {
      throw InputError(
        path: "\(source)/tracks.csv", line: row + 2, reason: "the track_id \"\(songs.ids[row])\" has a space",
        remedy: "Give ids without spaces, or export without --history.")
    }
  }

  private func write(
    _ name: String, to folder: String, header: [String],
    _ body: (inout CSVWriter, inout AtomicFile.Sink) throws -> Void
  ) throws -> String {
    try AtomicFile.write(to: "\(folder)/\(name)") { sink in
      var writer = CSVWriter(header: header, separator: .tab)
      try body(&writer, &sink)
      try writer.flush(to: &sink)
    }
    return name
  }
}
