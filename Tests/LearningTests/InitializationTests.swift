import Learning
import Testing

struct InitializationTests {
  let layout = ParameterLayout(ModelConfiguration(hiddenSize: 16, layers: 2))

  /// One block of rows that are made orthonormal together, exactly one, the first row of a second, and a part of a third.
  @Test(
    "recurrent kernels have orthonormal rows, kernels keep to Glorot's limit, forget biases are 1",
    arguments: [16, 32, 33, 70])
  func distributions(hiddenSize: Int) {
    let layout = ParameterLayout(ModelConfiguration(hiddenSize: hiddenSize, layers: 2))
    let slab = Initialization.slab(layout, seed: 1)
    for entry in layout.entries {
      let values = layout.values(of: entry, in: slab)
      if entry.name.hasSuffix("recurrent_kernel") {
        for a in 0..<entry.rows {
          for b in 0...a {
            var dot: Float = 0
            for k in 0..<entry.columns { dot += values[a * entry.columns + k] * values[b * entry.columns + k] }
            #expect(abs(dot - (a == b ? 1 : 0)) < 1e-5)
          }
        }
      } else if entry.name.hasSuffix("kernel") {
        let limit = (6 / Float(entry.rows + entry.columns)).squareRoot()
        #expect(values.allSatisfy { abs($0) <= limit } && values.contains { abs($0) > 0.9 * limit })
        #expect(abs(values.reduce(0, +)) / Float(values.count) < 0.2 * limit)
      } else if entry.name.hasPrefix("heads") {
        #expect(values.allSatisfy { $0 == 0 })
      } else {
        #expect(values.indices.allSatisfy { values[$0] == (hiddenSize..<2 * hiddenSize ~= $0 ? 1 : 0) })
      }
    }
  }

  @Test("a seed always draws the same weights, another seed others")
  func seeds() {
    #expect(Initialization.slab(layout, seed: 1) == Initialization.slab(layout, seed: 1))
    #expect(Initialization.slab(layout, seed: 1) != Initialization.slab(layout, seed: 2))
  }

  @Test("entries fill the slab without overlap")
  func entries() {
    var uses = [Int](repeating: 0, count: layout.count)
    for entry in layout.entries {
      for row in 0..<entry.rows {
        for column in 0..<entry.columns { uses[entry.offset + row * entry.rowStride + column] += 1 }
      }
    }
    #expect(uses.allSatisfy { $0 == 1 })
  }

  @Test(
    "schedules",
    arguments: [
      ("constant", 9, 0.5, 1), ("cosine", 1, 0, 1), ("cosine", 6, 0, 0.5), ("exponential:0.5", 4, 0.9, 0.125),
      ("step:3:0.1", 3, 0.9, 1), ("step:3:0.1", 4, 0, 0.1),
    ] as [(String, Int, Double, Double)])
  func schedules(text: String, epoch: Int, progress: Double, factor: Double) throws {
    let schedule = try #require(LearningRateSchedule(text))
    #expect(abs(schedule.factor(epoch: epoch, progress: progress, epochs: 10) - factor) < 1e-12)
  }

  @Test(
    "foreign schedules are refused",
    arguments: ["", "cosinus", "step:3", "step:0:0.5", "exponential:-1", "exponential:2"])
  func foreignSchedules(text: String) { #expect(LearningRateSchedule(text) == nil) }
}
