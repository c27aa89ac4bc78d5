import Compute
import Sequences
import Testing

/// How a batch is dealt to groups of work-groups, and which path a batch takes.
struct SequenceScheduleTests {
  static let lengths: [[Int]] = [
    [5], [1, 1, 17, 1, 1], [1, 2, 3, 4, 5, 6], [245] + [Int](repeating: 3, count: 40), (1...67).map { $0 * 7 % 53 + 1 },
    [Int](repeating: 20, count: 33),
  ]

  @Test(arguments: lengths, [1, 2, 16])
  func `every row is dealt once, and a group's tiles stand in its line of the table`(
    lengths: [Int], groupLimit: Int
  ) {
    let schedule = SequenceSchedule(layout: PackedLayout(lengths: lengths), groupLimit: groupLimit, chunkRows: 4)
    #expect(schedule.tiles.flatMap { Array($0.rows) }.sorted() == Array(0..<lengths.count))
    #expect(schedule.groupCount <= groupLimit)
    #expect(schedule.tiles.allSatisfy { $0.rows.count <= schedule.tileRows })
    let rounds = schedule.rounds
    #expect(schedule.table.count == 2 * schedule.groupCount * rounds)
    for group in 0..<schedule.groupCount {
      let own = schedule.tiles.filter { $0.group == group }.flatMap {
        [UInt32($0.rows.lowerBound), UInt32($0.rows.upperBound)]
      }
      let line = schedule.table[2 * group * rounds..<2 * (group + 1) * rounds]
      #expect(Array(line.prefix(own.count)) == own)
      #expect(line.dropFirst(own.count).allSatisfy { $0 == .max })
    }
  }

  @Test func `one long sequence keeps one group busy while the other takes several tiles of short ones`() {
    let schedule = SequenceSchedule(
      layout: PackedLayout(lengths: [60] + [Int](repeating: 5, count: 23)), groupLimit: 2, chunkRows: 4)
    #expect(schedule.rounds > 1)
    #expect(schedule.tiles.filter { $0.group == schedule.tiles[0].group }.count == 1)
  }

  // MARK: Paths

  private func device(
    kind: OpenCLDeviceDescription.Kind = .gpu, units: Int = 132, exchange: Exchange = .ptx, local: Int = 48 << 10
  ) -> OpenCLDeviceDescription {
    OpenCLDeviceDescription(
      index: 0, kind: kind, name: "made up", computeUnits: units, clockMegahertz: 1700, sharesHostMemory: false,
      maximumWorkGroupSize: 1024, localMemoryBytes: local, exchange: exchange)
  }

  private func members(_ hiddenSize: Int, steps: Int = 245, on device: OpenCLDeviceDescription) -> Int? {
    let work = Recurrence.Work(hiddenSize: hiddenSize, batchSize: 32, stepCount: steps)
    guard case .sequence(let sequence) = RecurrencePath.expected(for: work, on: device) else { return nil }
    return sequence.members
  }

  @Test func `a GPU takes the smallest groups that hold the weights, everything else a launch for each step`() {
    #expect(members(256, on: device()) == 8)
    #expect(members(128, on: device()) == 2)
    #expect(members(64, on: device()) == 1)
    #expect(members(512, on: device()) == 32)
    #expect(members(1024, on: device()) == nil, "more than 32 members")
    #expect(members(255, on: device()) == nil, "units that cannot be dealt")
    #expect(members(256, steps: 3, on: device()) == nil, "too few steps")
    #expect(members(256, on: device(exchange: .none)) == nil, "nothing to wait with")
    #expect(members(64, on: device(exchange: .none)) == 1, "nobody waits")
    #expect(members(256, on: device(units: 4)) == nil, "eight would not run beside each other")
    #expect(members(256, on: device(local: 1 << 10)) == nil, "too little local memory")
    #expect(members(64, on: device(kind: .cpu)) == nil)
  }
}
