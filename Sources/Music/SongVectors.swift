/// How raw features become vector components: min-max ranges and means, taken from the training playlists' rows and
/// stored with the model.
package struct FeatureScaling: Codable, Sendable, Equatable {
  /// Minimum and maximum of `duration_ms`, `loudness` and `tempo`, in the order of the regression features; [0, 1] for
  /// the others, which Spotify scales itself. (10)
  package var minimum: [Float]
  package var maximum: [Float]
  /// Training mean of each scaled regression feature: what stands in for a missing one. (10)
  package var mean: [Float]

  package init(minimum: [Float], maximum: [Float], mean: [Float]) {
    self.minimum = minimum
    self.maximum = maximum
    self.mean = mean
  }
}

/// The song vectors of a whole table.
package struct SongVectors: Sendable {
  /// (count, 29); rows of songs without any number are zeros.
  package var values: [Float]
  /// Bit f set when regression feature f is present; bits 10, 11, 12 when key, mode, time signature are. (count)
  package var present: [UInt16]

  package init(values: [Float], present: [UInt16]) {
    self.values = values
    self.present = present
  }

  package var count: Int { present.count }
  /// Whether the song has at least one number; without any, the model skips it.
  package func hasNumbers(_ row: Int) -> Bool { present[row] & 0x3FF != 0 }
  package static let allNumbers: UInt16 = 0x3FF
  package static let keyBit: UInt16 = 1 << 10
  package static let modeBit: UInt16 = 1 << 11
  package static let timeSignatureBit: UInt16 = 1 << 12

  package func vector(_ row: Int) -> ArraySlice<Float> {
    values[row * SongVector.width..<(row + 1) * SongVector.width]
  }
}
