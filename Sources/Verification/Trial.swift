internal import Compute

/// One run of a case on one backend: makes the tensors, watches what must not change, compares results.
///
/// Every tensor is a slice of a larger buffer. The values around a read-only input are NaN, so that reading past it
/// spoils the result; those around an output are plain numbers, so that adding to them shows as well as writing.
final class Trial {
  let backend: any Backend
  /// False when only the bits of the results are wanted and the reference need not run.
  let compares: Bool
  /// Elements before each slice: 64 keeps slices aligned as far as their buffers are, an odd number does not.
  var margin = 64
  /// The results in the order in which they were read.
  private(set) var results: [[Float]] = []
  private(set) var failures: [String] = []
  private(set) var toleranceUsed = 0.0

  private struct Watched {
    let name: String
    let tensor: Tensor
    let contents: [Float]
  }
  private var watched: [Watched] = []

  /// What outputs and their surroundings hold before the operation: no result is near it, and small sums change it.
  static let sentinel: Float = 12345.678
  private static let trailingCount = 61

  init(backend: any Backend, compares: Bool) {
    self.backend = backend
    self.compares = compares
  }

  // MARK: Tensors

  /// A tensor that the operation may only read.
  /// - Parameter room: elements of the tensor beyond `values`, as in a buffer made for larger batches.
  func input(_ name: String, _ values: [Float], room: Int = 0) throws -> Tensor {
    let (buffer, contents) = try makeBuffer(around: values + [Float](repeating: .nan, count: room), guardedBy: .nan)
    watched.append(Watched(name: "input \(name)", tensor: buffer, contents: contents))
    return buffer[margin..<margin + values.count + room]
  }

  /// A tensor that the operation reads and overwrites.
  func inOut(_ name: String, _ values: [Float]) throws -> Tensor {
    let (buffer, contents) = try makeBuffer(around: values, guardedBy: Self.sentinel)
    let end = margin + values.count
    watchUnused("values before \(name)", buffer[0..<margin], contents: Array(contents[..<margin]))
    watchUnused("values after \(name)", buffer[end..<buffer.count], contents: Array(contents[end...]))
    return buffer[margin..<end]
  }

  /// A tensor that the operation overwrites without reading it.
  /// - Parameter room: elements of the tensor beyond `count`, which must stay.
  func output(_ name: String, count: Int, room: Int = 0) throws -> Tensor {
    let tensor = try inOut(name, [Float](repeating: Self.sentinel, count: count + room))
    let unused = [Float](repeating: Self.sentinel, count: room)
    watchUnused("unused end of \(name)", tensor[count..<count + room], contents: unused)
    return tensor
  }

  /// Fills `tensor`, the capacity of a trace, with sentinels and watches those from `usedCount` on.
  func spoil(_ name: String, _ tensor: Tensor, usedCount: Int) throws {
    try backend.fill(tensor, with: Self.sentinel)
    let unused = tensor[usedCount..<tensor.count]
    watchUnused("unused rows of \(name)", unused, contents: [Float](repeating: Self.sentinel, count: unused.count))
  }

  private func makeBuffer(around values: [Float], guardedBy value: Float) throws -> (Tensor, [Float]) {
    let contents =
      [Float](repeating: value, count: margin) + values + [Float](repeating: value, count: Self.trailingCount)
    return (try backend.makeTensor(contents), contents)
  }

  private func watchUnused(_ name: String, _ tensor: Tensor, contents: [Float]) {
    if tensor.count > 0 { watched.append(Watched(name: name, tensor: tensor, contents: contents)) }
  }

  // MARK: Checks

  /// Reads `tensor` and compares it with the reference, which runs only when needed.
  func expect(
    _ name: String, _ tensor: Tensor, within tolerance: Tolerance, equals expected: @autoclosure () -> [Double]
  ) throws {
    let actual = try backend.read(tensor)
    results.append(actual)
    guard compares else { return }
    let deviation = tolerance.deviation(of: actual, from: expected())
    toleranceUsed = max(toleranceUsed, deviation.toleranceUsed)
    if deviation.toleranceUsed > 1, let worst = deviation.worst {
      failures.append(
        "\(name)[\(worst.index)] of \(actual.count) is \(worst.actual), expected \(worst.expected): "
          + "\(deviation.toleranceUsed) times the tolerance")
    }
  }

  /// Notes a failure unless `condition` holds.
  func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { failures.append(message()) }
  }

  /// Checks that nothing changed that had to stay as it was. Called once, after the case.
  func checkUnchanged() throws {
    for item in watched {
      let contents = try backend.read(item.tensor)
      if let index = contents.indices.first(where: { contents[$0].bitPattern != item.contents[$0].bitPattern }) {
        failures.append("\(item.name) changed: [\(index)] of \(contents.count) became \(contents[index])")
      }
    }
    watched = []
  }
}
