import Compute
import Learning
import Sequences
import TestSupport
import Testing

struct TrainerTests {
  static let layout = ParameterLayout(ModelConfiguration(hiddenSize: 7, layers: 2))
  static let source = RandomBatches(configuration: layout.configuration)
  static let held = RandomBatches(configuration: layout.configuration, batchCount: 2, seed: 12)

  struct Result: Equatable {
    /// Hash of the parameters' bits, so that a failure prints one number.
    var parameters: Int
    var losses: [[Double]]
    var validationLosses: [[Double]?]
    var outcome: Trainer.Outcome
  }

  /// Trains from the seed or from a checkpoint; `save` may look at each checkpoint.
  func train(
    _ settings: TrainingSettings, on backend: (any Backend)? = nil, from checkpoint: Checkpoint? = nil,
    validation: (any BatchSource)? = Self.held, shouldStop: () -> Bool = { false },
    save: (Checkpoint) throws -> Void = { _ in }
  ) throws -> Result {
    let values = checkpoint?.parameters ?? Initialization.slab(Self.layout, seed: 3)
    let model = try Seq2Seq(Self.layout, values: values, backend: backend ?? CPUBackend(threads: 2))
    let trainer = try Trainer(
      model: model, settings: settings, training: Self.source, validation: validation, checkpoint: checkpoint)
    var records: [EpochRecord] = []
    let outcome = try trainer.run(
      shouldStop: shouldStop, save: { try save($0.checkpoint(configuration: "{}")) },
      report: { if case .epoch(let record) = $0 { records.append(record) } })
    return Result(
      parameters: try model.backend.read(model.parameters).map(\.bitPattern).hashValue,
      losses: records.map(\.headLosses),
      validationLosses: records.map(\.validationHeadLosses), outcome: outcome)
  }

  func total(_ losses: [Double]) -> Double { losses.reduce(0, +) }

  func settings(epochs: Int) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = epochs
    settings.schedule = .cosine
    settings.clipNorm = 0.5
    return settings
  }

  @Test(
    "a run that goes on from any checkpoint ends with the same bits as one that was never stopped",
    arguments: TestDevices.all)
  func resume(device: TestDevice) throws {
    var settings = settings(epochs: 3)
    settings.checkpointEvery = 1
    let folder = try ScratchFolder()
    var paths: [String] = []
    let whole = try train(
      settings, on: device.makeBackend(),
      save: { checkpoint in
        paths.append("\(folder.path)/\(paths.count).safetensors")
        try checkpoint.write(to: paths.last!)
      })
    #expect(paths.count == 15)
    for path in paths {
      let checkpoint = try Checkpoint(path: path, layout: Self.layout, optimizer: .rmsprop)
      let rest = try train(settings, on: device.makeBackend(), from: checkpoint)
      #expect(rest.parameters == whole.parameters, "\(path)")
      #expect(rest.losses == Array(whole.losses.suffix(rest.losses.count)), "\(path)")
      #expect(rest.validationLosses == Array(whole.validationLosses.suffix(rest.losses.count)), "\(path)")
    }
  }

  @Test("one thread, two, and more than there are shards give the same bits", arguments: TestDevices.instructionSets)
  func threads(instructionSet: String) throws {
    // Tokens for five workers, gates for more than one panel.
    let layout = ParameterLayout(ModelConfiguration(hiddenSize: 40, layers: 2))
    let source = RandomBatches(configuration: layout.configuration, sequenceCount: 13, longest: 50)
    let results = try [1, 2, 5].map { threads in
      let backend = try CPUBackend(threads: threads, shards: 2, instructionSet: instructionSet)
      let model = try Seq2Seq(layout, values: Initialization.slab(layout, seed: 3), backend: backend)
      var losses: [[Double]] = []
      _ = try Trainer(model: model, settings: settings(epochs: 2), training: source, validation: nil, checkpoint: nil)
        .run(save: { _ in }, report: { if case .epoch(let record) = $0 { losses.append(record.headLosses) } })
      return (parameters: try backend.read(model.parameters).map(\.bitPattern).hashValue, losses: losses)
    }
    for result in results.dropFirst() {
      #expect(result.parameters == results[0].parameters)
      #expect(result.losses == results[0].losses)
    }
  }

  /// A work-group never comes, so all steps before the first reading are refused.
  @Test(
    "steps that a device refused are done again, and end at the parameters of a run without them",
    arguments: Devices.list().devices.filter { $0.exchange != .none })
  func refusedSteps(device: OpenCLDeviceDescription) throws {
    let source = RandomBatches(configuration: Self.layout16.configuration, sequenceCount: 5, longest: 6)
    let plain = try Self.train(on: device, .steps, source, validation: source)
    let groups = try #require(Recurrence(named: "groups:2"))
    let repeated = try Self.train(on: device, groups, source, validation: source, failing: true)
    #expect(repeated == plain)
  }

  /// The first work-groups that wait are those of the first validation.
  @Test(
    "a validation in which work-groups waited in vain is done again",
    arguments: Devices.list().devices.filter { $0.exchange != .none })
  func faultyValidation(device: OpenCLDeviceDescription) throws {
    let source = RandomBatches(configuration: Self.layout16.configuration, sequenceCount: 5, longest: 6)
    let held = RandomBatches(configuration: Self.layout16.configuration, seed: 12, sequenceCount: 9, longest: 6)
    let plain = try Self.train(on: device, .steps, source, validation: held)
    let groups = RecurrencePath.sequence(try #require(.resident(hiddenSize: 16, members: 2)))
    let recurrence = Recurrence { work in [work.batchSize > 8 ? groups : .steps] }
    #expect(try Self.train(on: device, recurrence, source, validation: held, failing: true) == plain)
  }

  private static let layout16 = ParameterLayout(ModelConfiguration(hiddenSize: 16))

  private struct Trained: Equatable {
    let parameters: [Float]
    var losses: [[Double]] = []
    var validationLosses: [[Double]?] = []
  }

  /// Two epochs.
  private static func train(
    on device: OpenCLDeviceDescription, _ recurrence: Recurrence, _ source: RandomBatches,
    validation: RandomBatches, failing: Bool = false
  ) throws -> Trained {
    let backend = try OpenCLBackend(device: device, parameters: .standard(for: device), recurrence: recurrence)
    if failing { backend.failNextWaits(patience: 1000) }
    let model = try Seq2Seq(layout16, values: Initialization.slab(layout16, seed: 3), backend: backend)
    var settings = TrainingSettings()
    settings.epochs = 2
    var records: [EpochRecord] = []
    _ = try Trainer(model: model, settings: settings, training: source, validation: validation)
      .run(report: { if case .epoch(let record) = $0 { records.append(record) } })
    #expect(!failing || backend.hasGivenUpWaiting)
    return Trained(
      parameters: try backend.read(model.parameters), losses: records.map(\.headLosses),
      validationLosses: records.map(\.validationHeadLosses))
  }

  @Test("an interruption saves after the step and reports it")
  func interruption() throws {
    var steps = 0
    var saved: Checkpoint?
    let result = try train(
      settings(epochs: 3),
      shouldStop: {
        steps += 1
        return steps == 8  // asked after each of five steps, after the epoch, and after two more steps
      }, save: { saved = $0 })
    #expect(result.outcome == .interrupted)
    #expect(saved?.progress.epoch == 2 && saved?.progress.batchesDone == 2)
    let rest = try train(settings(epochs: 3), from: saved)
    #expect(rest.parameters == (try train(settings(epochs: 3)).parameters))
  }

  @Test("training lowers the loss and keeps the parameters of the best validation")
  func learning() throws {
    var settings = TrainingSettings()
    settings.epochs = 30
    settings.learningRate = 0.01
    var best: [Float]?
    var bestLoss: Double?
    let result = try train(settings, save: { (best, bestLoss) = ($0.bestParameters, $0.progress.bestValidationLoss) })
    let (first, last) = (total(result.losses[0]), total(result.losses[29]))
    #expect(last < 0.95 * first)
    #expect(bestLoss == result.validationLosses.map { total($0!) }.min())

    // The best parameters give the best validation loss again.
    let backend = try CPUBackend()
    let pass = try Seq2SeqPass(try Seq2Seq(Self.layout, values: try #require(best), backend: backend))
    let table = try DeviceTable(Self.held.table, on: backend)
    var (sums, denominators) = ([Double](repeating: 0, count: 4), [Double](repeating: 0, count: 4))
    for index in 0..<Self.held.batchCount {
      let batch = Self.held.batch(epoch: 1, index: index)
      let tensor = try backend.makeTensor(count: 4)
      try pass.forward(batch, of: table, lossSums: tensor)
      for (head, value) in try backend.read(tensor).enumerated() {
        sums[head] += Double(value)
        denominators[head] += Double(batch.lossDenominators[head])
      }
    }
    #expect(total(zip(sums, denominators).map { $0 / $1 }) == bestLoss)
  }

  @Test("early stopping ends a run whose validation loss no longer falls, and a resumed one at the same place")
  func earlyStopping() throws {
    var settings = TrainingSettings()
    settings.epochs = 400
    settings.learningRate = 0.02
    settings.earlyStopping = 3
    var last: Checkpoint?
    let result = try train(settings, save: { last = $0 })
    #expect(result.outcome == Trainer.Outcome.stoppedEarly)
    let losses = result.validationLosses.map { total($0!) }
    #expect(losses.count < 400)
    #expect(losses.firstIndex(of: losses.min()!) == losses.count - 4)
    let again = try train(settings, from: last)
    #expect(again.outcome == Trainer.Outcome.stoppedEarly)
    #expect(again.losses.isEmpty)
  }

  @Test("a loss that is no longer finite stops the run with a remedy")
  func divergence() throws {
    var settings = TrainingSettings()
    settings.epochs = 3
    settings.learningRate = .infinity
    let error = #expect(throws: TrainingError.self) { try train(settings) }
    #expect(error!.description.contains("--learning-rate"))
  }

  @Test("two layers' gradients are the slopes of the loss")
  func gradients() throws {
    let values = Initialization.slab(Self.layout, seed: 5)
    let backend = try CPUBackend()
    let model = try Seq2Seq(Self.layout, values: values, backend: backend)
    let pass = try Seq2SeqPass(model)
    let batch = Self.source.batch(epoch: 1, index: 0)
    let table = try DeviceTable(Self.source.table, on: backend)
    let sums = try backend.makeTensor(count: 4)
    func loss(_ values: [Float]) throws -> Double {
      try backend.write(values, to: model.parameters)
      try pass.forward(batch, of: table, lossSums: sums)
      return total(zip(try backend.read(sums), batch.lossDenominators).map { Double($0) / Double($1) })
    }
    _ = try loss(values)
    try pass.backward()
    let gradient = try backend.read(pass.gradients)
    for entry in Self.layout.entries {
      // Along the entry's own gradient, so that the slope is its norm.
      let part = Self.layout.values(of: entry, in: gradient)
      let norm = total(part.map { Double($0) * Double($0) }).squareRoot()
      let step = 0.01
      var (up, down) = (values, values)
      let old = Self.layout.values(of: entry, in: values)
      Self.layout.put(zip(old, part).map { $0 + Float(step / norm) * $1 }, of: entry, into: &up)
      Self.layout.put(zip(old, part).map { $0 - Float(step / norm) * $1 }, of: entry, into: &down)
      let slope = (try loss(up) - loss(down)) / (2 * step)
      #expect(abs(slope - norm) < 0.01 * norm + 1e-4, "\(entry.name): \(slope), gradient \(norm)")
    }
  }
}
