package import Compute
internal import Glibc
internal import Recommendation
internal import Sequences

/// Matrix factorisation for ranking (BPR; Rendle et al. 2009, "BPR: Bayesian personalized ranking from implicit feedback"):
/// song i of playlist u shall score above a song j that is not in u,
///
///     max Σ_{u, i ∈ u, j ∉ u} ln σ(x_u·y_i + b_i − x_u·y_j − b_j) − λ·(|x_u|² + |y_i|² + |y_j|² + b_i² + b_j²)/2
///
/// by stochastic gradient ascent: an epoch draws as many (u, i) as there are, each with a j from all songs. The steps follow
/// each other on one thread, since each needs what the last one wrote. Seeds stand for a playlist by their mean,
/// score(i) = s·(mean of the seeds' y)·y_i + b_i. Seeds that no training playlist holds are passed over; without others
/// there are no scores.
package struct BayesianPersonalizedRanking: Rival {
  package struct Settings: Sendable {
    /// A multiple of 8.
    package var factors: Int
    package var epochs: Int
    /// Of the first step; falls to zero in a line.
    package var learningRate: Float
    /// λ
    package var regularization: Float
    /// s
    package var seedWeight: Float

    package init(
      factors: Int, epochs: Int, learningRate: Float, regularization: Float, seedWeight: Float
    ) {
      self.factors = factors
      self.epochs = epochs
      self.learningRate = learningRate
      self.regularization = regularization
      self.seedWeight = seedWeight
    }
  }

  package static let name = "bpr"
  /// Found by search (see `Rivals`). 100 epochs lose 0.007 in ap@10/min and in ndcg@500; 128 factors gain nothing. A vector
  /// of the seeds' own by the same ascent, the songs held fast, was tried instead of their mean: 0.01 less in ap@10/min.
  package static let tuned = Settings(
    factors: 64, epochs: 200, learningRate: 0.2, regularization: 0.003, seedWeight: 2)
  package static var axes: [SettingAxis<Settings>] {
    [
      SettingAxis(\.seedWeight, [1, 2, 4, 8]), SettingAxis(\.regularization, [0.001, 0.003, 0.01]),
      SettingAxis(\.learningRate, [0.05, 0.1, 0.2]), SettingAxis(\.epochs, [50, 100, 200]),
      SettingAxis(\.factors, [64, 128]),
    ]
  }

  private let matrix: PlaylistMatrix
  private let settings: Settings
  /// Y (songs, factors)
  private let songFactors: [Float]
  /// b (songs)
  private let biases: [Float]

  package init(_ input: RivalInput, settings: Settings, backend: any Backend) {
    precondition(settings.factors % 8 == 0, "BPR: \(settings.factors) factors are no multiple of 8")
    let (matrix, factors) = (input.matrix, settings.factors)
    self.matrix = matrix
    self.settings = settings
    let entries = (0..<Int32(matrix.playlistCount)).flatMap { playlist in
      matrix.songs(of: playlist).map { (playlist: playlist, song: $0) }
    }
    var random = Philox(seed: 0, purpose: .rivals)
    func start(_ rows: Int) -> [Float] { (0..<rows * factors).map { _ in (random.uniform() - 0.5) / Float(factors) } }
    var (songFactors, playlistFactors) = (start(matrix.songCount), start(matrix.playlistCount))
    var biases = [Float](repeating: 0, count: matrix.songCount)
    let stepCount = settings.epochs * entries.count
    songFactors.withUnsafeMutableBufferPointer { songFactors in
      playlistFactors.withUnsafeMutableBufferPointer { playlistFactors in
        for step in 0..<stepCount {
          let (playlist, song) = entries[random.below(entries.count)]
          let other = Int32(random.below(matrix.songCount))
          guard !matrix.holds(playlist, other) else { continue }
          let rate = settings.learningRate * (1 - Float(step) / Float(stepCount))
          let (x, liked, unliked) = (
            playlistFactors.baseAddress! + Int(playlist) * factors, songFactors.baseAddress! + Int(song) * factors,
            songFactors.baseAddress! + Int(other) * factors
          )
          let margin =
            Vectors.dot(x, liked, factors) - Vectors.dot(x, unliked, factors) + biases[Int(song)] - biases[Int(other)]
          let slope = 1 / (1 + exp(margin))
          Vectors.ascend(x, liked, unliked, factors, slope: slope, rate: rate, decay: settings.regularization)
          biases[Int(song)] += rate * (slope - settings.regularization * biases[Int(song)])
          biases[Int(other)] -= rate * (slope + settings.regularization * biases[Int(other)])
        }
      }
    }
    self.songFactors = songFactors
    self.biases = biases
  }

  package var floor: Float { -.infinity }

  package func score(_ item: EvaluationCase, into scores: UnsafeMutableBufferPointer<Float>) {
    let factors = settings.factors
    let seeds = matrix.heldSeeds(of: item.seeds)
    guard !seeds.isEmpty else {
      scores.update(repeating: -.infinity)
      return
    }
    var x = [Float](repeating: 0, count: factors)
    songFactors.withUnsafeBufferPointer { songFactors in
      for seed in seeds {
        Vectors.add(
          settings.seedWeight / Float(seeds.count), songFactors.baseAddress! + Int(seed) * factors, to: &x, factors)
      }
    }
    let products = x.withUnsafeBufferPointer {
      LinearAlgebra.product($0, rows: 1, songFactors, transposedColumns: scores.count)
    }
    for song in scores.indices { scores[song] = products[song] + biases[song] }
  }
}
