import Compute
import Sequences
import Testing
import Verification

extension ReferenceTests {
  @Test(arguments: [DenseParameters.Activation.linear, .relu])
  func `a dense layer's gradients are those of finite differences`(activation: DenseParameters.Activation) {
    let (rows, inner, width) = (5, 3, 4)
    var random = Philox(seed: 6, purpose: .testData)
    let inputs = values(rows * inner, &random)
    let kernel = values(inner * width, &random)
    let bias = values(width, &random)
    let outputGradient = values(rows * width, &random)
    func outputs(_ x: [Double], _ k: [Double], _ b: [Double]) -> [Double] {
      Reference.denseForward(inputs: x, rowCount: rows, kernel: k, bias: b, activation: activation)
    }
    func loss(_ x: [Double], _ k: [Double], _ b: [Double]) -> Double { dot(outputs(x, k, b), outputGradient) }
    let forward = outputs(inputs, kernel, bias)
    #expect(forward.contains { $0 == 0 } == (activation == .relu) && forward.contains { $0 > 0 })
    #expect(forward.contains { $0 < 0 } == (activation == .linear))
    let gradients = Reference.denseBackward(
      inputs: inputs, outputs: forward, outputGradient: outputGradient, rowCount: rows, kernel: kernel,
      outputSize: width, activation: activation)
    expectGradient(gradients.inputs, at: inputs) { loss($0, kernel, bias) }
    expectGradient(gradients.kernel, at: kernel) { loss(inputs, $0, bias) }
    expectGradient(gradients.bias, at: bias) { loss(inputs, kernel, $0) }
    // The first row's sums, moved before the activation.
    expectGradient(Array(gradients.preActivations[..<width]), at: [Double](repeating: 0, count: width)) { moved in
      let sums = (0..<width).map { output in
        bias[output] + moved[output] + (0..<inner).reduce(0) { $0 + inputs[$1] * kernel[$1 * width + output] }
      }
      return dot(activation == .relu ? sums.map { max(0, $0) } : sums, Array(outputGradient[..<width]))
    }
  }

  /// The docstring of `DropoutMask`, by blocks instead of by the stream's numbers.
  @Test func `dropout leaves out the places whose words are small and divides the others`() {
    let mask = DropoutMask(rate: 0.25, seed: 0xFEDC_BA98_7654_3210, step: 70_000, layer: 5)
    let values = (0..<4001).map { Double($0) + 1 }
    let result = Reference.dropout(values, mask: mask)
    let wrong = result.indices.filter { place in
      let block = Philox.block(
        counter: (UInt32(place / 4), 0, 70_000, Philox.Purpose.dropout.rawValue << 24 | 5),
        key: (0x7654_3210, 0xFEDC_BA98))
      let word = [block.0, block.1, block.2, block.3][place % 4]
      return result[place] != (word < 1 << 30 ? 0 : values[place] / 0.75)
    }
    #expect(wrong == [])
    #expect(abs(Double(result.count { $0 == 0 }) / 4001 - 0.25) < 0.02)
  }

  @Test func `steps, layers and seeds drop other places, and a rate of 0 drops none`() {
    func dropped(seed: UInt64 = 1, step: Int = 1, layer: Int = 1, rate: Float = 0.5) -> [Bool] {
      Reference.dropped(count: 64, DropoutMask(rate: rate, seed: seed, step: step, layer: layer))
    }
    #expect(Set([dropped(), dropped(seed: 2), dropped(step: 2), dropped(layer: 2)]).count == 4)
    #expect(dropped() == dropped())
    #expect(!dropped(rate: 0).contains(true))
  }

  @Test func `adding adds a multiple`() {
    #expect(Reference.add([1, -2], times: 0.5, to: [10, 20]) == [10.5, 19])
  }

  @Test func `AdamW moves one weight as the formula says`() {
    // m = ½·2 + ½·3 = 2.5, divided by 1 − ½² = 0.75; v = ¾·4 + ¼·9 = 5.25, divided by 1 − (¾)² = 0.4375: 12;
    // w = 1 − 0.5·0.25 − 0.5·(10/3) / (√12 + 0.25)
    var (w, m, v) = ([1.0], [2.0], [4.0])
    let settings = AdamW(learningRate: 0.5, beta1: 0.5, beta2: 0.75, epsilon: 0.25, weightDecay: 0.25, step: 2)
    Reference.adamwUpdate(
      parameters: &w, gradients: [3], firstMoments: &m, secondMoments: &v, settings: settings)
    #expect(m == [2.5] && v == [5.25])
    #expect(abs(w[0] - (0.875 - 0.5 * (10.0 / 3) / (12.0.squareRoot() + 0.25))) < 1e-15)
  }

  @Test(arguments: [nil, Float(0.5)]) func `song vectors' gradients are those of finite differences`(rate: Float?) {
    let (width, artistCount, featureCount) = (3, 3, 2)
    var random = Philox(seed: 7, purpose: .testData)
    let artistOfSong: [Int32] = [2, -1, 0, 2, 2, -1, 0]  // the second artist has no song
    let songs = Reference.Songs(
      artists: artistOfSong, artistCount: artistCount, features: values(artistOfSong.count * featureCount, &random),
      featureCount: featureCount)
    let mask = rate.map { DropoutMask(rate: $0, seed: 3, step: 1, layer: 0) }
    let parameters = Reference.SongVectorArrays(
      embeddings: values(artistOfSong.count * width, &random), artists: values(artistCount * width, &random),
      featureKernel: values(featureCount * width, &random))
    let vectorGradient = values(artistOfSong.count * width, &random)
    func loss(_ changed: Reference.SongVectorArrays) -> Double {
      dot(
        Reference.songVectorsForward(parameters: changed, width: width, songs: songs, dropping: mask), vectorGradient)
    }
    func expectGradient(
      _ gradient: [Double], of array: WritableKeyPath<Reference.SongVectorArrays, [Double]>
    ) {
      self.expectGradient(gradient, at: parameters[keyPath: array]) {
        var changed = parameters
        changed[keyPath: array] = $0
        return loss(changed)
      }
    }
    let gradients = Reference.songVectorsBackward(
      vectorGradient: vectorGradient, width: width, songs: songs, dropping: mask)
    expectGradient(gradients.embeddings, of: \.embeddings)
    expectGradient(gradients.artists, of: \.artists)
    expectGradient(gradients.featureKernel, of: \.featureKernel)
    let dropped = mask.map { Reference.dropped(count: artistOfSong.count, $0) } ?? []
    #expect(dropped.contains(true) == (rate != nil) && (rate == nil || dropped.contains(false)))
    #expect(gradients.artists[width..<2 * width].allSatisfy { $0 == 0 })
  }

  @Test func `a song's vector is the sum of its own embedding, its artist's and its numbers' share`() {
    let songs = Reference.Songs(artists: [1, -1, 0], artistCount: 2, features: [2, 3, 4], featureCount: 1)
    let parameters = Reference.SongVectorArrays(
      embeddings: [1, 10, 20], artists: [100, 200], featureKernel: [1000])
    let vectors = Reference.songVectorsForward(parameters: parameters, width: 1, songs: songs, dropping: nil)
    #expect(vectors == [2201, 3010, 4120])
  }
}
