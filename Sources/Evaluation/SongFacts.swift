internal import Glibc
package import Music

/// What the first songs of a list are like, whatever followed; nil where it has too few.
package struct ListTraits: Sendable, Equatable {
  /// Bits; popularity a share; distance Euclidean. `Metric` has the formulas.
  package var novelty, popularity, distance: Double?

  package init(novelty: Double? = nil, popularity: Double? = nil, distance: Double? = nil) {
    (self.novelty, self.popularity, self.distance) = (novelty, popularity, distance)
  }
}

/// What judging a list needs to know of the catalogue's songs: artists, in how many training playlists they are, and
/// their numbers.
package struct SongFacts: Sendable {
  /// Number of each row's artist. (rows)
  private let artists: [Int32]
  /// Training playlists that hold each row. (rows)
  private let counts: [Int32]
  private let playlistCount: Int
  private let vector: @Sendable (Int32) -> [Float]?

  /// - Parameters:
  ///   - artists: number of each row's artist.
  ///   - training: rows of the training playlists; a song counts once for each, negative ones not at all.
  ///   - vector: the 29 numbers of a row as the search has them, missing ones filled in; nil for a song without any.
  package init(artists: [Int32], training: [Playlist], vector: @escaping @Sendable (Int32) -> [Float]?) {
    self.artists = artists
    self.vector = vector
    var counts = [Int32](repeating: 0, count: artists.count)
    for playlist in training { for row in Set(playlist.songs) where row >= 0 { counts[Int(row)] += 1 } }
    self.counts = counts
    playlistCount = training.count
  }

  /// - Parameter training: rows of the catalogue.
  package init(catalogue: Catalogue, training: [Playlist]) {
    self.init(artists: catalogue.artistNumbers, training: training) {
      catalogue.hasNumbers($0) ? catalogue.vector($0) : nil
    }
  }

  package var songCount: Int { artists.count }

  package func artist(of row: Int32) -> Int32 { artists[Int(row)] }

  package func traits(of songs: some Collection<Int32>) -> ListTraits {
    guard !songs.isEmpty else { return ListTraits() }
    let holders = songs.map { Double(counts[Int($0)]) }
    let bits = holders.reduce(0) { $0 - log2(($1 + 1) / Double(playlistCount + 1)) }
    return ListTraits(
      novelty: bits / Double(holders.count),
      popularity: holders.reduce(0, +) / Double(holders.count * max(playlistCount, 1)),
      distance: meanDistance(songs.compactMap(vector)))
  }

  /// Over all pairs, in double; nil for fewer than two vectors.
  private func meanDistance(_ vectors: [[Float]]) -> Double? {
    guard vectors.count > 1 else { return nil }
    var sum = 0.0
    for (index, first) in vectors.enumerated() {
      for second in vectors[(index + 1)...] {
        sum += zip(first, second).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
          .squareRoot()
      }
    }
    return sum / Double(vectors.count * (vectors.count - 1) / 2)
  }
}
