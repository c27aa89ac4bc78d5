package import Music
package import Sequences

/// Songs and playlists without meaning, for timing: the engine's speed does not depend on what the numbers say.
package enum RandomSongs {
  /// Vectors with uniform numbers and one-hot blocks; nothing is missing.
  package static func vectors(count: Int, _ random: inout Philox) -> SongVectors {
    var values = [Float](repeating: 0, count: count * SongVector.width)
    for song in 0..<count {
      let first = song * SongVector.width
      for number in SongVector.regression { values[first + number] = random.uniform() }
      for block in [SongVector.key, SongVector.mode, SongVector.timeSignature] {
        values[first + block.lowerBound + random.below(block.count)] = 1
      }
    }
    let everything = SongVectors.allNumbers | SongVectors.keyBit | SongVectors.modeBit | SongVectors.timeSignatureBit
    return SongVectors(values: values, present: .init(repeating: everything, count: count))
  }

  /// A playlist of `length` songs out of `songCount` for each length.
  package static func playlists(lengths: [Int], songCount: Int, _ random: inout Philox) -> [Playlist] {
    lengths.enumerated().map { number, length in
      Playlist(pid: "\(number)", songs: (0..<length).map { _ in Int32(random.below(songCount)) })
    }
  }
}
