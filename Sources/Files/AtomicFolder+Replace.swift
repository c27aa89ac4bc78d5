internal import Glibc

extension AtomicFolder {
  /// Lets `body` fill a new folder beside a folder and puts it in the old one's place: exchanged in one step where the
  /// file system can do that, so that whoever opens the path finds the old folder whole or the new one. What `body` did
  /// not write is taken over from the old folder. Whoever has the old files open keeps them.
  /// - Throws: `OutputError`, or what `body` throws; the old folder is then as it was.
  package static func replace<Result>(
    _ folder: String, _ body: (_ temporary: String) throws -> Result
  ) throws -> Result {
    guard let real = realpath(folder, nil) else { throw OutputError(call: "realpath", path: folder, code: errno) }
    let path = String(cString: real)
    free(real)
    let temporary = "\(path).\(getpid()).tmp"
    guard mkdir(temporary, 0o755) == 0 else { throw OutputError(call: "mkdir", path: folder, code: errno) }
    do {
      let result = try body(temporary)
      try takeOver(from: path, to: temporary)
      try exchange(temporary, with: path)
      removeAll(temporary)
      return result
    } catch {
      removeAll(temporary)
      guard let error = error as? OutputError else { throw error }
      throw OutputError(error.description.replacing(temporary, with: folder))
    }
  }

  private static func exchange(_ temporary: String, with path: String) throws {
    if let renameat2 {
      let renameExchange: UInt32 = 2
      if renameat2(AT_FDCWD, temporary, AT_FDCWD, path, renameExchange) == 0 { return }
      guard errno == EINVAL || errno == ENOSYS else { throw OutputError(call: "rename", path: path, code: errno) }
    }
    // A file system that cannot exchange: for a moment there is only the old folder, under another name.
    let aside = "\(path).\(getpid()).old"
    guard rename(path, aside) == 0 else { throw OutputError(call: "rename", path: path, code: errno) }
    guard rename(temporary, path) == 0 else {
      let code = errno
      rename(aside, path)
      throw OutputError(call: "rename", path: path, code: code)
    }
    rename(aside, temporary)
  }

  private typealias RenameAt2 =
    @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32

  /// The C library's, whose header Swift does not see; nil in one that lacks it.
  private static var renameat2: RenameAt2? {
    dlsym(nil, "renameat2").map { unsafeBitCast($0, to: RenameAt2.self) }
  }

  /// Links every file that the new folder lacks, or copies it where there are no links.
  private static func takeOver(from old: String, to new: String) throws {
    for name in names(in: old) ?? [] {
      let (source, target) = ("\(old)/\(name)", "\(new)/\(name)")
      var status = stat()
      guard lstat(source, &status) == 0, lstat(target, &status) != 0 || status.st_mode & S_IFMT == S_IFDIR else {
        continue
      }
      if names(in: source) != nil {
        guard mkdir(target, 0o755) == 0 || errno == EEXIST else {
          throw OutputError(call: "mkdir", path: target, code: errno)
        }
        try takeOver(from: source, to: target)
      } else if linkat(AT_FDCWD, source, AT_FDCWD, target, 0) != 0 {
        let file = try MappedFile(path: source)
        try withExtendedLifetime(file) { try AtomicFile.write(file.bytes, to: target) }
      }
    }
  }

  /// Removes a folder with all that is in it.
  private static func removeAll(_ path: String) {
    for name in names(in: path) ?? [] {
      let inner = "\(path)/\(name)"
      if unlink(inner) != 0 { removeAll(inner) }
    }
    rmdir(path)
  }
}
