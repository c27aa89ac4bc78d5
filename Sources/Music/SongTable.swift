/// The rows of a `tracks.csv`, column by column. A row's index is the song's number everywhere.
package struct SongTable: Sendable {
  package var ids: [String]
  package var names: [String]
  package var artists: [String]
  /// Spotify's values in the order of `AudioFeature.allCases`, NaN where missing. (count, 13)
  package var features: [Float]
  /// Optional columns that the file had, by name (`album_name`, `preview_url`, …); empty strings where missing.
  package var extras: [String: [String]]
  /// Row of each id.
  package let rows: [String: Int32]

  package static let optionalColumns = [
    "album_name", "artist_id", "release_year", "popularity", "genre", "preview_url", "feature_source",
  ]

  /// - Parameter ids: must be unique.
  package init(
    ids: [String], names: [String], artists: [String], features: [Float], extras: [String: [String]] = [:]
  ) {
    self.init(
      ids: ids, names: names, artists: artists, features: features, extras: extras, rows: Self.rows(of: ids))
  }

  /// - Parameter rows: `rows(of: ids)`.
  init(
    ids: [String], names: [String], artists: [String], features: [Float], extras: [String: [String]],
    rows: [String: Int32]
  ) {
    precondition(rows.count == ids.count, "SongTable: \(ids.count) songs, \(rows.count) different ids")
    precondition(
      names.count == ids.count && artists.count == ids.count
        && features.count == ids.count * AudioFeature.count && extras.values.allSatisfy { $0.count == ids.count },
      "SongTable: columns of different lengths")
    self.ids = ids
    self.names = names
    self.artists = artists
    self.features = features
    self.extras = extras
    self.rows = rows
  }

  /// Row of each id, the first one of an id that stands there twice.
  static func rows(of ids: [String]) -> [String: Int32] {
    Dictionary(zip(ids, Int32(0)...), uniquingKeysWith: { first, _ in first })
  }

  package var count: Int { ids.count }

  package func feature(_ feature: AudioFeature, of row: Int) -> Float {
    features[row * AudioFeature.count + feature.column]
  }
}
