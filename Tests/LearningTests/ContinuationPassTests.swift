import Compute
import Learning
import Sequences
import TestSupport
import Testing

/// A small model with every part a state can have, and a batch for it.
struct SmallContinuation {
  static let songCount = 23
  static let artists: [Int32] = (0..<23).map { $0 == 7 ? -1 : Int32($0 % 5) }

  var configuration: ModelConfiguration
  let table: VectorTable
  let batch: Batch
  let features: [Float]
  let asksEveryStep: Bool

  /// - Parameter asksEveryStep: for which the state must be `lstm`.
  init(
    state: [CatalogueConfiguration.StatePart] = CatalogueConfiguration.StatePart.allCases, layers: Int = 2,
    asksEveryStep: Bool = false
  ) {
    self.asksEveryStep = asksEveryStep
    configuration = ModelConfiguration(hiddenSize: 7, layers: layers)
    configuration.catalogue = CatalogueConfiguration(
      dimension: 8, songCount: Self.songCount, artistCount: 5, wordCount: 4, featureCount: 3, state: state)
    configuration.inputSize = 8
    let sources = RandomBatches(configuration: configuration)
    table = sources.table
    var random = Philox(seed: 5, purpose: .testData)
    features = (0..<Self.songCount * 3).map { _ in Float(random.normal()) }
    func rows(_ count: Int, from least: Int32) -> [Int32] {
      (0..<count).map { _ in least + Int32(random.below(Self.songCount)) }
    }
    let encoder = PackedLayout(lengths: [3, 5, 1])
    let decoder = PackedLayout(lengths: [2, 1, 4])
    var titles = EmbeddingBags()
    titles.append([1, 3], weight: 0.5)
    titles.append([], weight: 1)
    titles.append([0], weight: 1)
    var targets = CatalogueTargets()
    if asksEveryStep {
      for song in rows(encoder.tokenCount, from: 0) { targets.append([song], offsets: []) }
    } else {
      targets.append([2, 9, 20], offsets: [(row: 0, value: -.infinity), (row: 9, value: 0.5)])
      targets.append([1], offsets: [(row: 5, value: 0.3)])
      targets.append([4, 7], weight: 0.3, offsets: [])
    }
    var encoderRows = rows(encoder.tokenCount, from: 0)
    encoderRows[4] = -1
    batch = Batch(
      encoderLayout: encoder, encoderRows: encoderRows, decoderLayout: decoder,
      decoderRows: [-1, -1, -1] + rows(decoder.tokenCount - 3, from: 0), targetRows: rows(decoder.tokenCount, from: 0),
      lossDenominators: [7, 6, 5, 4, 3], continuation: Batch.Continuation(titles: titles, targets: targets))
  }

  var layout: ParameterLayout { ParameterLayout(configuration) }

  /// Values in which nothing is zero, so that no gradient is hidden by another's zero.
  var values: [Float] {
    var random = Philox(seed: 6, purpose: .testData)
    return Initialization.slab(layout, seed: 4).map { $0 + 0.2 * Float(random.normal()) }
  }

  func pass(
    _ model: Seq2Seq, rates: DropoutRates = DropoutRates(), decodes: Bool = true
  ) throws -> ContinuationPass {
    try ContinuationPass(
      model,
      songs: SongInputs(
        artists: Self.artists, artistCount: 5, features: model.backend.makeTensor(features), featureCount: 3,
        on: model.backend), rates: rates, seed: 3, asksEveryStep: asksEveryStep, decodes: decodes)
  }

  /// What the gradients of a parameter are the gradients of: the heads' losses for decoder and heads, which take all else
  /// as it is, and the catalogue's for everything else.
  func loss(_ sums: [Float], of name: String) -> Double {
    let terms = zip(sums, batch.lossDenominators).map { Double($0) / Double($1) }
    return name.hasPrefix("decoder") || name.hasPrefix("heads") ? terms[0..<4].reduce(0, +) : terms[4]
  }
}

struct ContinuationPassTests {
  static let models = [
    SmallContinuation(), SmallContinuation(state: [.lstm], asksEveryStep: true),
  ]

  @Test(
    "gradients are the slopes of the loss, for every parameter, with everything dropped that can be",
    arguments: models.indices)
  func gradients(model number: Int) throws {
    let small = Self.models[number]
    let backend = try CPUBackend()
    let model = try Seq2Seq(small.layout, values: small.values, backend: backend)
    let pass = try small.pass(model)
    let table = try DeviceTable(small.table, on: backend)
    let sums = try backend.makeTensor(count: 5)
    func loss(_ values: [Float], _ name: String) throws -> Double {
      try backend.write(values, to: model.parameters)
      try pass.forward(small.batch, of: table, lossSums: sums, step: 2)
      return small.loss(try backend.read(sums), of: name)
    }
    _ = try loss(small.values, "")
    try pass.backward()
    let gradients = try backend.read(pass.gradients)
    let largest = gradients.map(abs).max()!
    var random = Philox(seed: 8, purpose: .testData)
    for entry in small.layout.entries {
      let slope = small.layout.values(of: entry, in: gradients)
      // Along a random direction of this entry's parameters, so that one difference asks all of them.
      let direction = (0..<entry.count).map { _ in Float(random.normal()) }
      let expected = zip(slope, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      var ahead = small.values
      var behind = small.values
      let step: Float = 4e-3
      func moved(_ sign: Float, _ slab: inout [Float]) {
        let values = zip(small.layout.values(of: entry, in: slab), direction).map { $0 + sign * step * $1 }
        small.layout.put(values, of: entry, into: &slab)
      }
      moved(1, &ahead)
      moved(-1, &behind)
      let measured = try (loss(ahead, entry.name) - loss(behind, entry.name)) / Double(2 * step)
      #expect(
        abs(measured - expected) < 2e-3 * Double(largest) + 1e-2 * abs(expected),
        "\(entry.name): \(measured), \(expected)")
      let isReached = !small.asksEveryStep || entry.name != "words/embeddings"
      #expect((expected != 0) == isReached, "\(entry.name)")
    }
  }

  @Test("nothing is dropped in validation, and what is dropped in training hangs on the step alone")
  func dropping() throws {
    let small = SmallContinuation()
    let backend = try CPUBackend()
    let model = try Seq2Seq(small.layout, values: small.values, backend: backend)
    let table = try DeviceTable(small.table, on: backend)
    let sums = try backend.makeTensor(count: 5)
    func losses(_ pass: ContinuationPass, step: Int?) throws -> [Float] {
      try pass.forward(small.batch, of: table, lossSums: sums, step: step)
      return try backend.read(sums)
    }
    var none = DropoutRates()
    (none.song, none.input, none.hidden) = (0, 0, 0)
    let (dropping, whole) = (try small.pass(model), try small.pass(model, rates: none))
    #expect(try losses(dropping, step: nil) == losses(whole, step: nil))
    #expect(try losses(whole, step: 1) == losses(whole, step: nil))
    let first = try losses(dropping, step: 1)
    #expect(try first != losses(dropping, step: nil))
    #expect(try first != losses(dropping, step: 2))
    #expect(try first == losses(dropping, step: 1))
  }

  @Test("without decoder and heads all else learns the same, to the bit")
  func rankingAlone() throws {
    let small = SmallContinuation()
    let backend = try CPUBackend()
    let model = try Seq2Seq(small.layout, values: small.values, backend: backend)
    let table = try DeviceTable(small.table, on: backend)
    func run(decodes: Bool) throws -> (losses: [Float], gradients: [Float]) {
      let sums = try backend.makeTensor([9, 9, 9, 9, 9])
      let pass = try small.pass(model, decodes: decodes)
      try pass.forward(small.batch, of: table, lossSums: sums, step: 2)
      try pass.backward()
      return (try backend.read(sums), try backend.read(pass.gradients))
    }
    let (whole, ranking) = (try run(decodes: true), try run(decodes: false))
    #expect(ranking.losses == [0, 0, 0, 0, whole.losses[4]])
    for entry in small.layout.entries {
      let values = small.layout.values(of: entry, in: ranking.gradients)
      if entry.name.hasPrefix("decoder") || entry.name.hasPrefix("heads") {
        #expect(values.allSatisfy { $0 == 0 }, "\(entry.name)")
      } else {
        #expect(values == small.layout.values(of: entry, in: whole.gradients), "\(entry.name)")
      }
    }
  }

  @Test("losses and gradients through OpenCL are the CPU's", arguments: TestDevices.openCLDevices)
  func parity(device: TestDevice) throws {
    for small in Self.models { try parity(of: small, device) }
  }

  private func parity(of small: SmallContinuation, _ device: TestDevice) throws {
    func run(on backend: any Backend) throws -> (losses: [Float], gradients: [Float]) {
      let model = try Seq2Seq(small.layout, values: small.values, backend: backend)
      let pass = try small.pass(model)
      let sums = try backend.makeTensor(count: 5)
      try pass.forward(small.batch, of: DeviceTable(small.table, on: backend), lossSums: sums, step: 2)
      try pass.backward()
      return (try backend.read(sums), try backend.read(pass.gradients))
    }
    let (cpu, device) = (try run(on: CPUBackend()), try run(on: device.makeBackend()))
    for (one, other) in zip(cpu.losses, device.losses) { #expect(abs(one - other) < 1e-5 * abs(one)) }
    let scale = cpu.gradients.map(abs).max()!
    let worst = zip(cpu.gradients, device.gradients).map { abs($0 - $1) }.max()!
    #expect(worst < 1e-5 * scale, "off by \(worst) of \(scale)")
  }

  @Test("a state can be any of its parts", arguments: CatalogueConfiguration.StatePart.allCases)
  func parts(part: CatalogueConfiguration.StatePart) throws {
    let small = SmallContinuation(state: [part], layers: 1)
    let backend = try CPUBackend()
    let model = try Seq2Seq(small.layout, values: small.values, backend: backend)
    let pass = try small.pass(model)
    let sums = try backend.makeTensor(count: 5)
    try pass.forward(small.batch, of: DeviceTable(small.table, on: backend), lossSums: sums, step: 1)
    try pass.backward()
    let kernel = small.layout.values(
      of: small.layout.entry("state/\(part.rawValue)/kernel")!, in: try backend.read(pass.gradients))
    #expect(kernel.contains { $0 != 0 } && kernel.allSatisfy(\.isFinite))
    let others = Set(CatalogueConfiguration.StatePart.allCases).subtracting([part])
    #expect(others.allSatisfy { small.layout.entry("state/\($0.rawValue)/kernel") == nil })
  }
}
