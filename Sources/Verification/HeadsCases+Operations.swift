internal import Compute

extension OperationCase {
  static func headsForward(_ scenario: HeadsScenario) -> OperationCase {
    headsCase("headsForward", scenario) { trial, data, parameters in
      let predictions = try trial.output("predictions", count: data.targets.count, room: scenario.room)
      try trial.backend.headsForward(
        hidden: try trial.input("hidden", data.hidden, room: scenario.room), tokenCount: scenario.tokenCount,
        parameters: parameters,
        predictions: predictions)
      try trial.expect(
        "predictions", predictions[0..<data.targets.count], within: scenario.tolerance.predictions,
        equals: Reference.headsForward(
          hidden: data.hidden.wide, tokenCount: scenario.tokenCount, heads: scenario.heads, kernel: data.kernel.wide,
          bias: data.bias.wide))
    }
  }

  static func headsLoss(_ scenario: HeadsScenario) -> OperationCase {
    headsCase("headsLoss", scenario) { trial, data, parameters in
      let lossSums = try trial.output("lossSums", count: scenario.heads.count)
      let logitGradients = try trial.output("logitGradients", count: data.targets.count, room: scenario.room)
      try trial.backend.headsLoss(
        hidden: try trial.input("hidden", data.hidden, room: scenario.room), tokenCount: scenario.tokenCount,
        parameters: parameters,
        targets: HeadTargets(
          values: try trial.input("targets", data.targets, room: scenario.room),
          regressionWeights: try data.regressionWeights.map {
            try trial.input("regressionWeights", $0, room: scenario.room)
          },
          denominators: data.denominators), lossSums: lossSums, logitGradients: logitGradients)
      lazy var expected = Reference.headsLoss(
        hidden: data.hidden.wide, tokenCount: scenario.tokenCount, heads: scenario.heads, kernel: data.kernel.wide,
        bias: data.bias.wide, targets: data.targets.wide, regressionWeights: data.regressionWeights?.wide,
        denominators: data.denominators.wide)
      try trial.expect("lossSums", lossSums, within: .lossSums, equals: expected.lossSums)
      try trial.expect(
        "logitGradients", logitGradients[0..<data.targets.count], within: scenario.tolerance.logitGradients,
        equals: expected.logitGradients)
    }
  }

  static func headsBackward(_ scenario: HeadsScenario) -> OperationCase {
    headsCase("headsBackward", scenario) { trial, data, parameters in
      let gradients = HeadsParameters(
        heads: scenario.heads, kernel: try trial.output("kernel gradient", count: data.kernel.count),
        bias: try trial.output("bias gradient", count: data.bias.count))
      let hiddenGradient = try trial.output("hiddenGradient", count: data.hidden.count, room: scenario.room)
      try trial.backend.headsBackward(
        hidden: try trial.input("hidden", data.hidden, room: scenario.room),
        logitGradients: try trial.input("logitGradients", data.logitGradients, room: scenario.room),
        tokenCount: scenario.tokenCount,
        parameters: parameters, gradients: gradients, hiddenGradient: hiddenGradient)
      lazy var expected = Reference.headsBackward(
        hidden: data.hidden.wide, logitGradients: data.logitGradients.wide, tokenCount: scenario.tokenCount,
        kernel: data.kernel.wide, outputCount: data.bias.count)
      try trial.expect("kernel gradient", gradients.kernel, within: .headsBackward, equals: expected.kernel)
      try trial.expect("bias gradient", gradients.bias, within: .headsBackward, equals: expected.bias)
      try trial.expect(
        "hiddenGradient", hiddenGradient[0..<data.hidden.count], within: .headsBackward, equals: expected.hidden)
    }
  }

  private static func headsCase(
    _ operation: String, _ scenario: HeadsScenario,
    body: @escaping @Sendable (Trial, HeadsData, HeadsParameters) throws -> Void
  ) -> OperationCase {
    OperationCase(operation: operation, label: scenario.label, isSmall: scenario.cost <= smallCost / 2) { trial in
      trial.margin = scenario.margin
      let data = HeadsData(scenario)
      let parameters = HeadsParameters(
        heads: scenario.heads, kernel: try trial.input("kernel", data.kernel),
        bias: try trial.input("bias", data.bias))
      try body(trial, data, parameters)
    }
  }
}
