package import Music
package import Sequences

/// Songs and playlists without meaning, for timing: nothing is missing, numbers and categories are uniform.
package enum RandomSongs {
  /// Ranges that leave the features as they are drawn.
  package static let scaling = FeatureScaling(
    minimum: .init(repeating: 0, count: SongVector.regression.count),
    maximum: .init(repeating: 1, count: SongVector.regression.count),
    mean: .init(repeating: 0.5, count: SongVector.regression.count))

  package static func table(count: Int, _ random: inout Philox) -> SongTable {
    var features: [Float] = []
    features.reserveCapacity(count * AudioFeature.count)
    for _ in 0..<count {
      for feature in AudioFeature.allCases {
        switch feature {
        case .key: features.append(Float(random.below(12)))
        case .mode: features.append(Float(random.below(2)))
        case .timeSignature: features.append(Float(SongVector.timeSignatures[random.below(5)]))
        default: features.append(random.uniform())
        }
      }
    }
    let names = (0..<count).map { "song \($0)" }
    return SongTable(ids: names, names: names, artists: .init(repeating: "nobody", count: count), features: features)
  }

  package static func vectors(count: Int, _ random: inout Philox) -> SongVectors {
    SongVectors(songs: table(count: count, &random), scaling: scaling)
  }

  /// A playlist of `length` songs out of `songCount` for each length.
  package static func playlists(lengths: [Int], songCount: Int, _ random: inout Philox) -> [Playlist] {
    lengths.enumerated().map { number, length in
      Playlist(pid: "\(number)", songs: (0..<length).map { _ in Int32(random.below(songCount)) })
    }
  }
}
