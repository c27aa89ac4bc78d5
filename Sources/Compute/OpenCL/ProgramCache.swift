internal import Files
internal import Glibc
internal import Kernels

/// Compiled programs kept on disk between runs, because a driver's compiler takes seconds.
///
/// **Key.** Platform, vendor, device, driver version, OpenCL version, build options and source text; the file is named
/// by a 128-bit hash of them all, so a changed driver or kernel simply misses.
/// **Layout.** `FOLDER/programs/HASH.bin`: the hash (16 bytes), the checksum of the binary (8 bytes), the binary. A file
/// whose hash or checksum does not fit is never handed to the driver, some of which crash on damaged binaries.
/// **Concurrency.** Files are written whole under a temporary name and renamed: readers see the old file, the new one
/// or none, and of two writers the last wins with the same contents.
/// A cache that cannot be read or written costs time, never the run; that is reported once on standard error.
package struct ProgramCache: Sendable {
  /// Nil when there is no place for a cache.
  package let folder: String?

  package init(folder: String?) { self.folder = folder }

  /// Keeps nothing.
  static let none = ProgramCache(folder: nil)

  /// `SEGUE_CACHE`, else `$XDG_CACHE_HOME/segue`, else `~/.cache/segue`.
  package static var standard: ProgramCache {
    func variable(_ name: String) -> String? {
      getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    return ProgramCache(
      folder: variable("SEGUE_CACHE") ?? variable("XDG_CACHE_HOME").map { "\($0)/segue" }
        ?? variable("HOME").map { "\($0)/.cache/segue" })
  }

  /// What a compiled program depends on.
  struct Key {
    fileprivate let hash: [UInt8]  // 16 bytes

    init(identity: String, options: String, source: String) {
      let text = Array([identity, options, source].joined(separator: "\0").utf8)
      hash = text.withUnsafeBytes { bytes in
        [0, 0x9E37_79B9_7F4A_7C15].flatMap { bytesOf(fnv1a(bytes, seed: $0)) }
      }
    }

    fileprivate var name: String { hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
  }

  private static let headerSize = 24

  /// Where the compiled form of `source` is kept.
  package func path(of device: OpenCLDeviceDescription, source: String, options: String = "") -> String? {
    path(of: Key(identity: device.identity, options: options, source: source))
  }

  func path(of key: Key) -> String? { folder.map { "\($0)/programs/\(key.name).bin" } }

  /// Where a device's tuning is kept: with its driver and these very kernels.
  package func tuningPath(of device: OpenCLDeviceDescription) -> String? {
    let key = Key(identity: device.identity, options: "", source: KernelSource.program + KernelSource.sequence)
    return folder.map { "\($0)/tuning/\(key.name).json" }
  }

  /// The binary stored under `key`; nil when there is none that is whole.
  func load(_ key: Key) -> [UInt8]? {
    guard let path = path(of: key), access(path, F_OK) == 0 else { return nil }
    do {
      let file = try MappedFile(path: path)
      let (header, binary) = withExtendedLifetime(file) {
        ([UInt8](file.bytes.prefix(Self.headerSize)), [UInt8](file.bytes.dropFirst(Self.headerSize)))
      }
      guard !binary.isEmpty, header == key.hash + checksum(binary) else {
        report("\(path) is damaged; compiling again")
        return nil
      }
      return binary
    } catch {
      report("\(error)")
      return nil
    }
  }

  func store(_ binary: [UInt8], under key: Key) {
    guard let folder, let path = path(of: key) else { return }
    do {
      try Folder.make("\(folder)/programs")
      try AtomicFile.write(key.hash + checksum(binary) + binary, to: path)
    } catch {
      report("\(error)")
    }
  }

  private func checksum(_ binary: [UInt8]) -> [UInt8] { binary.withUnsafeBytes { bytesOf(fnv1a($0)) } }

  /// One line on standard error, for the first trouble of the process only.
  func report(_ trouble: String) { Note.once("program cache: \(trouble)", topic: "program cache") }
}

/// 64-bit FNV-1a (Fowler, Noll, Vo), stable over runs and machines.
private func fnv1a(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
  bytes.reduce(0xCBF2_9CE4_8422_2325 ^ seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

private func bytesOf(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) } }
