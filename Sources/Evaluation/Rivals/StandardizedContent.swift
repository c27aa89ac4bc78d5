package import Compute
internal import Music
internal import Recommendation

/// Content kNN with standardised numbers: the songs nearest to the mean of the seeds, where each of the ten numbers is
/// divided by its standard deviation over the songs of the training, so that none counts for more than another, and the
/// 19 ones and zeros of key, mode and time signature weigh w,
///
///     score(i) = −|z_i − mean of the seeds' z|²
///
/// Songs without any number have no score; seeds without are passed over.
package struct StandardizedContent: Rival {
  package struct Settings: Sendable {
    /// w
    package var classWeight: Float
    package init(classWeight: Float) { self.classWeight = classWeight }
  }

  package static let name = "content-knn/standardised"
  /// Of w 0, 0.25, 0.5, 1, 1.5, 2 and 3 (see `Rivals`); between 0 and 1 it hardly matters.
  package static let tuned = Settings(classWeight: 1)
  package static var axes: [SettingAxis<Settings>] { [SettingAxis(\.classWeight, [0, 0.25, 0.5, 1, 1.5, 2, 3])] }

  /// Numbers of a song, filled up with zeros.
  private static let width = 32
  /// z (songs, 32)
  private let values: [Float]
  private let vectors: SongVectors

  package init(_ input: RivalInput, settings: Settings, backend: any Backend) {
    let vectors = input.vectors
    let trained = (0..<vectors.count).filter { vectors.hasNumbers($0) && input.matrix.playlistCount(of: Int32($0)) > 0 }
    let weights = (0..<SongVector.width).map { column -> Float in
      guard SongVector.regression.contains(column), !trained.isEmpty else { return settings.classWeight }
      let values = trained.map { Double(vectors.values[$0 * SongVector.width + column]) }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      return variance > 0 ? Float(1 / variance.squareRoot()) : 0
    }
    var values = [Float](repeating: 0, count: vectors.count * Self.width)
    for song in 0..<vectors.count {
      for (column, value) in vectors.vector(song).enumerated() {
        values[song * Self.width + column] = value * weights[column]
      }
    }
    self.values = values
    self.vectors = vectors
  }

  package var floor: Float { -.infinity }

  package func score(_ item: EvaluationCase, into scores: UnsafeMutableBufferPointer<Float>) {
    let seeds = item.knownSeeds.map { Int($0) }.filter(vectors.hasNumbers)
    var mean = [Float](repeating: 0, count: Self.width)
    values.withUnsafeBufferPointer { values in
      let start = values.baseAddress!
      for seed in seeds { Vectors.add(1 / Float(seeds.count), start + seed * Self.width, to: &mean, Self.width) }
      for song in scores.indices {
        scores[song] =
          seeds.isEmpty || !vectors.hasNumbers(song)
          ? -.infinity : -Vectors.squaredDistance(start + song * Self.width, mean, Self.width)
      }
    }
  }
}
