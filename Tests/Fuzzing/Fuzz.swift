internal import Files
internal import Formats
internal import Glibc

/// libFuzzer's entry: hands the bytes to the parser that the program is named for, `fuzz-slice` and so on. What is wrong
/// with the bytes may be an `InputError`; anything else is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  do {
    try parser.read(Array(UnsafeBufferPointer(start: start, count: count)), in: folder)
  } catch is InputError {
  } catch {
    fatalError("\(error)")
  }
  return 0
}

private let parser: SourceParser = {
  let name = CommandLine.arguments[0].split(separator: "-").last.map(String.init) ?? ""
  guard let parser = SourceParser(rawValue: name) else { fatalError("fuzz: there is no parser \(name)") }
  return parser
}()

/// In memory where there is such a folder.
private let folder: String = {
  var template = Array("\(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")/segue-fuzz-XXXXXX".utf8CString)
  guard let path = mkdtemp(&template) else { fatalError("fuzz: no temporary folder") }
  return String(cString: path)
}()
