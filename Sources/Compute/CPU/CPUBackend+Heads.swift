internal import Glibc

extension CPUBackend {
  package func headsForward(hidden: Tensor, tokenCount: Int, parameters: HeadsParameters, predictions: Tensor) throws {
    let out = predictions.mutableHost
    let outputs = parameters.outputCount
    forEachShard(of: tokenCount) { range in
      logits(hidden: hidden.host, tokens: range, parameters: parameters, into: out)
      for token in range {
        for head in parameters.heads {
          let row = out + token * outputs + head.columns.lowerBound
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
    var shardSums = [Double](repeating: 0, count: shardCount * heads.count)
    shardSums.withUnsafeMutableBufferPointer { shardSums in
      let shardSums = shardSums.baseAddress!
      pool.run(shardCount) { shard in
        let range = tokens(of: shard, count: tokenCount)
        logits(hidden: hidden.host, tokens: range, parameters: parameters, into: gradients)
        for token in range {
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
    let (source, bias) = (logitGradients.host, gradients.bias.mutableHost)
    for column in 0..<outputs {
      var sum = 0.0
      for token in 0..<tokenCount { sum += Double(source[token * outputs + column]) }
      bias[column] = Float(sum)
    }
    let out = hiddenGradient.mutableHost
    forEachShard(of: tokenCount) { range in
      BLAS.multiply(
        range.count, h, outputs, source + range.lowerBound * outputs, lda: outputs, parameters.kernel.host,
        ldb: outputs, transposeB: true, into: out + range.lowerBound * h, ldc: h)
    }
  }

  private func forEachShard(of tokenCount: Int, _ body: (Range<Int>) -> Void) {
    pool.run(shardCount) { body(tokens(of: $0, count: tokenCount)) }
  }

  /// out ← hidden · kernel + bias for a run of tokens.
  private func logits(
    hidden: UnsafePointer<Float>, tokens: Range<Int>, parameters: HeadsParameters, into out: UnsafeMutablePointer<Float>
  ) {
    let (outputs, h, bias) = (parameters.outputCount, parameters.hiddenSize, parameters.bias.host)
    BLAS.multiply(
      tokens.count, outputs, h, hidden + tokens.lowerBound * h, lda: h, parameters.kernel.host, ldb: outputs,
      into: out + tokens.lowerBound * outputs, ldc: outputs)
    for token in tokens {
      for column in 0..<outputs { out[token * outputs + column] += bias[column] }
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
