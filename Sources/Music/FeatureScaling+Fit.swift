extension FeatureScaling {
  /// Takes the ranges of duration, loudness and tempo, and the means of all ten numbers, over the rows of `playlists`:
  /// a song that stands in three playlists counts three times. Missing values count nowhere.
  ///
  /// A feature that no row has gets the range [0, 1] and the mean 0.5.
  package static func fit(songs: SongTable, playlists: some Sequence<Playlist>) -> FeatureScaling {
    var rowCounts = [Int](repeating: 0, count: songs.count)
    for playlist in playlists {
      for song in playlist.songs where song >= 0 { rowCounts[Int(song)] += 1 }
    }
    var scaling = FeatureScaling(
      minimum: .init(repeating: 0, count: 10), maximum: .init(repeating: 1, count: 10),
      mean: .init(repeating: 0.5, count: 10))
    for (index, feature) in SongVector.regressionFeatures.enumerated() {
      let rows = rowCounts.indices.filter { rowCounts[$0] > 0 && !songs.feature(feature, of: $0).isNaN }
      guard !rows.isEmpty else { continue }
      if rangedFeatures.contains(feature) {
        scaling.minimum[index] = rows.lazy.map { songs.feature(feature, of: $0) }.min()!
        scaling.maximum[index] = rows.lazy.map { songs.feature(feature, of: $0) }.max()!
      }
      var sum = 0.0
      var count = 0
      for row in rows {
        sum += Double(scaling.scaled(songs.feature(feature, of: row), index)) * Double(rowCounts[row])
        count += rowCounts[row]
      }
      scaling.mean[index] = Float(sum / Double(count))
    }
    return scaling
  }

  /// The features that Spotify does not scale to [0, 1] itself.
  private static let rangedFeatures: Set<AudioFeature> = [.durationMilliseconds, .loudness, .tempo]

  /// A present value of regression feature `index` in [0, 1]: (x − min) / (max − min), clamped; 0 where the training
  /// rows all have the same value.
  func scaled(_ value: Float, _ index: Int) -> Float {
    let low = Double(minimum[index])
    let range = Double(maximum[index]) - low
    guard range > 0 else { return 0 }
    return Float(min(max((Double(value) - low) / range, 0), 1))
  }
}
