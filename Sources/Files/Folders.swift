internal import Glibc

/// Makes a folder and those above it.
/// - Throws: `OutputError`.
package func makeFolder(_ path: String) throws {
  if mkdir(path, 0o755) == 0 { return }
  switch errno {
  case EEXIST:
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw OutputError(call: "mkdir", path: path, code: ENOTDIR)
    }
  case ENOENT:
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw OutputError(call: "mkdir", path: path, code: ENOENT)
    }
    try makeFolder(String(path[..<slash]))
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw OutputError(call: "mkdir", path: path, code: errno) }
  default: throw OutputError(call: "mkdir", path: path, code: errno)
  }
}
