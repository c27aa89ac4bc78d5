/// What an import found and wrote.
package struct ImportReport: Codable, Sendable, Equatable {
  /// Files read, members of archives each for itself.
  package var files = 0
  /// Playlists written.
  package var playlists = 0
  /// Playlists not written: fewer than two songs were left.
  package var skippedPlaylists = 0
  /// Rows read.
  package var rows = 0
  /// Rows read whose song has features.
  package var rowsWithFeatures = 0
  /// Rows of songs that only exist on somebody's disk (`spotify:local:…`), not written.
  package var localRows = 0
  /// Rows not written because their song has no features.
  package var droppedRows = 0
  /// Rows written.
  package var writtenRows = 0
  /// Different songs read, local ones not counted.
  package var songs = 0
  /// Different songs read that have features.
  package var songsWithFeatures = 0
  /// Songs written.
  package var writtenSongs = 0
  /// Songs that came without an id, or with one of MusicBrainz's that no file of songs has, and were found by title and
  /// artist, exactly or in another version; and those without an id that were not found.
  package var songsFoundByTitle = 0
  package var songsFoundInOtherVersion = 0
  package var songsWithoutID = 0
  /// Rows of features whose song had other ones in the same file before.
  package var repeatedFeatureRows = 0
  /// Plays of histories that are not among the rows: shorter than 30 seconds, of no song, in two files.
  package var shortPlays = 0
  package var otherPlays = 0
  package var repeatedPlays = 0
  /// Faults of the input by kind, each of which was told with its place.
  package var faults: [String: Int] = [:]

  package init() {}
}
