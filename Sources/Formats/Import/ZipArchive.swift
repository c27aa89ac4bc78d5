internal import CMinizip
internal import Files
internal import Glibc
internal import Music

/// The members of a zip archive (minizip). Nothing is ever written under a member's name, so that names such as `../x` are
/// only names.
enum ZipArchive {
  /// Told by its first bytes.
  static func isArchive(_ path: String) throws -> Bool {
    let source = try FileBytes(path: path)
    var magic = [UInt8](repeating: 0, count: 4)
    let count = try magic.withUnsafeMutableBytes { try source.read(into: $0) }
    return count == 4 && magic == [0x50, 0x4B, 0x03, 0x04]
  }

  /// Numbers and names of the members that hold something, in the archive's order.
  /// - Throws: `InputError` for an archive that is broken or cut off.
  static func members(of path: String) throws -> [(number: Int, name: String)] {
    let archive = try OpenArchive(path)
    var members: [(number: Int, name: String)] = []
    var number = 0
    var status = unzGoToFirstFile(archive.handle)
    while status == UNZ_OK {
      var info = unz_file_info64()
      var name = [CChar](repeating: 0, count: 1 << 12)
      guard
        unzGetCurrentFileInfo64(archive.handle, &info, &name, UInt(name.count - 1), nil, 0, nil, 0) == UNZ_OK
      else { throw archive.broken(path) }
      let text = name.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      let isHidden = text.split(separator: "/").contains {
        $0.hasPrefix(".") && $0 != "." && $0 != ".." || $0 == "__MACOSX"
      }
      if !text.hasSuffix("/"), !isHidden, info.uncompressed_size > 0 {
        members.append((number, text))
      }
      number += 1
      status = unzGoToNextFile(archive.handle)
    }
    guard status == UNZ_END_OF_LIST_OF_FILE else { throw archive.broken(path) }
    guard !members.isEmpty else {
      throw InputError(path: path, reason: "the archive is empty", remedy: "Name one with playlists.")
    }
    return members
  }
}

/// An archive that is open.
private final class OpenArchive {
  let handle: unzFile

  init(_ path: String) throws {
    guard let handle = unzOpen64(path) else {
      throw InputError(
        path: path, reason: "the zip archive is broken or cut off", remedy: "Copy or download the file again.")
    }
    self.handle = handle
  }

  deinit { unzClose(handle) }

  func broken(_ path: String) -> InputError {
    InputError(path: path, reason: "the zip archive is broken", remedy: "Copy or download the file again.")
  }
}

/// The bytes of one member, unpacked.
final class ZipMember: ByteSource {
  private let archive: OpenArchive
  private let name: String
  private var proportion = UnpackedProportion()
  private var isAtEnd = false

  /// - Throws: `InputError` for a member that is broken, encrypted, or packed in a way other than deflate.
  init(of path: String, number: Int, name: String) throws {
    archive = try OpenArchive(path)
    self.name = name
    var status = unzGoToFirstFile(archive.handle)
    for _ in 0..<number where status == UNZ_OK { status = unzGoToNextFile(archive.handle) }
    var info = unz_file_info64()
    guard status == UNZ_OK, unzGetCurrentFileInfo64(archive.handle, &info, nil, 0, nil, 0, nil, 0) == UNZ_OK else {
      throw archive.broken(name)
    }
    guard info.flag & 1 == 0 else {
      throw InputError(path: name, reason: "is encrypted", remedy: "Unpack the archive first.")
    }
    guard unzOpenCurrentFile(archive.handle) == UNZ_OK else {
      throw InputError(
        path: name, reason: "is packed in a way that cannot be read", remedy: "Unpack the archive first.")
    }
    var size = stat()
    guard stat(path, &size) == 0 else { throw archive.broken(name) }
    proportion.packed = Int(min(info.compressed_size, UInt64(size.st_size)))
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if isAtEnd { return 0 }
    let count = Int(unzReadCurrentFile(archive.handle, buffer.baseAddress, UInt32(min(buffer.count, 1 << 30))))
    guard count >= 0 else {
      throw InputError(path: name, reason: "the packed data are broken", remedy: "Copy or download the archive again.")
    }
    if count == 0 {
      isAtEnd = true  // a closed member cannot be read again
      guard unzCloseCurrentFile(archive.handle) != UNZ_CRCERROR else {
        throw InputError(path: name, reason: "its checksum is wrong", remedy: "Copy or download the archive again.")
      }
    }
    try proportion.add(count, path: name)
    return count
  }
}
