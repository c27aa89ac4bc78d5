/// What a dataset folder holds, in figures: what `segue describe` tells. Every figure is of the playlists that are read,
/// those of two songs or more.
package struct DatasetDescription: Codable, Sendable, Equatable {
  package var counts = Counts()
  /// Songs of a playlist, repeats counted; nil without playlists.
  package var lengths: Distribution?
  package var lengthHistogram = Histogram(edges: [0, 1])
  package var coverage = Coverage()
  /// The 13 audio features, in the order of `AudioFeature.allCases`.
  package var features: [FeatureDescription] = []
  package var duplicates = Duplicates()
  /// How many songs stand in so many playlists, from none upwards.
  package var songsByPlaylists: [SongsInPlaylists] = []
  /// Songs by the playlists that hold them, in steps of a factor of two; those that none holds left out.
  package var popularityHistogram = Histogram(edges: [1, 2])
  /// Those that most playlists hold, most first; empty where titles are not wanted.
  package var commonSongs: [CommonSong] = []
  package var commonArtists: [CommonArtist] = []
  /// What looks wrong with a whole column.
  package var remarks: [String] = []
  /// The Million Playlist Dataset's published totals beside these; nil for any other number of playlists.
  package var publishedTotals: [PublishedTotal]?

  package init() {}

  package struct Counts: Codable, Sendable, Equatable {
    package var playlists = 0
    /// Left out because they have fewer than two songs.
    package var skippedPlaylists = 0
    /// Playlists with a title.
    package var titledPlaylists = 0
    /// Songs of all playlists, repeats counted.
    package var rows = 0
    /// Rows of `tracks.csv`.
    package var songs = 0
    /// By `artist_id` where a song has one, else by name.
    package var artists = 0
    /// By name and artist; nil where no song has one.
    package var albums: Int?

    package init() {}
  }

  /// Songs and rows that have at least one of the ten numbers, or all of the 13 features.
  package struct Coverage: Codable, Sendable, Equatable {
    package var songsWithFeatures = 0
    package var rowsWithFeatures = 0
    package var completeSongs = 0
    package var completeRows = 0
    /// Where the features come from (`feature_source`), most songs first; empty where the column is missing or empty.
    package var sources: [Source] = []

    package struct Source: Codable, Sendable, Equatable {
      /// Nil for songs that have features and no source.
      package var name: String?
      package var songs: Int
      package var rows: Int
    }
  }

  package struct Duplicates: Codable, Sendable, Equatable {
    /// Playlists that hold a song more than once.
    package var playlistsWithRepeats = 0
    /// Rows whose song stood in the same playlist before.
    package var repeatedRows = 0
    /// Playlists whose set of songs another one has, too, and how many such sets there are.
    package var identicalPlaylists = 0
    package var identicalSets = 0
    /// Pairs of playlists whose sets have a Jaccard similarity of at least one half, identical ones among them; nil
    /// where they were not looked for.
    package var nearIdenticalPairs: Int?
    /// Playlists of those pairs.
    package var nearIdenticalPlaylists: Int?
    /// Songs whose title and artist, case aside, another id has, too, and how many such songs there really are.
    package var sameTitleIds = 0
    package var sameTitles = 0
    /// Songs of `tracks.csv` that no playlist holds.
    package var songsInNoPlaylist = 0
  }

  package struct SongsInPlaylists: Codable, Sendable, Equatable {
    package var from: Int
    /// Inclusive.
    package var to: Int
    package var songs: Int
  }

  package struct CommonSong: Codable, Sendable, Equatable {
    package var trackId: String
    package var trackName: String
    package var artistName: String
    /// That hold it.
    package var playlists: Int
  }

  package struct CommonArtist: Codable, Sendable, Equatable {
    package var artistName: String
    /// That hold a song of the artist's.
    package var playlists: Int
    /// The artist's in `tracks.csv`.
    package var songs: Int
  }

  package struct PublishedTotal: Codable, Sendable, Equatable {
    package var name: String
    package var published: Int
    package var here: Int
    package var agrees: Bool
  }
}
