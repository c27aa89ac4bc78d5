package import Compute
package import Learning
package import Music
internal import Glibc

/// What a model that ranks its catalogue is told of it: the songs' artists and numbers, and the words of titles.
package struct CatalogueInputs: Sendable {
  package let artists: ArtistSongs
  package let words: TitleWords
  package let features: StandardizedFeatures

  private let hasArtistVectors: Bool

  /// - Parameters:
  ///   - numbers: of all songs.
  ///   - training: the playlists to be trained on.
  ///   - parts: of the model that are left out.
  package init(_ dataset: Dataset, numbers: SongNumbers, training: [Playlist], without parts: [ModelPart] = []) {
    let artists = dataset.songs.artistNumbers
    self.artists = ArtistSongs(artists.numbers, count: artists.count)
    hasArtistVectors = !parts.contains(.artists)
    words = TitleWords(
      contexts: parts.contains(.titles) ? [] : training.compactMap { dataset.contexts[$0.pid] })
    let trained = Set(training.lazy.flatMap(\.songs))
    features = StandardizedFeatures(
      parts.contains(.audio) ? numbers.values.map { _ in .nan } : numbers.values, width: numbers.width,
      isMeasured: { trained.contains(Int32($0)) })
  }

  /// A model's configuration, or the standard one, with the sizes of this catalogue.
  package func sized(_ configuration: CatalogueConfiguration?) -> CatalogueConfiguration {
    var sized = configuration ?? CatalogueConfiguration()
    (sized.songCount, sized.artistCount) = (artists.numbers.count, artists.artistCount)
    (sized.wordCount, sized.featureCount) = (words.words.count, features.width)
    return sized
  }

  package func words(of playlist: Playlist, in dataset: Dataset) -> [Int32] {
    dataset.contexts[playlist.pid].map(words.rows) ?? []
  }

  package func songInputs(on backend: any Backend) throws -> SongInputs {
    try SongInputs(
      artists: hasArtistVectors ? artists.numbers : artists.numbers.map { _ in -1 }, artistCount: artists.artistCount,
      features: backend.makeTensor(features.values),
      featureCount: features.width, on: backend)
  }
}

/// Means and deviations by which numbers of songs were standardised.
package struct FeatureMoments: Sendable, Equatable {
  package let means: [Float]  // (F)
  package let deviations: [Float]  // (F)

  package init(means: [Float], deviations: [Float]) {
    precondition(
      means.count == deviations.count, "FeatureMoments: \(means.count) means, \(deviations.count) deviations")
    self.means = means
    self.deviations = deviations
  }

  /// (x − mean) / deviation; 0 where x is missing (NaN). (F)
  package func standardized(_ values: some Collection<Float>) -> [Float] {
    zip(values, zip(means, deviations)).map { $0.isNaN ? 0 : ($0 - $1.0) / $1.1 }
  }
}

/// Numbers of songs, each column with mean 0 and deviation 1 over the songs of the training that have it; 0 where one is
/// missing.
package struct StandardizedFeatures: Sendable {
  package let width: Int
  package let values: [Float]  // (songs, width)
  package let moments: FeatureMoments  // (width)

  /// - Parameters:
  ///   - values: row-major, rows of `width`, NaN where one is missing.
  ///   - isMeasured: whether a row counts for means and deviations.
  package init(_ values: [Float], width: Int, isMeasured: (Int) -> Bool) {
    let measured = (0..<values.count / width).filter(isMeasured)
    var (means, deviations) = ([Float](repeating: 0, count: width), [Float](repeating: 1, count: width))
    for column in 0..<width {
      let rows = measured.filter { !values[$0 * width + column].isNaN }
      guard !rows.isEmpty else { continue }
      let mean = rows.reduce(0.0) { $0 + Double(values[$1 * width + column]) } / Double(rows.count)
      let variance = rows.reduce(0.0) { sum, row in
        let difference = Double(values[row * width + column]) - mean
        return sum + difference * difference
      }
      means[column] = Float(mean)
      let deviation = (variance / Double(rows.count)).squareRoot()
      deviations[column] = deviation > 1e-6 ? Float(deviation) : 1  // all alike: nothing to learn from
    }
    self.width = width
    let moments = FeatureMoments(means: means, deviations: deviations)
    self.moments = moments
    self.values = (0..<values.count / width).flatMap { row in
      moments.standardized(values[row * width..<(row + 1) * width])
    }
  }
}
