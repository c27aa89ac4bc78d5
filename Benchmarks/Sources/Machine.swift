internal import Compute
internal import FoundationEssentials
internal import Glibc

/// The machine of a run. Numbers of different machines are not compared.
package struct Machine: Encodable, Sendable {
  package let processor: String
  /// Those that the process may run on.
  package let cores: Int
  /// Kernel name, release and architecture.
  package let system: String
  /// Size of the last cache that a core reaches; nil where the system does not say.
  package let lastCacheBytes: Int?

  package static let current = Machine()

  private init() {
    processor = Self.field("model name", in: "/proc/cpuinfo") ?? "unknown processor"
    cores = Processors.count
    var name = utsname()
    uname(&name)
    func text<Tuple>(_ tuple: Tuple) -> String {
      withUnsafeBytes(of: tuple) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    system = "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
    let folder = "/sys/devices/system/cpu/cpu0/cache"
    lastCacheBytes = (2...4).compactMap { Self.firstLine(of: "\(folder)/index\($0)/size") }.last.flatMap { size in
      Int(size.prefix { $0.isNumber }).map { $0 << (size.hasSuffix("M") ? 20 : 10) }
    }
  }

  /// The most memory that this process has held so far, or since `forgetPeakMemory`, in bytes (`VmHWM`); nil where the
  /// system does not say.
  package static var peakMemoryBytes: Int? {
    guard let line = field("VmHWM", in: "/proc/self/status"), let kilobytes = Int(line.prefix { $0.isNumber }) else {
      return nil
    }
    return kilobytes * 1024
  }

  /// The peak starts again from what is held now, where the system allows it.
  package static func forgetPeakMemory() {
    guard let file = fopen("/proc/self/clear_refs", "w") else { return }
    fputs("5", file)
    fclose(file)
  }

  /// Seconds that the processor's cores have worked for this process so far, on all threads.
  static var coreSeconds: Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  private static func firstLine(of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 64)
    guard fgets(&buffer, Int32(buffer.count), file) != nil else { return nil }
    return String(decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The first value of `NAME: value` in a file of the kernel.
  private static func field(_ name: String, in path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 4096)
    while fgets(&buffer, Int32(buffer.count), file) != nil {
      let line = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      guard line.hasPrefix(name), let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...]
      return String(value.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
    return nil
  }
}
