package import Compute
internal import Glibc

extension Reference {
  package struct HeadsLoss {
    package var lossSums: [Double]  // (heads)
    package var logitGradients: [Double]  // (N, O)
  }

  package struct HeadsGradients {
    package var kernel: [Double]  // (H, O)
    package var bias: [Double]  // (O)
    package var hidden: [Double]  // (N, H)
  }

  /// Sigmoid or softmax of hidden·kernel + bias. (N, O)
  package static func headsForward(
    hidden: [Double], tokenCount: Int, heads: [Head], kernel: [Double], bias: [Double]
  ) -> [Double] {
    var values = logits(hidden: hidden, tokenCount: tokenCount, kernel: kernel, bias: bias)
    for token in 0..<tokenCount {
      for head in heads {
        let columns = head.columns.lowerBound + token * bias.count..<head.columns.upperBound + token * bias.count
        let logSum = logSumExp(values[columns])
        for column in columns {
          values[column] = head.activation == .sigmoid ? sigmoid(values[column]) : exp(values[column] - logSum)
        }
      }
    }
    return values
  }

  /// A sigmoid head's loss of one token is Σ w·(p − t)² / width, its logit gradient 2·w·(p − t)·p·(1 − p) / width;
  /// a softmax head's −Σ t·log p and p·Σt − t. Gradients are divided by the head's denominator; sums are not.
  package static func headsLoss(
    hidden: [Double], tokenCount: Int, heads: [Head], kernel: [Double], bias: [Double], targets: [Double],
    regressionWeights: [Double]?, denominators: [Double]
  ) -> HeadsLoss {
    let values = logits(hidden: hidden, tokenCount: tokenCount, kernel: kernel, bias: bias)
    let weightCount = heads.reduce(0) { $0 + ($1.activation == .sigmoid ? $1.columns.count : 0) }
    var result = HeadsLoss(
      lossSums: [Double](repeating: 0, count: heads.count),
      logitGradients: [Double](repeating: 0, count: tokenCount * bias.count))
    for token in 0..<tokenCount {
      var weight = token * weightCount
      for (index, head) in heads.enumerated() {
        let columns = head.columns.lowerBound + token * bias.count..<head.columns.upperBound + token * bias.count
        let width = Double(head.columns.count)
        let logSum = logSumExp(values[columns])
        let targetSum = targets[columns].reduce(0, +)
        for column in columns {
          let t = targets[column]
          switch head.activation {
          case .sigmoid:
            let w = regressionWeights?[weight] ?? 1
            weight += 1
            let p = sigmoid(values[column])
            result.lossSums[index] += w * (p - t) * (p - t) / width
            result.logitGradients[column] = 2 * w * (p - t) * p * (1 - p) / width / denominators[index]
          case .softmax:
            result.lossSums[index] += t * (logSum - values[column])
            result.logitGradients[column] = (exp(values[column] - logSum) * targetSum - t) / denominators[index]
          }
        }
      }
    }
    return result
  }

  /// hiddenᵀ·logitGradients, its column sums for the bias, and logitGradients·kernelᵀ.
  package static func headsBackward(
    hidden: [Double], logitGradients: [Double], tokenCount: Int, kernel: [Double], outputCount: Int
  ) -> HeadsGradients {
    let units = kernel.count / outputCount
    var result = HeadsGradients(
      kernel: [Double](repeating: 0, count: kernel.count), bias: [Double](repeating: 0, count: outputCount),
      hidden: [Double](repeating: 0, count: tokenCount * units))
    for token in 0..<tokenCount {
      for output in 0..<outputCount { result.bias[output] += logitGradients[token * outputCount + output] }
      for unit in 0..<units {
        for output in 0..<outputCount {
          let gradient = logitGradients[token * outputCount + output]
          result.kernel[unit * outputCount + output] += hidden[token * units + unit] * gradient
          result.hidden[token * units + unit] += kernel[unit * outputCount + output] * gradient
        }
      }
    }
    return result
  }

  /// hidden·kernel + bias. (N, O)
  private static func logits(hidden: [Double], tokenCount: Int, kernel: [Double], bias: [Double]) -> [Double] {
    let units = kernel.count / bias.count
    var values: [Double] = []
    for token in 0..<tokenCount {
      var row = bias
      for unit in 0..<units {
        for output in bias.indices { row[output] += hidden[token * units + unit] * kernel[unit * bias.count + output] }
      }
      values += row
    }
    return values
  }

  /// log Σ eˣ, from the largest value so that nothing overflows.
  static func logSumExp(_ values: ArraySlice<Double>) -> Double {
    let largest = values.max() ?? 0
    return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
  }
}
