internal import Files
internal import Glibc
internal import Music

/// A file that an import reads: one of the file system, or a member of a zip archive.
struct SourceFile {
  /// For messages: the path, or `ARCHIVE.zip/MEMBER`.
  let name: String
  private let place: Place

  private enum Place {
    case file(isRegular: Bool)
    case member(archive: String, number: Int)
    /// An archive that cannot be read.
    case broken(InputError)
  }

  /// One that cannot be opened again.
  init(inMemory name: String) { (self.name, place) = (name, .file(isRegular: false)) }

  private init(name: String, place: Place) { (self.name, self.place) = (name, place) }

  /// The name without folders and endings: what a playlist is called that has no title.
  var stem: String {
    var stem = name.split(separator: "/").last.map(String.init) ?? name
    for ending in [".gz", ".csv", ".tsv", ".m3u", ".m3u8", ".xspf", ".jspf", ".json", ".jsonl", ".txt"]
    where stem.count > ending.count && stem.lowercased().hasSuffix(ending) { stem.removeLast(ending.count) }
    return stem
  }

  /// Whether it gives the same bytes when it is opened again: not so a pipe.
  var canBeReadTwice: Bool { if case .file(isRegular: false) = place { false } else { true } }

  /// - Throws: `InputError` when it cannot be opened.
  func open() throws -> ByteReader {
    switch place {
    case .broken(let error): throw error
    case .file: try ByteReader(path: name)
    case .member(let archive, let number):
      try ByteReader(ZipMember(of: archive, number: number, name: name), path: name)
    }
  }

  /// The files that a source of the command line stands for: itself; the members of an archive; what lies in a folder and
  /// the folders below it, in the order of their names, numbers in them by their size.
  /// - Throws: `InputError` when there is nothing, or nothing that can be read.
  static func files(of source: String) throws -> [SourceFile] {
    var path = source
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw InputError(path: path, reason: "there is no such file or folder", remedy: "Check the path.")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return try membersOrSelf(path, status) }
    let files = try Folder.files(below: path).sorted { areInOrder($0, $1) }.flatMap { name in
      var status = stat()
      guard stat(name, &status) == 0 else { return [SourceFile(name: name, place: .file(isRegular: false))] }
      do { return try membersOrSelf(name, status) } catch let error as InputError {
        return [SourceFile(name: name, place: .broken(error))]
      }
    }
    guard !files.isEmpty else {
      throw InputError(path: path, reason: "the folder is empty", remedy: "Name one with playlists.")
    }
    return files
  }

  private static func membersOrSelf(_ path: String, _ status: stat) throws -> [SourceFile] {
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    guard isRegular, try ZipArchive.isArchive(path) else {
      return [SourceFile(name: path, place: .file(isRegular: isRegular))]
    }
    return try ZipArchive.members(of: path).map { number, name in
      SourceFile(name: "\(path)/\(name)", place: .member(archive: path, number: number))
    }
  }

  /// `slice.2-3` before `slice.10-11`: digits that follow each other are one number.
  private static func areInOrder(_ one: String, _ other: String) -> Bool {
    var (left, right) = (one.utf8[...], other.utf8[...])
    while let first = left.first, let second = right.first {
      let (digits, others) = (left.prefix { isDigit($0) }, right.prefix { isDigit($0) })
      if digits.isEmpty || others.isEmpty {
        if first != second { return first < second }
        (left, right) = (left.dropFirst(), right.dropFirst())
      } else {
        let (number, otherNumber) = (digits.drop { $0 == 0x30 }, others.drop { $0 == 0x30 })
        if number.count != otherNumber.count { return number.count < otherNumber.count }
        if !number.elementsEqual(otherNumber) { return number.lexicographicallyPrecedes(otherNumber) }
        (left, right) = (left.dropFirst(digits.count), right.dropFirst(others.count))
      }
    }
    return left.count < right.count
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
