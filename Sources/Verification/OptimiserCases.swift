internal import Compute

extension OperationCase {
  /// The optimiser over whole slabs.
  static let optimiserCases: [OperationCase] =
    [1, 63, 64, 65, 257, 1_000_003].flatMap { count in
      [
        rmsprop(count: count, stepCount: 1), rmsprop(count: count, stepCount: 5, margin: 67),
        clip(count: count, share: 1.5), clip(count: count, share: 0.25),
        clip(count: count, share: 0.001, margin: 67),
        adamw(count: count, stepCount: 1), adamw(count: count, stepCount: 5, firstStep: 1000, margin: 67),
      ]
    } + [
      rmsprop(count: 130, stepCount: 3, gradientScale: 0),
      rmsprop(count: 130, stepCount: 3, gradientScale: 1e-5),
      rmsprop(count: 130, stepCount: 3, gradientScale: 1e4, margin: 67),
      rmsprop(
        count: 130, stepCount: 3, settings: RMSprop(learningRate: 0.05, rho: 0.5, epsilon: 1e-3)),
      clip(count: 257, share: nil), clip(count: 257, share: 0.5, gradientScale: 1e-4),
      clip(count: 257, share: 0.5, gradientScale: 1e6),
      adamw(count: 130, stepCount: 3, gradientScale: 0), adamw(count: 130, stepCount: 3, gradientScale: 1e-5),
      adamw(count: 130, stepCount: 3, gradientScale: 1e4, margin: 67),
      adamw(
        count: 130, stepCount: 3,
        settings: AdamW(learningRate: 0.05, beta1: 0.5, beta2: 0.9, epsilon: 1e-3, weightDecay: 0)),
      adamw(count: 130, stepCount: 3, settings: AdamW(learningRate: 0.05, weightDecay: 0.5)),
    ]

  private static func rmsprop(
    count: Int, stepCount: Int, gradientScale: Double = 0.1, settings: RMSprop = RMSprop(), margin: Int = 64
  ) -> OperationCase {
    let label =
      "\(count), \(stepCount) steps, gradients of \(gradientScale), rate \(settings.learningRate), offset \(margin)"
    return OperationCase(operation: "rmspropUpdate", label: label, isSmall: count < 10_000) { trial in
      trial.margin = margin
      var data = TestData(seed: 31)
      let before = data.normal(count)
      let squares = data.uniform(count).map { $0 * Float(gradientScale * gradientScale) }
      let gradients = (0..<stepCount).map { _ in data.normal(count, deviation: gradientScale) }
      let parameters = try trial.inOut("parameters", before)
      let meanSquares = try trial.inOut("meanSquares", squares)
      for gradient in gradients {
        try trial.backend.rmspropUpdate(
          parameters: parameters, gradients: try trial.input("gradients", gradient), meanSquares: meanSquares,
          settings: settings)
      }
      lazy var expected = {
        var (w, v) = (before.wide, squares.wide)
        for gradient in gradients {
          Reference.rmspropUpdate(parameters: &w, gradients: gradient.wide, meanSquares: &v, settings: settings)
        }
        return (parameters: w, meanSquares: v)
      }()
      try trial.expect("parameters", parameters, within: .rmspropUpdate, equals: expected.parameters)
      try trial.expect("meanSquares", meanSquares, within: .rmspropMeanSquares, equals: expected.meanSquares)
    }
  }

  private static func adamw(
    count: Int, stepCount: Int, firstStep: Int = 1, gradientScale: Double = 0.1, settings: AdamW = AdamW(),
    margin: Int = 64
  ) -> OperationCase {
    let label =
      "\(count), \(stepCount) steps from \(firstStep), gradients of \(gradientScale), rate \(settings.learningRate), "
      + "decay \(settings.weightDecay), offset \(margin)"
    return OperationCase(operation: "adamwUpdate", label: label, isSmall: count < 10_000) { trial in
      trial.margin = margin
      var data = TestData(seed: 67)
      let before = data.normal(count)
      // As after many steps, or all 0 as before the first.
      let isStarted = firstStep > 1
      let means = data.normal(count, deviation: isStarted ? gradientScale : 0)
      let squares = data.uniform(count).map { isStarted ? $0 * Float(gradientScale * gradientScale) : 0 }
      let gradients = (0..<stepCount).map { _ in data.normal(count, deviation: gradientScale) }
      let parameters = try trial.inOut("parameters", before)
      let firstMoments = try trial.inOut("firstMoments", means)
      let secondMoments = try trial.inOut("secondMoments", squares)
      func atStep(_ index: Int) -> AdamW {
        var settings = settings
        settings.step = firstStep + index
        return settings
      }
      for (index, gradient) in gradients.enumerated() {
        try trial.backend.adamwUpdate(
          parameters: parameters, gradients: try trial.input("gradients", gradient), firstMoments: firstMoments,
          secondMoments: secondMoments, settings: atStep(index))
      }
      lazy var expected = {
        var (w, m, v) = (before.wide, means.wide, squares.wide)
        for (index, gradient) in gradients.enumerated() {
          Reference.adamwUpdate(
            parameters: &w, gradients: gradient.wide, firstMoments: &m, secondMoments: &v, settings: atStep(index))
        }
        return (parameters: w, firstMoments: m, secondMoments: v)
      }()
      try trial.expect("parameters", parameters, within: .adamwUpdate, equals: expected.parameters)
      try trial.expect(
        "firstMoments", firstMoments, within: .adamwFirstMoments(gradientScale: gradientScale),
        equals: expected.firstMoments)
      try trial.expect("secondMoments", secondMoments, within: .adamwSecondMoments, equals: expected.secondMoments)
    }
  }

  /// - Parameter share: the maximum as a share of the norm; above 1 nothing may change; nil for gradients of zero.
  private static func clip(count: Int, share: Double?, gradientScale: Double = 1, margin: Int = 64) -> OperationCase {
    let label = (share.map { "\(count), to \($0) of the norm" } ?? "\(count) zeros")
    return OperationCase(
      operation: "clipByGlobalNorm", label: "\(label), gradients of \(gradientScale), offset \(margin)",
      isSmall: count < 10_000
    ) { trial in
      trial.margin = margin
      var data = TestData(seed: 37)
      let before = data.normal(count, deviation: share == nil ? 0 : gradientScale)
      let norm = before.wide.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let maximum = Float(norm * (share ?? 0) + (share == nil ? 1 : 0))
      let gradients = try trial.inOut("gradients", before)
      try trial.backend.clipByGlobalNorm(gradients: gradients, maximum: maximum)
      lazy var expected = {
        var values = before.wide
        Reference.clipByGlobalNorm(gradients: &values, maximum: maximum)
        return values
      }()
      let unchanged = share == nil || (share ?? 0) > 1
      try trial.expect("gradients", gradients, within: unchanged ? .exact : .clipByGlobalNorm, equals: expected)
    }
  }
}
