import Files
import Music
import Sequences
import TestSupport
import Testing

struct CSVReaderTests {
  /// All rows of a file, the header first.
  func rows(_ bytes: [UInt8]) throws -> [[String]] {
    let folder = try ScratchFolder()
    let reader = try CSVReader(path: folder.write(bytes, to: "table.csv"))
    var rows = [reader.header]
    while try reader.next() { rows.append(reader.header.indices.map { reader.string($0) }) }
    return rows
  }

  func rows(_ text: String) throws -> [[String]] { try rows(Array(text.utf8)) }

  @Test("quotes, commas, doubled quotes and line breaks inside quotes are read")
  func quotes() throws {
    let text = "id,name\n1,\"a,b\"\n2,\"say \"\"so\"\"\"\n3,\"two\nlines\"\n4,\"\"\n5,in\"side\n"
    #expect(
      try rows(text) == [
        ["id", "name"], ["1", "a,b"], ["2", "say \"so\""], ["3", "two\nlines"], ["4", ""], ["5", "in\"side"],
      ])
  }

  @Test("CRLF, lone CR, a byte-order mark, blank lines and a missing last line break make no difference")
  func lineEndings() throws {
    let expected = [["a", "b"], ["1", "2"], ["3", ""]]
    for text in ["a,b\n1,2\n3,", "a,b\r\n1,2\r\n3,\r\n", "\u{FEFF}a,b\n\n1,2\n\n\n3,\n", "a,b\r1,2\r3,"] {
      #expect(try rows(text) == expected)
    }
  }

  @Test("fields and rows longer than a chunk are read whole, packed or not")
  func chunks() throws {
    let long = String(repeating: "0123456789\"\"\n", count: 30_000)
    let text = "a,b\n" + (0..<20_000).map { "\($0),x\n" }.joined() + "end,\"\(long)\"\n"
    for bytes in [Array(text.utf8), gzip(text)] {
      let rows = try rows(bytes)
      #expect(rows.count == 20_002)
      #expect(rows[20_000] == ["19999", "x"])
      #expect(rows.last?[1] == long.replacing("\"\"", with: "\""))
    }
  }

  @Test("gzip is known by its content, members may follow each other, padding is ignored")
  func gzipMembers() throws {
    #expect(try rows(gzip("a,b\n1,") + gzip("") + gzip("2\n") + [0, 0, 0]) == [["a", "b"], ["1", "2"]])
  }

  @Test("truncated and broken gzip are errors that name the file")
  func truncatedGzip() throws {
    let whole = gzip("a,b\n" + (0..<5000).map { "\($0),\($0 &* 2_654_435_761 % 1009)\n" }.joined())
    for count in [3, 10, 11, 200, whole.count - 9, whole.count - 8, whole.count - 1] {
      let error = #expect(throws: InputError.self) { try rows(Array(whole[..<count])) }
      #expect(error?.reason == "the gzip data end too early" && error?.path.hasSuffix("table.csv") == true)
    }
    var broken = whole
    broken[whole.count / 2] ^= 0x55
    let error = #expect(throws: InputError.self) { try rows(broken) }
    #expect(error?.reason.hasPrefix("the gzip data are broken") == true)
    #expect(throws: InputError.self) { try rows(whole + Array("no gzip".utf8)) }
  }

  @Test(
    "broken rows are errors with the line they begin in",
    arguments: [
      ("a,b\n1,2\n3\n", 3, "1 fields"), ("a,b\n\n1,2,3\n", 3, "3 fields"),
      ("a,b\n\"x\ny\",1\n\"2\n\n", 4, "never closed"),
      ("a,b\n\"x\"y,1\n", 2, "after a closing quote"), ("\"", 1, "never closed"),
    ])
  func brokenRows(text: String, line: Int, reason: String) throws {
    let error = #expect(throws: InputError.self) { try rows(text) }
    #expect(error?.line == line)
    #expect(error?.reason.contains(reason) == true)
  }

  @Test("an empty file, UTF-16 text, a missing file and a folder are explained")
  func notText() throws {
    #expect(#expect(throws: InputError.self) { try rows("") }?.reason == "the file is empty")
    #expect(#expect(throws: InputError.self) { try rows(gzip("")) }?.reason == "the file is empty")
    #expect(#expect(throws: InputError.self) { try rows([0xFF, 0xFE, 0x61, 0]) }?.reason == "the text is UTF-16")
    let folder = try ScratchFolder()
    for path in [folder.path, folder.path + "/absent.csv"] {
      #expect(#expect(throws: InputError.self) { try CSVReader(path: path) }?.path == path)
    }
  }

  @Test(
    "numbers are read to the nearest Double",
    arguments: [
      "0", "-0.5", "+3", ".25", "5.", "1e-3", "3.28e-06", "123456789.123", "9007199254740993", "0.1234567890123456789",
      " 7 ", "1E5", "-60.0", "2.2250738585072014e-308", "0.000000000000000000000000001",
    ])
  func numbers(text: String) throws {
    let folder = try ScratchFolder()
    let reader = try CSVReader(path: folder.write("x\n\(text)\n", to: "n.csv"))
    #expect(try reader.next())
    #expect(try reader.number(0) == Double(text.filter { $0 != " " }))
  }

  @Test(
    "what is not a finite decimal number is an error",
    arguments: [
      "nan", "NaN", "inf", "-Infinity", "1e999", "1e39", "0x10", "abc", "1,5", "1..2", "1e", "-", ".", "1 2", "--1",
      "1e99999999999",
    ])
  func notNumbers(text: String) throws {
    let folder = try ScratchFolder()
    let reader = try CSVReader(path: folder.write("x,y\n1,\"\(text)\"\n", to: "n.csv"))
    #expect(try reader.next())
    let error = #expect(throws: InputError.self) { try reader.number(1) }
    let reason = ["1e999", "1e39", "1e99999999999"].contains(text) ? "out of range" : "not a number"
    #expect(error?.line == 2)
    #expect(error?.description.contains("y is \"\(text)\", which is \(reason)") == true)
  }

  @Test("random bytes never crash the reader")
  func randomBytes() throws {
    let folder = try ScratchFolder()
    let alphabet = Array("a1,\"\r\n\u{FEFF}x".utf8)
    var random = Philox(seed: 1, purpose: .testData)
    for round in 0..<200 {
      var bytes = (0..<Int.random(in: 0..<300, using: &random)).map { _ in
        round.isMultiple(of: 2) ? alphabet.randomElement(using: &random)! : UInt8.random(in: 0...255, using: &random)
      }
      if round.isMultiple(of: 5) { bytes = Array(gzip(bytes).dropLast(round % 3)) }
      if round.isMultiple(of: 7) { bytes = [0x1F, 0x8B] + bytes }
      let path = try folder.write(bytes, to: "random")
      do {
        let reader = try CSVReader(path: path)
        while try reader.next() { _ = try reader.header.indices.map { try reader.number($0) } }
      } catch let error as InputError {
        #expect(error.path == path)
      }
    }
  }

  @Test(
    "a number of any size is written as it reads back", arguments: [Float(-0x1p63), 0x1p63, 1e30, -1e-30, 16_777_216])
  func largeNumbers(value: Float) throws {
    var writer = CSVWriter(header: ["x"])
    writer.append(value)
    writer.endRow()
    let folder = try ScratchFolder()
    let reader = try CSVReader(path: folder.write(writer.takeRows(), to: "x.csv"))
    #expect(try reader.next() && Float(reader.string(0)) == value)
  }
}
