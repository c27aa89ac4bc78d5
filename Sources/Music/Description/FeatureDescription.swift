/// How the songs lie on one audio feature.
package struct FeatureDescription: Codable, Sendable, Equatable {
  /// Spotify's.
  package var name: String
  /// Songs and rows without a value.
  package var missingSongs = 0
  package var missingRows = 0
  /// In Spotify's units, a song once; nil where no song has a value, and for key, mode and time signature.
  package var distribution: Distribution?
  /// The least and the largest value to be expected; nil for key, mode and time signature.
  package var expected: [Double]?
  /// Songs with another one.
  package var unexpectedSongs = 0
  package var histogram: Histogram?
  /// Songs of each value, for key, mode and time signature.
  package var values: [Value]?

  package struct Value: Codable, Sendable, Equatable {
    package var value: Int
    package var songs: Int
  }

  /// - Parameters:
  ///   - feature: of the 13.
  ///   - rowCounts: rows of each song. (songs)
  init(_ feature: AudioFeature, of songs: SongTable, rowCounts: [Int]) {
    name = feature.rawValue
    var present: [Float] = []
    present.reserveCapacity(songs.count)
    for row in 0..<songs.count {
      let value = songs.feature(feature, of: row)
      if value.isNaN {
        missingSongs += 1
        missingRows += rowCounts[row]
      } else {
        present.append(value)
      }
    }
    guard let range = feature.expectedRange, var bars = feature.emptyHistogram else {
      values = Dictionary(grouping: present) { Int($0) }.map { Value(value: $0.key, songs: $0.value.count) }
        .sorted { $0.value < $1.value }
      return
    }
    present.sort()
    distribution = Distribution(sorted: present)
    expected = [Double(range.lowerBound), Double(range.upperBound)]
    for value in present {
      if !range.contains(value) { unexpectedSongs += 1 }
      bars.add(Double(value))
    }
    histogram = bars
  }

  /// What is wrong with the column as a whole, when half of the songs lie where hardly one should.
  var remark: String? {
    guard let distribution, let expected else { return nil }
    switch name {
    case AudioFeature.durationMilliseconds.rawValue:
      return distribution.median < expected[0] ? "\(name) looks like seconds, not milliseconds" : nil
    case AudioFeature.loudness.rawValue:
      return distribution.median > expected[1] ? "\(name) looks like another scale than decibels below 0" : nil
    case AudioFeature.tempo.rawValue:
      return distribution.median <= 1 ? "\(name) looks like another scale than beats per minute" : nil
    default: return distribution.median > expected[1] ? "\(name) looks like per cent, not 0 to 1" : nil
    }
  }
}

extension AudioFeature {
  /// Between which values songs are expected, in Spotify's units; nil for key, mode and time signature, whose other
  /// values cannot be read at all. Spotify gives 0 to 1 for seven of them and "typically" −60 to 0 dB for loudness; it
  /// gives none for duration and tempo, for which these are 1 s to 2 h and 30 to 250 beats a minute (its 0 stands for a
  /// beat that was not found).
  package var expectedRange: ClosedRange<Float>? {
    switch self {
    case .key, .mode, .timeSignature: nil
    case .durationMilliseconds: 1_000...7_200_000
    case .loudness: -60...0
    case .tempo: 30...250
    default: 0...1
    }
  }

  /// The intervals in which most songs lie, in Spotify's units.
  fileprivate var emptyHistogram: Histogram? {
    switch self {
    case .key, .mode, .timeSignature: nil
    case .durationMilliseconds: Histogram(from: 0, to: 600_000, count: 40)
    case .loudness: Histogram(from: -40, to: 4, count: 44)
    case .tempo: Histogram(from: 0, to: 240, count: 48)
    default: Histogram(from: 0, to: 1, count: 40)
    }
  }
}
