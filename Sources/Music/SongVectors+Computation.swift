extension SongVectors {
  /// Computes the vectors of all songs of a table.
  package init(songs: SongTable, scaling: FeatureScaling) {
    self.init(features: songs.features, scaling: scaling)
  }

  /// - Parameter features: Spotify's values in the order of `AudioFeature.allCases`, NaN where missing. (count, 13)
  package init(features: [Float], scaling: FeatureScaling) {
    precondition(features.count % AudioFeature.count == 0, "SongVectors: \(features.count) features are not rows of 13")
    let count = features.count / AudioFeature.count
    values = [Float](repeating: 0, count: count * SongVector.width)
    present = [UInt16](repeating: 0, count: count)
    let columns = SongVector.regressionFeatures.map(\.column)
    let key = AudioFeature.key.column
    let mode = AudioFeature.mode.column
    let timeSignature = AudioFeature.timeSignature.column
    for row in 0..<count {
      let raw = row * AudioFeature.count
      var bits: UInt16 = 0
      for (index, column) in columns.enumerated() where !features[raw + column].isNaN { bits |= 1 << UInt16(index) }
      if bits == 0 { continue }  // a song without any number stays zero
      let start = row * SongVector.width
      for (index, column) in columns.enumerated() {
        let value = features[raw + column]
        values[start + index] = value.isNaN ? scaling.mean[index] : scaling.scaled(value, index)
      }
      if let column = Self.column(features[raw + key], in: 0..<12) {
        values[start + SongVector.key.lowerBound + column] = 1
        bits |= Self.keyBit
      }
      if let column = Self.column(features[raw + mode], in: 0..<2) {
        values[start + SongVector.mode.lowerBound + column] = 1
        bits |= Self.modeBit
      }
      if let column = SongVector.timeSignatures.firstIndex(where: { Float($0) == features[raw + timeSignature] }) {
        values[start + SongVector.timeSignature.lowerBound + column] = 1
        bits |= Self.timeSignatureBit
      }
      present[row] = bits
    }
  }

  private static func column(_ value: Float, in range: Range<Int>) -> Int? {
    Int(exactly: value).flatMap { range.contains($0) ? $0 : nil }
  }
}
