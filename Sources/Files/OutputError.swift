/// Something could not be written. What stood there before is unharmed.
package struct OutputError: Error, CustomStringConvertible {
  package let description: String

  /// - Parameters:
  ///   - call: the operation that failed, for example `write` or `rename`.
  ///   - path: the file or folder.
  ///   - code: `errno` after the call.
  package init(call: String, path: String, code: Int32) {
    let remedy =
      switch code {
      case ENOSPC, EDQUOT: "Free some space or choose another place."
      case EACCES, EPERM, EROFS: "Choose a place you may write to."
      case ENOENT, ENOTDIR: "Create the folder first or choose another."
      default: "Check the disk and the path."
      }
    description = "\(path): cannot be written (\(call): \(String(cString: strerror(code)))). \(remedy)"
  }

  package init(_ description: String) { self.description = description }
}

internal import Glibc
