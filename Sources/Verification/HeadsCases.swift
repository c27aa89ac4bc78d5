internal import Compute

/// The heads over some tokens with all their data.
struct HeadsScenario: Sendable {
  /// What the targets of softmax heads are.
  enum Targets: String, Sendable {
    case oneHot = "one-hot"
    /// Every third token has no class: its row is all zeros.
    case missing
    /// Weights of all classes whose sum is not 1.
    case fractional
  }
  var heads: [Head]
  var headsName: String
  var tokenCount: Int
  var hiddenSize: Int
  var targets = Targets.oneHot
  /// Some regression targets have weight 0 or another weight than 1.
  var weighted = false
  /// Logits lie near this or its negative.
  var extreme: Double = 0
  var margin = 64
  /// Elements of token-sized tensors beyond the tokens.
  var room: Int { margin == 64 ? 0 : 35 }
  var seed: UInt64 = 11

  var outputCount: Int { heads.last?.columns.upperBound ?? 0 }
  var cost: Int { tokenCount * hiddenSize * outputCount }

  /// The tolerance of predictions and of logit gradients.
  var tolerance: (predictions: Tolerance, logitGradients: Tolerance) {
    extreme == 0 ? (.headsForward, .headsLoss) : (.extremeLogits, .extremeLogits)
  }

  var label: String {
    "\(headsName) N\(tokenCount) H\(hiddenSize) \(targets.rawValue)" + (weighted ? " weighted" : "")
      + (extreme == 0 ? "" : " logits ±\(Int(extreme))") + (margin == 64 ? "" : " offset \(margin)")
  }

  /// The model's four heads.
  static let songHeads = heads([
    ("regression", 10, .sigmoid), ("key", 12, .softmax), ("mode", 2, .softmax), ("time_signature", 5, .softmax),
  ])

  /// Heads side by side.
  static func heads(_ parts: [(name: String, width: Int, activation: Head.Activation)]) -> [Head] {
    var start = 0
    return parts.map { part in
      defer { start += part.width }
      return Head(name: part.name, activation: part.activation, columns: start..<start + part.width)
    }
  }
}

/// Everything that the heads are given.
struct HeadsData {
  let hidden: [Float]  // (N, H)
  let kernel: [Float]  // (H, O)
  let bias: [Float]  // (O)
  let targets: [Float]  // (N, O)
  let regressionWeights: [Float]?  // (N, outputs of the sigmoid heads)
  let denominators: [Float]  // (heads)
  let logitGradients: [Float]  // (N, O)

  init(_ scenario: HeadsScenario) {
    var data = TestData(seed: scenario.seed)
    let (tokens, outputs) = (scenario.tokenCount, scenario.outputCount)
    hidden = data.normal(tokens * scenario.hiddenSize, deviation: 0.5)
    kernel = data.normal(scenario.hiddenSize * outputs, deviation: 1 / Double(scenario.hiddenSize).squareRoot())
    bias = (0..<outputs).map { _ in
      scenario.extreme == 0 ? data.normal(1)[0] : Float(scenario.extreme) * (data.uniform(1)[0] < 0.5 ? 1 : -1)
    }
    var targets: [Float] = []
    for token in 0..<tokens {
      for head in scenario.heads {
        let width = head.columns.count
        var row = data.uniform(width)
        if head.activation == .softmax && scenario.targets != .fractional {
          row = [Float](repeating: 0, count: width)
          if scenario.targets == .oneHot || token % 3 != 0 { row[data.integer(in: 0...width - 1)] = 1 }
        }
        targets += row
      }
    }
    self.targets = targets
    let regressionCount = scenario.heads.reduce(0) { $0 + ($1.activation == .sigmoid ? $1.columns.count : 0) }
    let weights: [Float] = (0..<tokens * regressionCount).map { _ in [0, 1, 1, 0.25][data.integer(in: 0...3)] }
    regressionWeights = scenario.weighted ? weights : nil
    denominators = scenario.heads.indices.map { Float(1 + $0) * 1.7 }
    logitGradients = data.normal(tokens * outputs)
  }
}

extension OperationCase {
  /// The output layer: predictions, losses with their gradients, and the backward pass.
  static let headsCases: [OperationCase] = headsScenarios.flatMap { scenario in
    [headsForward(scenario), headsLoss(scenario), headsBackward(scenario)]
  }

  private static let headsScenarios: [HeadsScenario] =
    [
      (1, 1), (2, 7), (5, 16), (7, 17), (63, 31), (64, 33), (65, 64), (13, 65), (257, 32), (257, 3), (700, 256),
      (1, 256),
    ]
    .enumerated().flatMap { index, size in
      [
        HeadsScenario(
          heads: HeadsScenario.songHeads, headsName: "song", tokenCount: size.0, hiddenSize: size.1,
          targets: [.oneHot, .missing, .fractional][index % 3], weighted: index % 2 == 1,
          margin: index % 4 < 2 ? 64 : 67)
      ]
    } + otherHeads
    + [80.0, 500].flatMap { extreme in
      [HeadsScenario.Targets.oneHot, .missing, .fractional].map { targets in
        HeadsScenario(
          heads: HeadsScenario.songHeads, headsName: "song", tokenCount: 33, hiddenSize: 5, targets: targets,
          weighted: targets == .missing, extreme: extreme)
      }
    }

  /// Heads unlike the model's: alone, of width 1, wider than a work-group, the regression last or in two parts.
  private static let otherHeads: [HeadsScenario] = [
    HeadsScenario(
      heads: HeadsScenario.heads([("class", 7, .softmax)]), headsName: "softmax 7", tokenCount: 65, hiddenSize: 9,
      targets: .missing, margin: 67),
    HeadsScenario(
      heads: HeadsScenario.heads([("class", 1, .softmax)]), headsName: "softmax 1", tokenCount: 5, hiddenSize: 3,
      targets: .missing),
    HeadsScenario(
      heads: HeadsScenario.heads([("value", 1, .sigmoid)]), headsName: "sigmoid 1", tokenCount: 63, hiddenSize: 8,
      weighted: true),
    HeadsScenario(
      heads: HeadsScenario.heads([("value", 3, .sigmoid)]), headsName: "sigmoid 3", tokenCount: 17, hiddenSize: 4,
      margin: 67),
    HeadsScenario(
      heads: HeadsScenario.heads([("class", 6, .softmax), ("value", 3, .sigmoid)]), headsName: "softmax 6 sigmoid 3",
      tokenCount: 31, hiddenSize: 6, targets: .fractional, weighted: true),
    HeadsScenario(
      heads: HeadsScenario.heads([("low", 2, .sigmoid), ("class", 5, .softmax), ("high", 3, .sigmoid)]),
      headsName: "sigmoid 2 softmax 5 sigmoid 3", tokenCount: 33, hiddenSize: 6, targets: .missing, weighted: true,
      margin: 67),
    HeadsScenario(
      heads: HeadsScenario.heads([("class", 65, .softmax), ("other", 257, .softmax)]),
      headsName: "softmax 65 softmax 257", tokenCount: 7, hiddenSize: 16, targets: .fractional),
  ]
}
