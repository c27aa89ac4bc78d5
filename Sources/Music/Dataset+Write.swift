internal import Files

extension Dataset {
  /// Writes `tracks.csv`, `playlists.csv` and `playlist_meta.csv`.
  /// - Parameters:
  ///   - folder: must not exist, or be empty; nothing is left there when something fails.
  ///   - withSlices: also writes `slices/mpd.slice.0-999.json` and so on (`writeSlices`).
  /// - Throws: `OutputError`.
  package func write(to folder: String, withSlices: Bool = false) throws {
    try AtomicFolder.write(to: folder) { temporary in
      if withSlices {
        try Folder.make("\(temporary)/slices")
        try writeSlices(to: "\(temporary)/slices")
      }
      try songs.write(csv: "\(temporary)/tracks.csv")
      try AtomicFile.write(to: "\(temporary)/playlists.csv") { sink in
        var writer = CSVWriter(header: ["pid", "pos", "track_id"])
        for playlist in playlists {
          for (position, song) in playlist.songs.enumerated() {
            writer.append(playlist.pid)
            writer.append(position)
            writer.append(songs.ids[Int(song)])
            try writer.endRow(to: &sink)
          }
        }
        try writer.flush(to: &sink)
      }
      try AtomicFile.write(to: "\(temporary)/playlist_meta.csv") { sink in
        var writer = CSVWriter(header: ["pid", "name"])
        for playlist in playlists {
          writer.append(playlist.pid)
          writer.append(contexts[playlist.pid]?.title ?? "")
          try writer.endRow(to: &sink)
        }
        try writer.flush(to: &sink)
      }
    }
  }
}
