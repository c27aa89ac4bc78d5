internal import Glibc

/// Makes whole folders so that a reader or a crash meets nothing or everything.
package enum AtomicFolder {
  /// Lets `body` fill a temporary folder beside `path` and renames it when that went well.
  /// - Parameter path: must not exist, or be an empty folder.
  /// - Throws: `OutputError`, or what `body` throws; the temporary folder is removed.
  package static func write<Result>(to path: String, _ body: (_ temporary: String) throws -> Result) throws -> Result {
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    try check(path)
    removeLeftovers(of: path)
    let temporary = "\(path).\(getpid()).tmp"
    guard mkdir(temporary, 0o755) == 0 else { throw OutputError(call: "mkdir", path: path, code: errno) }
    do {
      let result = try body(temporary)
      guard rename(temporary, path) == 0 else { throw OutputError(call: "rename", path: path, code: errno) }
      return result
    } catch {
      remove(folder: temporary)
      guard let error = error as? OutputError else { throw error }
      throw OutputError(error.description.replacing(temporary, with: path))  // the name that the user gave
    }
  }

  /// Removes temporary folders of this path that processes which are no more have left behind.
  private static func removeLeftovers(of path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let parent = parts.count > 1 ? parts.dropLast().joined(separator: "/") + "/" : "./"
    let prefix = "\(parts.last!)."
    for name in names(in: parent) ?? [] where name.hasPrefix(prefix) && name.hasSuffix(".tmp") {
      guard let owner = Int32(name.dropFirst(prefix.count).dropLast(".tmp".count)), owner > 0 else { continue }
      if kill(owner, 0) != 0 && errno == ESRCH { remove(folder: parent + name) }
    }
  }

  /// Throws unless a folder could be made at `path`: what a long computation asks before it begins.
  package static func check(_ path: String) throws {
    guard let names = names(in: path) else {
      if errno == ENOENT { return }
      throw OutputError(call: "opendir", path: path, code: errno)
    }
    guard names.isEmpty else {
      throw OutputError("\(path): is there already and not empty. Choose another folder or remove this one.")
    }
  }

  /// Names in a folder, without `.` and `..`; nil, with `errno` set, when it cannot be read.
  static func names(in folder: String) -> [String]? {
    guard let stream = opendir(folder) else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// Removes a folder with all that is in it.
  private static func remove(folder: String) {
    for name in names(in: folder) ?? [] where unlink("\(folder)/\(name)") != 0 { remove(folder: "\(folder)/\(name)") }
    rmdir(folder)
  }
}
