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

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
