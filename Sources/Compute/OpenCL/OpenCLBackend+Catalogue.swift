package import Sequences

/// `catalogue_scores`, `catalogue_loss` and their products.
extension OpenCLBackend {
  package func catalogueScores(
    states: Tensor, batchSize: Int, vectors: Tensor, width: Int, bias: Tensor, scores: Tensor
  ) throws {
    requireCatalogueScores(
      states: states, batchSize: batchSize, vectors: vectors, width: width, bias: bias, scores: scores)
    let songCount = bias.count
    try multiply(
      Matrix(tensor: states, stride: width), Matrix(tensor: vectors, stride: width),
      into: Matrix(tensor: scores, stride: songCount), m: batchSize, n: songCount, k: width, transposing: .right)
    let kernel = try kernel("catalogue_scores")
    try kernel.set(.output(scores), .input(bias), .uint(songCount))
    try queue.launch(kernel, columns: songCount, rows: batchSize)
    try queue.flush()
  }

  package func catalogueLoss(
    states: Tensor, vectors: Tensor, width: Int, bias: Tensor, targets: CatalogueTargets, denominator: Float,
    lossSum: Tensor, gradients: CatalogueGradients?
  ) throws {
    targets.require(
      states: states, vectors: vectors, width: width, bias: bias, denominator: denominator, lossSum: lossSum,
      gradients: gradients)
    let (songCount, batchSize) = (bias.count, targets.batchSize)
    let buffer = try scratch(.catalogueScores, count: batchSize * songCount)
    let scores = Matrix(
      tensor: Tensor(storage: OpenCLStorage(buffer), count: batchSize * songCount), stride: songCount)  // (B, V)
    let (batch, catalogue) = (Matrix(tensor: states, stride: width), Matrix(tensor: vectors, stride: width))
    try multiply(batch, catalogue, into: scores, m: batchSize, n: songCount, k: width, transposing: .right)
    try computeLosses(
      scores.tensor, bias: bias, targets: targets, denominator: denominator, wantsGradients: gradients != nil,
      lossSum: lossSum)
    if let gradients {
      try multiply(
        scores, catalogue, into: Matrix(tensor: gradients.states, stride: width), m: batchSize, n: width, k: songCount)
      try multiply(
        scores, batch, into: Matrix(tensor: gradients.vectors, stride: width), m: songCount, n: width, k: batchSize,
        transposing: .left)
      try sumColumns(scores.tensor, m: batchSize, n: songCount, into: gradients.bias)
    }
    try queue.flush()
  }

  /// Makes of products the gradients of the scores, when they are wanted, and adds up the losses.
  private func computeLosses(
    _ products: Tensor, bias: Tensor, targets: CatalogueTargets, denominator: Float, wantsGradients: Bool,
    lossSum: Tensor
  ) throws {
    let (kernel, sumKernel) = (try kernel("catalogue_loss"), try kernel("heads_loss_sums"))
    let losses = try scratch(.catalogueLosses, count: targets.batchSize)
    let numbers =
      targets.starts + targets.offsetStarts + targets.rows + targets.offsetRows + targets.offsets.bits
      + targets.weights.bits
    try rowUploads.send(numbers) { buffer, sent in
      try kernel.set(
        .buffer(products.buffer), .input(bias), .buffer(buffer), .uint(targets.batchSize), .uint(bias.count),
        .float(denominator), .flag(wantsGradients), .buffer(losses))
      let launch = try queue.launch(kernel, groups: (targets.batchSize, 1, 1), after: sent)
      try queue.flush()
      return launch
    }
    try sumKernel.set(.buffer(losses), .uint(targets.batchSize), .output(lossSum))
    try queue.launch(sumKernel, groups: (1, 1, 1))
  }
}
