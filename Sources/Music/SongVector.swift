/// The 29 numbers by which the model knows a song: 10 regression features in [0, 1], then one-hot key (12), mode (2) and
/// time signature (5). A missing categorical is a block of zeros.
package enum SongVector {
  package static let width = 29
  package static let regression = 0..<10
  package static let key = 10..<22
  package static let mode = 22..<24
  package static let timeSignature = 24..<29

  /// Features of the regression block, in order. `AudioFeature.allCases` minus the three categorical ones.
  package static let regressionFeatures: [AudioFeature] = [
    .acousticness, .danceability, .durationMilliseconds, .energy, .instrumentalness, .liveness, .loudness,
    .speechiness, .tempo, .valence,
  ]
  /// The keys that have a column, in order: 0 is C.
  package static let keys = Array(0...11)
  /// The modes that have a column, in order: minor, major.
  package static let modes = [0, 1]
  /// The time signatures that have a column, in order.
  package static let timeSignatures = [0, 1, 3, 4, 5]
}

/// The 13 audio features under Spotify's column names.
package enum AudioFeature: String, CaseIterable, Sendable {
  case acousticness, danceability
  case durationMilliseconds = "duration_ms"
  case energy, instrumentalness, key, liveness, loudness, mode, speechiness, tempo
  case timeSignature = "time_signature"
  case valence

  package static let count = allCases.count
  /// Position in `SongTable.features`.
  package var column: Int { Self.allCases.firstIndex(of: self)! }
}
