internal import Glibc

/// A zeroed, 64-byte aligned run of floats in host memory.
final class HostStorage: TensorStorage {
  let pointer: UnsafeMutablePointer<Float>

  init(zeros count: Int) throws {
    var raw: UnsafeMutableRawPointer?
    let bytes = max(1, count) * MemoryLayout<Float>.stride
    guard posix_memalign(&raw, 64, bytes) == 0, let raw else {
      throw ComputeError(
        call: "posix_memalign", reason: "out of memory: \(bytes) bytes asked",
        remedy: "Use a smaller --batch-size or --hidden.")
    }
    pointer = raw.bindMemory(to: Float.self, capacity: max(1, count))
    memset(pointer, 0, bytes)
    super.init(count: count)
  }

  deinit { free(pointer) }
}

extension Tensor {
  /// The tensor's memory, for reading. The tensor must belong to the CPU backend.
  var host: UnsafePointer<Float> { UnsafePointer(hostStorage.pointer + offset) }

  /// The tensor's memory, for writing; what was derived from the old contents becomes stale.
  var mutableHost: UnsafeMutablePointer<Float> {
    hostStorage.version += 1
    return hostStorage.pointer + offset
  }

  private var hostStorage: HostStorage {
    guard let storage = storage as? HostStorage else { preconditionFailure("Tensor: belongs to another backend") }
    return storage
  }
}
