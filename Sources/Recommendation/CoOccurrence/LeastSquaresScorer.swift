package import Compute
internal import Sequences

/// Matrix factorisation of implicit feedback by alternating least squares (Hu, Koren and Volinsky 2008, "Collaborative
/// filtering for implicit feedback datasets"). With p_ui = 1 where playlist u holds song i, else 0, and c_ui = 1 + α·p_ui,
///
///     min Σ_{u,i} c_ui·(p_ui − x_u·y_i)² + λ·(Σ_u |x_u|² + Σ_i |y_i|²)
///
/// is solved for all x, then for all y, in turn. Each is a system (YᵀY + λI + α·Σ_{i ∈ u} y_i·y_iᵀ)·x = (1 + α)·Σ_{i ∈ u} y_i,
/// which a few steps of conjugate gradients from the last x bring on far enough (Takács, Pilászy and Tikk 2011). The seeds
/// are folded in as a playlist of its own: x solved for exactly, score(i) = x·y_i. Seeds that
/// no training playlist holds are passed over; without others there are no scores.
package struct LeastSquaresScorer: Sendable {
  package struct Settings: Sendable {
    /// A multiple of 8.
    package var factors: Int
    /// α
    package var confidence: Float
    /// λ
    package var regularization: Float
    package var iterations: Int

    package init(factors: Int, confidence: Float, regularization: Float, iterations: Int) {
      self.factors = factors
      self.confidence = confidence
      self.regularization = regularization
      self.iterations = iterations
    }

    /// What `Rivals` found by search.
    package static let standard = Settings(factors: 128, confidence: 20, regularization: 100, iterations: 5)
  }

  /// Steps of conjugate gradients for each vector and iteration.
  private static let fittingSteps = 3
  /// Rows of one part of the work.
  private static let blockSize = 64

  private let matrix: PlaylistMatrix
  private let settings: Settings
  /// Y (songs, factors)
  package let songFactors: [Float]
  /// YᵀY + λI (factors, factors)
  private let gram: [Float]

  /// Fits the factors.
  /// - Parameter backend: lends its threads.
  package init(_ matrix: PlaylistMatrix, settings: Settings, backend: any Backend) {
    precondition(settings.factors % 8 == 0, "ALS: \(settings.factors) factors are no multiple of 8")
    let factors = settings.factors
    self.matrix = matrix
    self.settings = settings
    var random = Philox(seed: 0, purpose: .rivals)
    var songFactors = (0..<matrix.songCount * factors).map { _ in Float(random.normal()) * 0.01 }
    // Songs of no playlist have no preference, and nothing would move them.
    for song in 0..<matrix.songCount where matrix.playlistCount(of: Int32(song)) == 0 {
      for factor in song * factors..<(song + 1) * factors { songFactors[factor] = 0 }
    }
    var playlistFactors = [Float](repeating: 0, count: matrix.playlistCount * factors)
    for _ in 0..<settings.iterations {
      let songGram = Self.gram(of: songFactors, settings)
      Self.improve(&playlistFactors, beside: songFactors, gram: songGram, settings, backend) { matrix.songs(of: $0) }
      let playlistGram = Self.gram(of: playlistFactors, settings)
      Self.improve(&songFactors, beside: playlistFactors, gram: playlistGram, settings, backend) {
        matrix.playlists(of: $0)
      }
    }
    self.songFactors = songFactors
    gram = Self.gram(of: songFactors, settings)
  }

  /// With factors that were fitted before.
  /// - Parameter songFactors: (songs, factors); songs that came later may be missing at the end.
  package init(_ matrix: PlaylistMatrix, settings: Settings, songFactors: [Float]) {
    let missing = matrix.songCount * settings.factors - songFactors.count
    precondition(missing >= 0, "LeastSquaresScorer: factors of more songs than there are")
    self.matrix = matrix
    self.settings = settings
    self.songFactors = songFactors + [Float](repeating: 0, count: missing)
    gram = Self.gram(of: self.songFactors, settings)
  }

  /// Writes the scores of all songs; −∞ where no training playlist holds any seed.
  /// - Parameters:
  ///   - seeds: rows of the catalogue; negative ones are unknown to it.
  ///   - scores: (songs)
  package func score(_ seeds: [Int32], into scores: UnsafeMutableBufferPointer<Float>) {
    let factors = settings.factors
    let seeds = matrix.heldSeeds(of: seeds)
    guard !seeds.isEmpty else {
      scores.update(repeating: -.infinity)
      return
    }
    var preference = [Float](repeating: 0, count: factors)
    preference.withUnsafeMutableBufferPointer { preference in
      songFactors.withUnsafeBufferPointer { songFactors in
        let system = System(gram: gram, others: songFactors, settings: settings)
        system.solve(preference.baseAddress!, rows: 1, steps: factors, entries: { _ in seeds[...] })
      }
    }
    let products = preference.withUnsafeBufferPointer {
      LinearAlgebra.product($0, rows: 1, songFactors, transposedColumns: scores.count)
    }
    _ = scores.update(fromContentsOf: products)
  }

  /// FᵀF + λI of all vectors. (factors, factors)
  private static func gram(of vectors: [Float], _ settings: Settings) -> [Float] {
    var gram = LinearAlgebra.gram(vectors, columns: settings.factors)
    for factor in 0..<settings.factors { gram[factor * settings.factors + factor] += settings.regularization }
    return gram
  }

  /// Brings every vector nearer to the solution of its system.
  private static func improve(
    _ vectors: inout [Float], beside others: [Float], gram: [Float], _ settings: Settings, _ backend: any Backend,
    entries: @Sendable (Int32) -> ArraySlice<Int32>
  ) {
    let factors = settings.factors
    let count = vectors.count / factors
    vectors.withUnsafeMutableBufferPointer { vectors in
      others.withUnsafeBufferPointer { others in
        nonisolated(unsafe) let (vectors, others) = (vectors, others)  // each part writes its own rows
        backend.forEachOnHost((count + blockSize - 1) / blockSize) { block in
          let first = block * blockSize
          System(gram: gram, others: others, settings: settings).solve(
            vectors.baseAddress! + first * factors, rows: min(blockSize, count - first), steps: fittingSteps,
            entries: { entries(Int32(first + $0)) })
        }
      }
    }
  }
}

/// The systems of a block of vectors.
private struct System {
  let gram: [Float]
  /// The vectors of the other side. (others, factors)
  let others: UnsafeBufferPointer<Float>
  let settings: LeastSquaresScorer.Settings

  /// Steps of conjugate gradients (Hestenes and Stiefel 1952) from what `x` holds, for each row until its residual is 10⁻⁵
  /// of the right side.
  func solve(_ x: UnsafeMutablePointer<Float>, rows: Int, steps: Int, entries: (Int) -> ArraySlice<Int32>) {
    let factors = settings.factors
    // r = b − A·x, with b's part inside the sum over the row's entries.
    var residual = product(UnsafePointer(x), rows)
    var limits = [Float](repeating: 0, count: rows)
    var squares = limits
    var right = [Float](repeating: 0, count: factors)
    for row in 0..<rows {
      let place = row * factors
      for index in 0..<factors { (right[index], residual[place + index]) = (0, -residual[place + index]) }
      residual.withUnsafeMutableBufferPointer { residual in
        for other in entries(row) {
          let vector = others.baseAddress! + Int(other) * factors
          Vectors.add(1 + settings.confidence, vector, to: &right, factors)
          let share = 1 + settings.confidence - settings.confidence * Vectors.dot(vector, x + place, factors)
          Vectors.add(share, vector, to: residual.baseAddress! + place, factors)
        }
        squares[row] = Vectors.dot(residual.baseAddress! + place, residual.baseAddress! + place, factors)
      }
      limits[row] = 1e-10 * Vectors.dot(right, right, factors)
    }
    var direction = residual
    for _ in 0..<steps where zip(squares, limits).contains(where: { $0 > $1 }) {
      var image = direction.withUnsafeBufferPointer { product($0.baseAddress!, rows) }  // A·direction
      image.withUnsafeMutableBufferPointer { image in
        direction.withUnsafeMutableBufferPointer { direction in
          residual.withUnsafeMutableBufferPointer { residual in
            for row in 0..<rows where squares[row] > limits[row] {
              let place = row * factors
              let (image, direction, residual) = (
                image.baseAddress! + place, direction.baseAddress! + place, residual.baseAddress! + place
              )
              for other in entries(row) {
                let vector = others.baseAddress! + Int(other) * factors
                Vectors.add(settings.confidence * Vectors.dot(vector, direction, factors), vector, to: image, factors)
              }
              let length = squares[row] / Vectors.dot(direction, image, factors)
              Vectors.add(length, direction, to: x + place, factors)
              Vectors.add(-length, image, to: residual, factors)
              let square = Vectors.dot(residual, residual, factors)
              let ratio = square / squares[row]
              for index in 0..<factors { direction[index] = residual[index] + ratio * direction[index] }
              squares[row] = square
            }
          }
        }
      }
    }
  }

  /// vectors · (YᵀY + λI)
  private func product(_ vectors: UnsafePointer<Float>, _ rows: Int) -> [Float] {
    LinearAlgebra.product(
      UnsafeBufferPointer(start: vectors, count: rows * settings.factors), rows: rows, gram,
      transposedColumns: settings.factors)
  }
}
