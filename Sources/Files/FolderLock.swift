internal import Glibc

/// Keeps a second program out of a folder that is being written. Given back when the object or the process ends.
package final class FolderLock {
  private let descriptor: Int32

  /// - Throws: `OutputError` when another program holds the lock.
  package init(folder: String) throws {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw OutputError(call: "open", path: folder, code: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      guard code == EWOULDBLOCK else { throw OutputError(call: "flock", path: folder, code: code) }
      throw OutputError("\(folder): another run is writing into this folder. Wait for it or choose another folder.")
    }
  }

  deinit { close(descriptor) }
}
