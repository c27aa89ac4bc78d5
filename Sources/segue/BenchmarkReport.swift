import Benchmarks
import Compute
import FoundationEssentials

/// The result of a benchmark with what it was measured on, as `--json` prints it.
struct BenchmarkReport<Result: Encodable>: Encodable {
  let benchmark: String
  /// What was computed on, and the driver or library with its version.
  let device: String
  let driver: String
  let machine = Machine.current
  /// GFLOP/s of OpenBLAS on the same processor in the same run: the best that was measured.
  var openblasGflops: Double?
  /// The result's rate as a share of that.
  var openblasShare: Double?
  /// Without OpenBLAS's own matrices.
  var peakMemoryBytes = Machine.peakMemoryBytes
  let settings: [String: String]
  let result: Result

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// The result's own names stand beside the others, not below them.
  func encode(to encoder: any Encoder) throws {
    try result.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(benchmark, forKey: Key(stringValue: "benchmark"))
    try container.encode(device, forKey: Key(stringValue: "device"))
    try container.encode(driver, forKey: Key(stringValue: "driver"))
    try container.encode(machine, forKey: Key(stringValue: "machine"))
    try container.encodeIfPresent(openblasGflops, forKey: Key(stringValue: "openblasGflops"))
    try container.encodeIfPresent(openblasShare, forKey: Key(stringValue: "openblasShare"))
    try container.encodeIfPresent(peakMemoryBytes, forKey: Key(stringValue: "peakMemoryBytes"))
    try container.encode(settings, forKey: Key(stringValue: "settings"))
  }

  /// Prints the report: JSON, or the conditions, the `notes` and then `table`.
  func print(json: Bool, notes: [String] = [], table: [[String]]) throws {
    if json {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      Swift.print(String(decoding: try encoder.encode(self), as: UTF8.self))
      return
    }
    Swift.print("device     \(device)")
    Swift.print("driver     \(driver)")
    Swift.print("processor  \(machine.processor), \(machine.cores) cores, \(machine.system)")
    if let openblasGflops { Swift.print("OpenBLAS   \(decimal(openblasGflops, 0)) GFLOP/s at 2048 × 2048 × 2048") }
    if let peakMemoryBytes { Swift.print("memory     \(decimal(Double(peakMemoryBytes) / 0x1p20, 0)) MiB at most") }
    for note in notes { Swift.print(note) }
    Swift.print("")
    for line in aligned(table) { Swift.print(line) }
  }
}

/// A table as lines, its first row the names of the columns: words on the left, numbers on the right.
private func aligned(_ rows: [[String]]) -> [String] {
  let columns = rows[0].indices.map { column in rows.map { $0[column] } }
  let widths = columns.map { $0.map(\.count).max() ?? 0 }
  let isNumeric = columns.map { $0.dropFirst().allSatisfy { $0.isEmpty || $0.first!.isNumber } }
  return rows.map { row in
    let line = row.indices.map { padded(row[$0], widths[$0], left: isNumeric[$0]) }.joined(separator: "  ")
    return String(line.reversed().drop { $0 == " " }.reversed())
  }
}
