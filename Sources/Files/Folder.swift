internal import Glibc

package enum Folder {
  /// Makes a folder and those above it; one that is there already is fine.
  /// - Throws: `OutputError` naming the folder that could not be made.
  package static func make(_ path: String) throws {
    var ends = path.indices.filter { path[$0] == "/" && $0 != path.startIndex }
    ends.append(path.endIndex)
    for end in ends {
      let folder = String(path[..<end])
      guard mkdir(folder, 0o755) != 0 else { continue }
      let code = errno
      if isFolder(folder) { continue }
      throw OutputError(call: "mkdir", path: folder, code: code == EEXIST ? ENOTDIR : code)
    }
  }

  /// The same, and throws when no file can be made in it: what a long computation asks before it begins.
  package static func makeWritable(_ path: String) throws {
    try make(path)
    let probe = "\(path)/.\(getpid()).tmp"
    let descriptor = open(probe, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw OutputError(call: "open", path: path, code: errno) }
    close(descriptor)
    unlink(probe)
  }

  /// Paths of the files in a folder and in those below it, hidden ones left out.
  /// - Throws: `InputError` when one cannot be read, or lies more than 16 deep.
  package static func files(below path: String, depth: Int = 0) throws -> [String] {
    guard depth <= 16 else {
      throw InputError(path: path, reason: "lies too deep", remedy: "Do links lead in a circle?")
    }
    guard let names = AtomicFolder.names(in: path) else {
      throw InputError(path: path, reason: "the folder cannot be read", remedy: "Check its permissions.")
    }
    return try names.filter { !$0.hasPrefix(".") }.flatMap { name in
      let child = "\(path)/\(name)"
      return isFolder(child) ? try files(below: child, depth: depth + 1) : [child]
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
