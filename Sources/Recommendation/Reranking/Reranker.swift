internal import Files
internal import Learning

/// Puts the best songs of a ranking into a better order, by a small network that has learned from playlists which models
/// of the same kind had not seen (stacking; Wolpert 1992):
///
///     score_j = a·base_j + ReLU(x_j·W₁ + b₁)·w₂
///
/// x are the candidate's features, of which the mean over the playlist's candidates is taken and which are divided by a
/// deviation, clipped to ±6.
package struct Reranker: Sendable, Equatable {
  package static let fileName = "reranker.safetensors"
  /// Songs of a ranking that are put in order.
  package static let depth = 400
  package static let hiddenSize = 32

  /// What is learned, in the order of a slab: W₁ (F, 32), b₁ (32), w₂ (32), a.
  var parameters: [Float]
  /// Taken from each feature that is the same for all candidates of a playlist, 0 for the others, of which the candidates'
  /// own mean is taken. (F)
  var means: [Float]
  var deviations: [Float]  // (F)
  /// Of `LeastSquaresScorer`, whose score is one of the features. (songs, factors)
  let songFactors: [Float]

  package static var featureNames: [String] { CandidateFeatures.names }
  static var featureCount: Int { CandidateFeatures.names.count }
  static var parameterCount: Int { (featureCount + 2) * hiddenSize + 1 }
  static var kernelRange: Range<Int> { 0..<featureCount * hiddenSize }
  static var biasRange: Range<Int> { kernelRange.upperBound..<kernelRange.upperBound + hiddenSize }
  static var outputRange: Range<Int> { biasRange.upperBound..<biasRange.upperBound + hiddenSize }

  static var baseWeightIndex: Int { outputRange.upperBound }
  /// a, kept away from 0.
  var baseWeight: Float { max(parameters[Self.baseWeightIndex], 0.1) }

  init(parameters: [Float], means: [Float], deviations: [Float], songFactors: [Float]) {
    precondition(
      parameters.count == Self.parameterCount && means.count == Self.featureCount
        && deviations.count == Self.featureCount, "Reranker: wrong sizes")
    (self.parameters, self.means, self.deviations) = (parameters, means, deviations)
    self.songFactors = songFactors
  }

  /// Scores of one playlist's candidates.
  /// - Parameters:
  ///   - features: (candidates, F); become what the network is given.
  ///   - base: the ranking's scores. (candidates)
  package func scores(_ features: inout [Float], base: [Float]) -> [Float] {
    normalize(&features)
    let (count, inputs, hidden) = (base.count, Self.featureCount, Self.hiddenSize)
    return (0..<count).map { candidate in
      var units = Array(parameters[Self.biasRange])
      for feature in 0..<inputs {
        let value = features[candidate * inputs + feature]
        for unit in 0..<hidden { units[unit] += value * parameters[feature * hidden + unit] }
      }
      var score = baseWeight * base[candidate]
      for unit in 0..<hidden { score += max(0, units[unit]) * parameters[Self.outputRange.lowerBound + unit] }
      return score
    }
  }

  /// Centres, scales and clips the features of one playlist's candidates. (candidates, F)
  func normalize(_ features: inout [Float]) {
    let (inputs, count) = (Self.featureCount, features.count / Self.featureCount)
    for feature in 0..<inputs {
      var mean = means[feature]
      if !CandidateFeatures.isOfPlaylist(feature) {
        mean = (0..<count).reduce(0) { $0 + features[$1 * inputs + feature] } / Float(max(1, count))
      }
      for place in stride(from: feature, to: features.count, by: inputs) {
        features[place] = min(max((features[place] - mean) / deviations[feature], -6), 6)
      }
    }
  }
}

extension Reranker {
  /// - Parameter songCount: of the catalogue; songs that were added have no factors.
  /// - Throws: `InputError` for a file that is damaged or knows other features.
  package init(path: String, songCount: Int) throws {
    let file = try Safetensors(path: path)
    guard file.metadata["features"] == Self.featureText else {
      throw InputError(path: path, reason: "a re-ranker of other features", remedy: "Train the model again.")
    }
    func values(_ name: String, _ count: Int) throws -> [Float] {
      let values = try file.values(name, shape: [count])
      guard values.allSatisfy(\.isFinite) else {
        throw InputError(
          path: path, reason: "\(name) holds a number that is not finite", remedy: "Train the model again.")
      }
      return values
    }
    parameters = try values("parameters", Self.parameterCount)
    means = try values("means", Self.featureCount)
    deviations = try values("deviations", Self.featureCount)
    let factors = LeastSquaresScorer.Settings.standard.factors
    guard let rows = file.entries["song_factors"]?.shape.first, rows <= songCount else {
      throw InputError(path: path, reason: "belongs to another model", remedy: "Copy its whole folder again.")
    }
    songFactors = try file.values("song_factors", shape: [rows, factors])
    guard deviations.allSatisfy({ $0 > 0 }) else {
      throw InputError(path: path, reason: "a deviation that is not above 0", remedy: "Train the model again.")
    }
  }

  /// - Throws: `OutputError`; an old file survives.
  package func write(to path: String) throws {
    try Safetensors.write(
      [
        .init(name: "parameters", shape: [parameters.count], values: parameters),
        .init(name: "means", shape: [means.count], values: means),
        .init(name: "deviations", shape: [deviations.count], values: deviations),
        .init(
          name: "song_factors",
          shape: [
            songFactors.count / LeastSquaresScorer.Settings.standard.factors,
            LeastSquaresScorer.Settings.standard.factors,
          ],
          values: songFactors),
      ], metadata: ["features": Self.featureText], to: path)
  }

  private static var featureText: String { CandidateFeatures.names.joined(separator: " ") }
}
