internal import Files

extension Dataset {
  /// Playlists of a slice of the Million Playlist Dataset.
  private static let sliceSize = 1000

  /// Writes the playlists as slices of the Million Playlist Dataset, `mpd.slice.0-999.json` and so on: the same names, the
  /// same white space. Pids must be 0, 1, 2, ….
  /// - Parameter folder: is there.
  /// - Throws: `OutputError`.
  package func writeSlices(to folder: String) throws {
    let artists = songs.artistNumbers.numbers
    for start in stride(from: 0, to: playlists.count, by: Self.sliceSize) {
      let end = min(start + Self.sliceSize, playlists.count)
      let name = "\(start)-\(start + Self.sliceSize - 1)"
      try AtomicFile.write(to: "\(folder)/mpd.slice.\(name).json") { sink in
        try sink.append(
          Array(
            """
            {
                "info": {
                    "generated_on": "2017-12-03 08:41:42.057563", 
                    "slice": "\(name)", 
                    "version": "v1"
                }, 
                "playlists": [

            """.utf8))
        var text: [UInt8] = []
        for number in start..<end {
          appendPlaylist(number, artists, to: &text)
          text += number + 1 < end ? ", \n".utf8 : "\n".utf8
          if text.count > 1 << 20 || number + 1 == end {
            try sink.append(text)
            text.removeAll(keepingCapacity: true)
          }
        }
        try sink.append(Array("    ]\n}".utf8))
      }
    }
  }

  private func appendPlaylist(_ number: Int, _ artists: [Int32], to text: inout [UInt8]) {
    let playlist = playlists[number]
    let rows = playlist.songs.map { Int($0) }
    let duration = AudioFeature.durationMilliseconds
    text +=
      """
              {
                  "name": \(Self.quoted(contexts[playlist.pid]?.title ?? "")), 
                  "collaborative": "false", 
                  "pid": \(playlist.pid), 
                  "modified_at": 1493424000, 
                  "num_tracks": \(rows.count), 
                  "num_albums": \(Set(rows.map { artists[$0] }).count), 
                  "num_followers": \(1 + number % 7), 
                  "tracks": [

      """.utf8
    for (position, row) in rows.enumerated() {
      let artist = artists[row]
      text +=
        """
                        {
                            "pos": \(position), 
                            "artist_name": \(Self.quoted(songs.artists[row])), 
                            "track_uri": "spotify:track:\(songs.ids[row])", 
                            "artist_uri": "spotify:artist:\(Self.padded("artist", Int(artist)))", 
                            "track_name": \(Self.quoted(songs.names[row])), 
                            "album_uri": "spotify:album:\(Self.padded("album", Int(artist)))", 
                            "duration_ms": \(Int(songs.feature(duration, of: row))), 
                            "album_name": \(Self.quoted("\(songs.artists[row]) (synthetic)"))
                        }\(position + 1 < rows.count ? ", " : "")

        """.utf8
    }
    text +=
      """
                  ], 
                  "num_edits": \(1 + number % 30), 
                  "duration_ms": \(rows.reduce(0) { $0 + Int(songs.feature(duration, of: $1)) }), 
                  "num_artists": \(Set(rows.map { artists[$0] }).count)
              }
      """.utf8
  }

  /// 22 letters and digits.
  private static func padded(_ kind: String, _ number: Int) -> String {
    let digits = String(number)
    return kind + String(repeating: "0", count: 22 - kind.utf8.count - digits.count) + digits
  }

  /// Titles and names of the synthetic set need no escapes but these.
  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
