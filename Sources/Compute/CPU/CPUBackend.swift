internal import CMicroKernels
internal import Glibc
internal import Sequences

/// The engine on the CPU: OpenBLAS for the large products, our own vector kernels inside the time loop.
///
/// A batch is cut into a fixed number of shards: rows r, r + shards, r + 2·shards, … of the packed order for the time
/// loop, equal runs of tokens for everything else. A worker takes a shard through all time steps without meeting another;
/// gradient shards are summed in order. Results depend on the number of shards, never on the number of threads.
package final class CPUBackend: Backend {
  package let device: Device
  /// Parts that a batch is cut into.
  package let shardCount: Int
  let pool: WorkerPool
  let kernels: UnsafePointer<SegueKernels>
  var packedWeights = PackedWeights()
  var scratch: [Scratch: HostStorage] = [:]

  /// Named workspaces that grow to the largest size asked for.
  enum Scratch: Hashable {
    case initialCells, carriedHidden, carriedCell, gradientShards
  }

  /// - Parameters:
  ///   - threads: worker threads; nil for one per processor, no more than shards.
  ///   - shards: gradient shards, part of the run's configuration.
  ///   - instructionSet: `avx512`, `avx2` or `plain`; nil for the best there is.
  /// - Throws: `ComputeError` when the processor lacks `instructionSet`.
  package init(threads: Int? = nil, shards: Int = 2, instructionSet: String? = nil) throws {
    precondition(shards > 0, "CPUBackend: shards must be at least 1, got \(shards)")
    let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    if let instructionSet {
      guard let kernels = segueKernelsNamed(instructionSet) else {
        throw ComputeError(call: "CPUBackend", reason: "this processor does not run \(instructionSet) kernels")
      }
      self.kernels = kernels
    } else {
      kernels = segueKernels()
    }
    shardCount = shards
    pool = WorkerPool(threadCount: min(threads ?? max(1, processors), shards))
    device = Device(
      kind: .cpu, name: "CPU (\(String(cString: kernels.pointee.name)))",
      driver: BLAS.configured)
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

  package func synchronize() throws {}

  package func forEachOnHost(_ count: Int, _ body: (Int) -> Void) { pool.run(count, body) }

  /// Workspace of at least `count` floats, contents arbitrary.
  func workspace(_ name: Scratch, count: Int) throws -> UnsafeMutablePointer<Float> {
    if let storage = scratch[name], storage.count >= count { return storage.pointer }
    let storage = try HostStorage(zeros: count)
    scratch[name] = storage
    return storage.pointer
  }

  /// The tokens of shard `shard` when `count` tokens are cut into equal runs.
  func tokens(of shard: Int, count: Int) -> Range<Int> {
    shard * count / shardCount..<(shard + 1) * count / shardCount
  }

  /// out (m × n) ← Σ over tokens of leftᵀ · right, shard by shard, then summed in order.
  /// - Parameters:
  ///   - left: (tokenCount, m) with row distance `leftStride`
  ///   - right: (tokenCount, n)
  func multiplyOverTokens(
    _ tokenCount: Int, left: UnsafePointer<Float>, leftStride: Int, m: Int, right: UnsafePointer<Float>, n: Int,
    into out: UnsafeMutablePointer<Float>
  ) throws {
    let partial = try workspace(.gradientShards, count: (shardCount - 1) * m * n)
    pool.run(shardCount) { shard in
      let range = tokens(of: shard, count: tokenCount)
      BLAS.multiply(
        m, n, range.count, left + range.lowerBound * leftStride, lda: leftStride, transposeA: true,
        right + range.lowerBound * n, ldb: n, into: shard == 0 ? out : partial + (shard - 1) * m * n, ldc: n)
    }
    pool.run(shardCount) { part in
      let elements = tokens(of: part, count: m * n)
      for shard in 0..<shardCount - 1 {
        for element in elements { out[element] += partial[shard * m * n + element] }
      }
    }
  }
}
