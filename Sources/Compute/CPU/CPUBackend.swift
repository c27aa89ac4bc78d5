internal import CMicroKernels
internal import Sequences

/// The engine on the CPU: our own vector kernels, and OpenBLAS for the products outside the time loop where there is only
/// the plain set (SSE2, NEON), whose own are slower.
///
/// A worker takes its rows of the batch through all time steps without meeting another. Sums over tokens (gradients of
/// weights, losses) are formed in a fixed number of shards, equal runs of tokens, and added in order. So results depend
/// on the number of shards, never on the number of threads.
package final class CPUBackend: Backend {
  package let device: Device
  /// Runs of tokens over which sums are formed apart.
  package let shardCount: Int
  let pool: WorkerPool
  let kernels: UnsafePointer<SegueKernels>
  var packedWeights = PackedWeights()
  var scratch: [Scratch: HostStorage] = [:]

  /// Named workspaces that grow to the largest size asked for.
  enum Scratch: Hashable {
    case initialCells, carriedHidden, carriedCell, gradientShards, transposedProducts, keptSongs
    case catalogueScores, catalogueSums, attentionScores
  }

  /// - Parameters:
  ///   - threads: worker threads; nil for one per processor that the process may run on.
  ///   - shards: gradient shards, part of the run's configuration.
  ///   - instructionSet: `avx512`, `avx2` or `plain`; nil for the best there is.
  /// - Throws: `ComputeError` when the processor lacks `instructionSet` or the system refuses so many threads.
  package init(threads: Int? = nil, shards: Int = 2, instructionSet: String? = nil) throws {
    precondition(shards > 0, "CPUBackend: shards must be at least 1, got \(shards)")
    if let instructionSet {
      guard let kernels = segueKernelsNamed(instructionSet) else {
        throw ComputeError(call: "CPUBackend", reason: "this processor does not run \(instructionSet) kernels")
      }
      self.kernels = kernels
    } else {
      kernels = segueKernels()
    }
    shardCount = shards
    pool = try WorkerPool(threadCount: threads ?? Processors.count)
    device = Device(
      kind: .cpu, name: "CPU (\(String(cString: kernels.pointee.name)))",
      driver: kernels.pointee.leavesProductsToBLAS ? BLAS.configured : "own vector kernels")
  }

  package func makeTensor(count: Int) throws -> Tensor {
    Tensor(storage: try HostStorage(zeros: count), count: count)
  }

  package func write(_ values: UnsafeBufferPointer<Float>, to tensor: Tensor) throws {
    precondition(values.count <= tensor.count, "write: \(values.count) values into a tensor of \(tensor.count)")
    if let start = values.baseAddress { tensor.mutableHost.update(from: start, count: values.count) }
  }

  package func read(_ tensor: Tensor, into values: UnsafeMutableBufferPointer<Float>) throws {
    precondition(values.count <= tensor.count, "read: \(values.count) values from a tensor of \(tensor.count)")
    if let start = values.baseAddress { start.update(from: tensor.host, count: values.count) }
  }

  package func fill(_ tensor: Tensor, with value: Float) throws {
    tensor.mutableHost.update(repeating: value, count: tensor.count)
  }

  package func gatherRows(_ rows: [Int32], of table: Tensor, width: Int, absent: Float, into result: Tensor) throws {
    requireGather(rows, of: table, width: width, into: result)
    let (source, target) = (table.host, result.mutableHost)
    rows.withUnsafeBufferPointer { rows in
      forEachRun(of: rows.count, parts: workers(forTokens: rows.count)) { _, range in
        for index in range {
          let (row, to) = (Int(rows[index]), target + index * width)
          if row < 0 {
            to.update(repeating: absent, count: width)
          } else {
            to.update(from: source + row * width, count: width)
          }
        }
      }
    }
  }

  package func synchronize() throws {}

  package func forEachOnHost(_ count: Int, _ body: @Sendable (Int) -> Void) { pool.run(count, body) }

  /// Workspace of at least `count` floats, contents arbitrary.
  func workspace(_ name: Scratch, count: Int) throws -> UnsafeMutablePointer<Float> {
    if let storage = scratch[name], storage.count >= count { return storage.pointer }
    let storage = try HostStorage(zeros: count)
    scratch[name] = storage
    return storage.pointer
  }

  /// The packed form of a tensor for the vector kernels.
  func panels(_ form: PackedWeights.Form, of tensor: Tensor) throws -> UnsafePointer<Float> {
    try packedWeights.panels(form, of: tensor, kernels: kernels, pool: pool)
  }

  /// Runs `body` for each part of `count` items cut into equal runs.
  func forEachRun(of count: Int, parts: Int, _ body: (_ part: Int, _ items: Range<Int>) -> Void) {
    pool.run(parts) { part in body(part, run(part, of: parts, in: count)) }
  }

  /// One of `parts` equal runs of `count` items.
  func run(_ part: Int, of parts: Int, in count: Int) -> Range<Int> {
    part * count / parts..<(part + 1) * count / parts
  }

  /// How many workers `count` tokens are worth waking.
  func workers(forTokens count: Int) -> Int { min(pool.threadCount, (count + 31) / 32) }

  /// How many workers `count` single numbers are worth waking.
  func workers(forNumbers count: Int) -> Int { min(pool.threadCount, (count + 8191) / 8192) }
}
