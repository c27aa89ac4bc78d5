package import Music

/// A playlist as it is handed to other programs.
package struct ExportedPlaylist: Sendable, Equatable {
  package var title: String?
  package var tracks: [Track]

  package init(title: String? = nil, tracks: [Track]) {
    self.title = title
    self.tracks = tracks
  }

  /// A song with what is known of it: at least an id or a title.
  package struct Track: Sendable, Equatable {
    package var id: String?
    package var title: String?
    package var artist: String?
    package var album: String?
    package var durationMilliseconds: Int?

    /// Empty texts count as missing.
    package init(
      id: String? = nil, title: String? = nil, artist: String? = nil, album: String? = nil,
      durationMilliseconds: Int? = nil
    ) {
      func known(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
      (self.id, self.title, self.artist, self.album) = (known(id), known(title), known(artist), known(album))
      self.durationMilliseconds = durationMilliseconds
      precondition(self.id != nil || self.title != nil, "ExportedPlaylist: a track without id and title")
    }

    /// `Artist - Title`, or as much of it as is known.
    var label: String? {
      guard let title else { return artist }
      return artist.map { "\($0) - \(title)" } ?? title
    }

    /// Where players look for the song: `spotify:track:ID` for an id of Spotify's form, any other id as it is.
    var location: String? { id.map { SpotifyID.uri($0) ?? $0 } }
  }
}

extension ExportedPlaylist {
  /// Songs with what a catalogue knows of them.
  /// - Parameter songs: rows of the catalogue.
  package init(title: String?, songs: [Int32], of catalogue: Catalogue) {
    self.init(
      title: title,
      tracks: songs.map { row in
        let duration = catalogue.feature(.durationMilliseconds, of: row)
        return Track(
          id: catalogue.id(row), title: catalogue.name(row), artist: catalogue.artist(row),
          album: catalogue.text("album_name", of: row),
          durationMilliseconds: duration > 0 ? Int(exactly: duration.rounded()) : nil)
      })
  }
}
