internal import Glibc

extension CPUBackend {
  package func headsForward(hidden: Tensor, tokenCount: Int, parameters: HeadsParameters, predictions: Tensor) throws {
    let out = predictions.mutableHost
    try logits(hidden: hidden, tokenCount: tokenCount, parameters: parameters, into: out)
    forEachRun(of: tokenCount, parts: workers(forTokens: tokenCount)) { _, tokens in
      for token in tokens {
        for head in parameters.heads {
          let row = out + token * parameters.outputCount + head.columns.lowerBound
          switch head.activation {
          case .sigmoid: for column in 0..<head.columns.count { row[column] = sigmoid(row[column]) }
          case .softmax: _ = softmax(row, count: head.columns.count)
          }
        }
      }
    }
  }

  package func headsLoss(
    hidden: Tensor, tokenCount: Int, parameters: HeadsParameters, targets: HeadTargets, lossSums: Tensor,
    logitGradients: Tensor
  ) throws {
    let (outputs, heads) = (parameters.outputCount, parameters.heads)
    let sums = lossSums.mutableHost
    let values = targets.values.host
    let weights = targets.regressionWeights?.host
    let weightCount = heads.filter { $0.activation == .sigmoid }.reduce(0) { $0 + $1.columns.count }
    let gradients = logitGradients.mutableHost
    try logits(hidden: hidden, tokenCount: tokenCount, parameters: parameters, into: gradients)
    var shardSums = [Double](repeating: 0, count: shardCount * heads.count)
    shardSums.withUnsafeMutableBufferPointer { shardSums in
      let shardSums = shardSums.baseAddress!
      forEachRun(of: tokenCount, parts: shardCount) { shard, tokens in
        for token in tokens {
          var weightColumn = token * weightCount
          for (index, head) in heads.enumerated() {
            let start = token * outputs + head.columns.lowerBound
            let width = head.columns.count
            let scale = 1 / targets.denominators[index]
            let sum: Float
            switch head.activation {
            case .sigmoid:
              sum = squaredError(
                gradients + start, targets: values + start, weights: weights.map { $0 + weightColumn },
                width: width, scale: scale)
              weightColumn += width
            case .softmax:
              sum = crossEntropy(gradients + start, targets: values + start, width: width, scale: scale)
            }
            shardSums[shard * heads.count + index] += Double(sum)
          }
        }
      }
      for head in heads.indices {
        sums[head] = Float((0..<shardCount).reduce(0) { $0 + shardSums[$1 * heads.count + head] })
      }
    }
  }

  package func headsBackward(
    hidden: Tensor, logitGradients: Tensor, tokenCount: Int, parameters: HeadsParameters, gradients: HeadsParameters,
    hiddenGradient: Tensor
  ) throws {
    let (outputs, h) = (parameters.outputCount, parameters.hiddenSize)
    try multiplyOverTokens(
      tokenCount, left: hidden.host, leftStride: h, m: h, right: logitGradients.host, n: outputs,
      into: gradients.kernel.mutableHost)
    sumColumns(logitGradients.host, rowCount: tokenCount, columns: outputs, into: gradients.bias.mutableHost)
    try multiplyRows(
      tokenCount, logitGradients.host, inner: outputs, matrix: parameters.kernel, columns: h, transposed: true,
      into: hiddenGradient.mutableHost)
  }

  /// out ← hidden · kernel + bias. (N, O)
  private func logits(
    hidden: Tensor, tokenCount: Int, parameters: HeadsParameters, into out: UnsafeMutablePointer<Float>
  ) throws {
    let (outputs, h, bias) = (parameters.outputCount, parameters.hiddenSize, parameters.bias.host)
    try multiplyRows(
      tokenCount, hidden.host, inner: h, matrix: parameters.kernel, columns: outputs, into: out
    ) { tokens in
      for token in tokens {
        for column in 0..<outputs { out[token * outputs + column] += bias[column] }
      }
    }
  }
}

private func sigmoid(_ x: Float) -> Float { 1 / (1 + expf(-x)) }

/// Replaces logits by their softmax; returns log Σ exp.
private func softmax(_ row: UnsafeMutablePointer<Float>, count: Int) -> Float {
  var largest = row[0]
  for column in 1..<count { largest = max(largest, row[column]) }
  var sum: Float = 0
  for column in 0..<count {
    row[column] = expf(row[column] - largest)
    sum += row[column]
  }
  for column in 0..<count { row[column] /= sum }
  return largest + logf(sum)
}

/// Replaces the logits of a sigmoid head by their gradient; returns Σ w·(p − t)² / width.
private func squaredError(
  _ row: UnsafeMutablePointer<Float>, targets: UnsafePointer<Float>, weights: UnsafePointer<Float>?, width: Int,
  scale: Float
) -> Float {
  var sum: Float = 0
  for column in 0..<width {
    let p = sigmoid(row[column])
    let difference = p - targets[column]
    let weighted = (weights?[column] ?? 1) * difference / Float(width)
    sum += weighted * difference
    row[column] = 2 * weighted * p * (1 - p) * scale
  }
  return sum
}

/// Replaces the logits of a softmax head by their gradient p·Σt − t; returns Σ t·(log Σ exp z − z).
private func crossEntropy(
  _ row: UnsafeMutablePointer<Float>, targets: UnsafePointer<Float>, width: Int, scale: Float
) -> Float {
  var (targetSum, dot): (Float, Float) = (0, 0)
  for column in 0..<width where targets[column] != 0 {
    targetSum += targets[column]
    dot += targets[column] * row[column]
  }
  let logSum = softmax(row, count: width)
  for column in 0..<width { row[column] = (row[column] * targetSum - targets[column]) * scale }
  return targetSum * logSum - dot
}
