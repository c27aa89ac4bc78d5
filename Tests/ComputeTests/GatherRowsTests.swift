import Compute
import Testing

struct GatherRowsTests {
  @Test("a row beyond the table, before it, or a result too small stops the program")
  func programmersMistakes() async {
    await #expect(processExitsWith: .failure) { try gather([0, 4, 1]) }
    await #expect(processExitsWith: .failure) { try gather([0, -2, 1]) }
    await #expect(processExitsWith: .failure) { try gather([0, 1, 2, 3]) }
    await #expect(processExitsWith: .success) { try gather([3, -1, 0]) }
  }
}

/// Out of four rows of two, into room for three.
private func gather(_ rows: [Int32]) throws {
  let backend = try CPUBackend(threads: 1)
  try backend.gatherRows(
    rows, of: backend.makeTensor(count: 8), width: 2, absent: 0, into: backend.makeTensor(count: 6))
}
