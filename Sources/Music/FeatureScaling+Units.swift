extension FeatureScaling {
  /// Spotify's value of what regression feature `index` is in [0, 1].
  package func value(ofScaled scaled: Float, _ index: Int) -> Float {
    minimum[index] + scaled * (maximum[index] - minimum[index])
  }

  /// A value of Spotify's of regression feature `index` in [0, 1], clamped.
  package func scaledValue(_ value: Float, _ index: Int) -> Float { scaled(value, index) }

  /// What a difference between two of Spotify's values is between the scaled ones; 0 where the range is empty.
  package func scaledDifference(_ difference: Float, _ index: Int) -> Float {
    let range = maximum[index] - minimum[index]
    return range > 0 ? difference / range : 0
  }
}
