internal import Files
internal import Formats
internal import Glibc

/// libFuzzer's driver, which calls `test` with changed inputs until its time is over.
@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ argumentCount: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

enum Fuzzing {
  /// The parser that the program is named for, `fuzz-slice` and so on.
  static let parser: SourceParser = {
    let name = CommandLine.arguments[0].split(separator: "-").last.map(String.init) ?? ""
    guard let parser = SourceParser(rawValue: name) else { fatalError("fuzz: there is no parser \(name)") }
    return parser
  }()

  /// In memory where there is such a folder.
  static let folder: String = {
    var template = Array("\(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")/segue-fuzz-XXXXXX".utf8CString)
    guard let path = mkdtemp(&template) else { fatalError("fuzz: no temporary folder") }
    return String(cString: path)
  }()

  /// What is wrong with the bytes may be an `InputError`; anything else is a finding.
  static func test(_ bytes: [UInt8]) {
    do {
      try parser.read(bytes, in: folder)
    } catch is InputError {
    } catch {
      fatalError("\(error)")
    }
  }
}

var argumentCount = CommandLine.argc
var arguments = CommandLine.unsafeArgv
exit(
  runDriver(&argumentCount, &arguments) { start, count in
    Fuzzing.test(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
  })
