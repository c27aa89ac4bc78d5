internal import Sequences

extension Backend {
  /// Stops the program where the arguments of `catalogueScores` do not fit together.
  func requireCatalogueScores(
    states: Tensor, batchSize: Int, vectors: Tensor, width: Int, bias: Tensor, scores: Tensor
  ) {
    precondition(
      width > 0 && vectors.count == bias.count * width && states.count >= batchSize * width
        && scores.count >= batchSize * bias.count,
      "catalogueScores: states \(states.count) for \(batchSize) × \(width), vectors \(vectors.count), bias "
        + "\(bias.count), scores \(scores.count)")
  }
}

extension CatalogueTargets {
  /// Stops the program where the arguments of `catalogueLoss` do not fit together.
  func require(
    states: Tensor, vectors: Tensor, width: Int, bias: Tensor, denominator: Float, lossSum: Tensor,
    gradients: CatalogueGradients?
  ) {
    let songCount = bias.count
    precondition(
      batchSize > 0 && width > 0 && songCount > 0 && vectors.count == songCount * width
        && states.count >= batchSize * width,
      "catalogueLoss: states \(states.count) for \(batchSize) × \(width), vectors \(vectors.count), bias \(songCount)")
    precondition(
      denominator > 0 && lossSum.count >= 1, "catalogueLoss: denominator \(denominator), loss sums \(lossSum.count)")
    if let gradients {
      precondition(
        gradients.states.count >= batchSize * width && gradients.vectors.count == vectors.count
          && gradients.bias.count == songCount,
        "catalogueLoss: gradients of \(gradients.states.count), \(gradients.vectors.count), \(gradients.bias.count) for "
          + "states of \(batchSize) × \(width), vectors \(vectors.count), bias \(songCount)")
    }
    precondition(
      starts.first == 0 && Int(starts.last!) == rows.count && offsetStarts.first == 0
        && Int(offsetStarts.last!) == offsetRows.count && offsets.count == offsetRows.count
        && offsetStarts.count == starts.count && weights.count == batchSize,
      "catalogueLoss: \(rows.count) targets to \(starts.last ?? -1), \(offsetRows.count) rows and \(offsets.count) offsets "
        + "to \(offsetStarts.last ?? -1), \(starts.count) and \(offsetStarts.count) starts")
    requireDistinctSongs(of: songCount)
  }

  /// The entries of a sequence's targets.
  func entries(of sequence: Int) -> Range<Int> { Int(starts[sequence])..<Int(starts[sequence + 1]) }

  /// The entries of a sequence's offsets.
  func offsetEntries(of sequence: Int) -> Range<Int> { Int(offsetStarts[sequence])..<Int(offsetStarts[sequence + 1]) }

  /// Every song of the catalogue, at most once as a target and once with an offset of each sequence, and no target taken
  /// out.
  private func requireDistinctSongs(of songCount: Int) {
    var lastAsTarget = [Int32](repeating: -1, count: songCount)  // the last sequence that has the song
    var lastWithOffset = lastAsTarget
    for sequence in 0..<batchSize {
      let number = Int32(sequence)
      for row in rows[entries(of: sequence)] {
        precondition(
          row >= 0 && Int(row) < songCount && lastAsTarget[Int(row)] != number,
          "catalogueLoss: target \(row) of sequence \(sequence) is not one of \(songCount) songs or comes again")
        lastAsTarget[Int(row)] = number
      }
      for entry in offsetEntries(of: sequence) {
        let row = offsetRows[entry]
        precondition(
          row >= 0 && Int(row) < songCount && lastWithOffset[Int(row)] != number,
          "catalogueLoss: offset for \(row) of sequence \(sequence), not one of \(songCount) songs or with a second one"
        )
        precondition(
          offsets[entry] > -.infinity || lastAsTarget[Int(row)] != number,
          "catalogueLoss: target \(row) of sequence \(sequence) is taken out")
        lastWithOffset[Int(row)] = number
      }
    }
  }
}
