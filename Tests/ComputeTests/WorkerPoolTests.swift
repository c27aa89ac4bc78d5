import Compute
import Foundation
import Synchronization
import TestSupport
import Testing

/// The CPU backend's threads, through what it lends of them to others.
@Suite struct WorkerPoolTests {
  @Test(arguments: [1, 2, 5, 33]) func `every part runs once, always on the same thread, however many parts there are`(
    threadCount: Int
  ) throws {
    let backend = try CPUBackend(threads: threadCount)
    let largest = 70
    let runs = Mutex([(count: Int, threads: Set<UInt>)](repeating: (0, []), count: largest))
    var expected = [Int](repeating: 0, count: largest)
    for round in 0..<600 {
      let count = round * 31 % (largest + 1)
      for part in 0..<count { expected[part] += 1 }
      backend.forEachOnHost(count) { part in
        let thread = UInt(pthread_self())
        runs.withLock {
          $0[part].count += 1
          $0[part].threads.insert(thread)
        }
      }
      if round % 100 == 0 { usleep(3000) }  // all helpers asleep
    }
    runs.withLock { runs in
      #expect(runs.map(\.count) == expected)
      #expect(runs.allSatisfy { $0.threads.count == 1 })
      #expect(runs.map { $0.threads.first! }[..<threadCount].reduce(into: Set()) { $0.insert($1) }.count == threadCount)
    }
  }

  /// In a process of its own, whose threads nobody else wakes.
  @Test func `an operation of two parts wakes one helper, not all`() async {
    await #expect(processExitsWith: .success) {
      func voluntarySwitches() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_nvcsw
      }
      let backend = try CPUBackend(threads: 64)
      usleep(50_000)
      let before = voluntarySwitches()
      for _ in 0..<50 {
        backend.forEachOnHost(2) { _ in }
        usleep(2000)  // until the helper sleeps again
      }
      let switches = voluntarySwitches() - before
      precondition(switches < 50 * 20, "\(switches) switches")
    }
  }

  @Test func `a part that uses the backend stops the program, whatever the number of threads`() async {
    await #expect(processExitsWith: .failure) {
      nonisolated(unsafe) let backend = try CPUBackend(threads: 1)
      backend.forEachOnHost(1) { _ in backend.forEachOnHost(1) { _ in } }
    }
    await #expect(processExitsWith: .failure) {
      nonisolated(unsafe) let backend = try CPUBackend(threads: 3)
      backend.forEachOnHost(3) { part in if part == 2 { backend.forEachOnHost(2) { _ in } } }
    }
  }

  @Test(arguments: TestDevices.instructionSets) func `OpenBLAS is named where it computes`(set: String) throws {
    #expect(try CPUBackend(instructionSet: set).device.driver.contains("OpenBLAS") == (set == "plain"))
  }
}
