internal import CMicroKernels
internal import Glibc
package import Sequences

/// Scores lie as (V, B) here: the catalogue is only read in its own order, never packed, and a vector holds one song's
/// scores for many sequences, so that no sum runs across lanes.
extension CPUBackend {
  /// Songs whose exponentials are summed apart.
  private static let songsOfRun = 256

  package func catalogueScores(
    states: Tensor, batchSize: Int, vectors: Tensor, width: Int, bias: Tensor, scores: Tensor
  ) throws {
    let songCount = bias.count
    requireCatalogueScores(
      states: states, batchSize: batchSize, vectors: vectors, width: width, bias: bias, scores: scores)
    let (s, v, b, out) = (states.host, vectors.host, bias.host, scores.mutableHost)
    forEachRun(of: songCount, parts: workers(forTokens: songCount)) { _, songs in
      for first in stride(from: songs.lowerBound, to: songs.upperBound, by: Self.songsOfRun) {
        let count = min(Self.songsOfRun, songs.upperBound - first)
        for sequence in 0..<batchSize {
          let to = out + sequence * songCount + first
          dots(s + sequence * width, withRows: nil, count: count, of: v + first * width, width: width, into: to)
          for song in 0..<count { to[song] += b[first + song] }
        }
      }
    }
  }

  package func catalogueLoss(
    states: Tensor, vectors: Tensor, width: Int, bias: Tensor, targets: CatalogueTargets, denominator: Float,
    lossSum: Tensor, gradients: CatalogueGradients?
  ) throws {
    targets.require(
      states: states, vectors: vectors, width: width, bias: bias, denominator: denominator, lossSum: lossSum,
      gradients: gradients)
    let (songCount, batchSize) = (bias.count, targets.batchSize)
    let batch = states[0..<batchSize * width]
    let scores = try workspace(.catalogueScores, count: songCount * batchSize)  // (V, B)
    try multiplyRows(
      songCount, vectors.host, inner: width, matrix: batch, columns: batchSize, transposed: true, into: scores)
    let sums = try workspace(.catalogueSums, count: 2 * runCount(songCount) * batchSize)
    let loss = exponentiate(scores, bias: bias.host, songCount: songCount, targets: targets, sums: sums)
    lossSum.mutableHost[0] = Float(loss)
    guard let gradients else { return }

    scaleToGradients(
      scores, songCount: songCount, targets: targets, denominator: denominator, factors: sums,
      biasGradient: gradients.bias.mutableHost)
    try multiplyRows(
      songCount, scores, inner: batchSize, matrix: batch, columns: width, into: gradients.vectors.mutableHost)
    try multiplyOverTokens(
      songCount, left: scores, leftStride: batchSize, m: batchSize, right: vectors.host, n: width,
      into: gradients.states.mutableHost)
  }

  /// Adds offsets and biases to `scores` and replaces them by their exponentials, those of a run of songs relative to its
  /// largest.
  /// - Parameter sums: workspace of 2 · runs · B; receives in its first half what makes w_b·|targets|·p_b of the exponentials
  ///   of each run and sequence.
  /// - Returns: Σ loss_b.
  private func exponentiate(
    _ scores: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>, songCount: Int, targets: CatalogueTargets,
    sums: UnsafeMutablePointer<Float>
  ) -> Double {
    let (batchSize, runs) = (targets.batchSize, runCount(songCount))
    var targetScores = [Double](repeating: 0, count: batchSize)  // Σ z_bt
    for sequence in 0..<batchSize {
      for entry in targets.offsetEntries(of: sequence) {
        scores[Int(targets.offsetRows[entry]) * batchSize + sequence] += targets.offsets[entry]
      }
      let entries = targets.entries(of: sequence)
      for song in targets.rows[entries].lazy.map(Int.init) {
        targetScores[sequence] += Double(scores[song * batchSize + sequence] + bias[song])
      }
    }
    let maxima = sums + runs * batchSize
    forEachSongRun(songCount) { run, songs in
      kernels.pointee.rows.columnExponentials(
        scores + songs.lowerBound * batchSize, songs.count, batchSize, bias + songs.lowerBound,
        maxima + run * batchSize, sums + run * batchSize)
    }
    var loss = 0.0
    for sequence in 0..<batchSize {
      let places = stride(from: sequence, to: runs * batchSize, by: batchSize)
      let (count, weight) = (Double(targets.entries(of: sequence).count), Double(targets.weights[sequence]))
      guard count > 0 else {
        for place in places { sums[place] = 0 }
        continue
      }
      var (largest, sum) = (-Float.infinity, 0.0)
      for place in places where sums[place] > 0 { largest = max(largest, maxima[place]) }
      for place in places {
        let factor = sums[place] > 0 ? exp(Double(maxima[place]) - Double(largest)) : 0
        sum += Double(sums[place]) * factor
        sums[place] = Float(factor)
      }
      for place in places { sums[place] = Float(Double(sums[place]) * weight * count / sum) }
      loss += weight * (count * (Double(largest) + log(sum)) - targetScores[sequence])
    }
    return loss
  }

  /// Makes ∂z of exponentials: times their factors, less the targets' weights, over the denominator.
  /// - Parameters:
  ///   - factors: for each run of songs and sequence; 0 for a sequence without targets. (runs, B)
  ///   - biasGradient: receives Σ_b ∂z. (V)
  private func scaleToGradients(
    _ exponentials: UnsafeMutablePointer<Float>, songCount: Int, targets: CatalogueTargets, denominator: Float,
    factors: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>
  ) {
    let batchSize = targets.batchSize
    let ones = [Float](repeating: 1, count: batchSize)
    for place in 0..<runCount(songCount) * batchSize { factors[place] /= denominator }
    forEachSongRun(songCount) { run, songs in
      let ofRun = exponentials + songs.lowerBound * batchSize
      kernels.pointee.rows.scaleColumns(ofRun, songs.count, batchSize, factors + run * batchSize)
      dots(
        ones, withRows: nil, count: songs.count, of: ofRun, width: batchSize, into: biasGradient + songs.lowerBound)
    }
    for sequence in 0..<batchSize {
      let entries = targets.entries(of: sequence)
      let share = targets.weights[sequence] / denominator
      for song in targets.rows[entries].lazy.map(Int.init) {
        exponentials[song * batchSize + sequence] -= share
        biasGradient[song] -= share
      }
    }
  }

  private func runCount(_ songCount: Int) -> Int { (songCount + Self.songsOfRun - 1) / Self.songsOfRun }

  private func forEachSongRun(_ songCount: Int, _ body: (_ run: Int, _ songs: Range<Int>) -> Void) {
    pool.run(runCount(songCount)) { run in
      body(run, run * Self.songsOfRun..<min(songCount, (run + 1) * Self.songsOfRun))
    }
  }
}
