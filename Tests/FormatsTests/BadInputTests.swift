import CMinizip
import Files
import Formats
import Foundation
import Music
import TestSupport
import Testing

/// Input as it should not be: a line with its place for each fault, a count at the end, a strict import that stops.
@Suite struct BadInputTests {
  private let folder: ScratchFolder
  init() throws { folder = try ScratchFolder() }

  /// What each kind of fault says, in which line, and what is left of the playlists.
  private func check(
    _ path: String, features: [String] = [], kind: String, count: Int = 1, line: Int? = nil, says reason: String,
    ids: [[String]], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let imported = try Imported([path], features: features)
    #expect(imported.ids == ids, sourceLocation: sourceLocation)
    #expect(imported.report.faults[kind] == count, "\(imported.report.faults)", sourceLocation: sourceLocation)
    let place = line.map { ":\($0): " } ?? ": "
    let isTold = imported.faults.contains { $0.contains(place) && $0.contains(reason) }
    #expect(isTold, "\(imported.lines)", sourceLocation: sourceLocation)
    let error = #expect(throws: InputError.self, sourceLocation: sourceLocation) {
      try Imported([path], features: features, isStrict: true)
    }
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")", sourceLocation: sourceLocation)
  }

  @Test func `broken UTF-8 in a table costs its row`() throws {
    let bytes = Array("pid,pos,track_id,track_name\n1,0,a,A\n1,1,b,".utf8) + [0xFF, 0xFE] + Array("\n1,2,c,C\n".utf8)
    try check(
      folder.write(bytes, to: "t.csv"), kind: "rows that cannot be read", line: 3, says: "not UTF-8 text",
      ids: [["a", "c"]])
  }

  @Test func `broken UTF-8 in a slice costs its playlist`() throws {
    let bytes =
      Array("{\"playlists\": [\n{\"pid\": 1, \"name\": \"".utf8) + [0xC3, 0x28]
      + Array("\", \"tracks\": []},\n\(slicePlaylist(2, ["a", "b"]))]}".utf8)
    try check(
      folder.write(bytes, to: "s.json"), kind: "playlists that cannot be read", line: 2, says: "no well-formed JSON",
      ids: [["a", "b"]])
  }

  @Test func `a byte-order mark, CRLF and quoted line breaks are no faults`() throws {
    let table = "\u{FEFF}pid,pos,track_id,track_name\r\n1,0,a,\"two\r\nlines, \"\"quoted\"\"\"\r\n1,1,b,B\r\n"
    let imported = try Imported([folder.write(table, to: "t.csv")])
    #expect(imported.ids == [["a", "b"]] && imported.dataset.songs.names[0] == "two\r\nlines, \"quoted\"")
    let slice = "\u{FEFF}{\"playlists\": [\r\n\(slicePlaylist(2, ["a", "b"]))\r\n]}\r\n"
    #expect(try Imported([folder.write(slice, to: "s.json")]).ids == [["a", "b"]])
    #expect(imported.report.faults.isEmpty)
  }

  @Test func `rows of too many fields, of broken quotes and of no song cost themselves only`() throws {
    let table = "pid,pos,track_id\n1,0,a\n1,1,b,x\n1,2,\"c\"d\n1,3,\n1,x,e\n1,5,f\n"
    let imported = try Imported([folder.write(table, to: "t.csv")])
    #expect(imported.ids == [["a", "f"]] && imported.report.faults == ["rows that cannot be read": 4])
    for line in 3...6 { #expect(imported.faults.contains { $0.contains("t.csv:\(line): ") }) }
  }

  @Test func `a line of 100 megabytes is a fault and the rest goes on`() throws {
    let path = folder.file("t.csv")
    let line = [UInt8](repeating: UInt8(ascii: "x"), count: 100 << 20)
    try folder.write(Array("pid,pos,track_id\n1,0,a\n1,1,".utf8) + line + Array("\n1,2,b\n".utf8), to: "t.csv")
    try check(path, kind: "rows that cannot be read", line: 3, says: "longer than 16 MiB", ids: [["a", "b"]])
  }

  @Test func `deep nesting costs its playlist or ends the file, as the depth has it`() throws {
    let deep = "{\"pid\": 1, \"x\": \(String(repeating: "[", count: 200) + String(repeating: "]", count: 200))}"
    try check(
      folder.write("{\"playlists\": [\(slicePlaylist(2, ["a", "b"])),\n\(deep)]}", to: "s.json"),
      kind: "playlists that cannot be read", line: 2, says: "no tracks", ids: [["a", "b"]])
    let bomb = "{\"playlists\": [\(slicePlaylist(2, ["a", "b"])),\n{\"x\": \(String(repeating: "[", count: 100_000))"
    try check(
      folder.write(bomb, to: "b.json"), kind: "files that cannot be read to their end", line: 2,
      says: "nested too deeply",
      ids: [["a", "b"]])
  }

  @Test func `names that stand twice and numbers that are text are read, and told`() throws {
    let twice =
      slicePlaylist(1, ["x", "y"]).dropLast() + ", \"tracks\": [{\"track_uri\": \"a\"}, {\"track_uri\": \"b\"}]}"
    try check(
      folder.write("{\"playlists\": [\n\(twice)]}", to: "s.json"), kind: "names that stand twice", line: 2,
      says: "tracks twice", ids: [["a", "b"]])
    let text = slicePlaylist(1, ["a", "b"]).replacing("\"pid\": 1", with: "\"pid\": \"1\"")
    try check(
      folder.write("{\"playlists\": [\(text)]}", to: "t.json"), kind: "numbers that are text", line: 1,
      says: "pid is the text \"1\"", ids: [["a", "b"]])
  }

  @Test func `a playlist that names itself twice is read once`() throws {
    let slice = "{\"playlists\": [\(slicePlaylist(1, ["a", "b"])),\n\(slicePlaylist(1, ["c", "d"]))]}"
    try check(
      folder.write(slice, to: "s.json"), kind: "playlists that were there before", line: 2,
      says: "playlist 1 was read before",
      ids: [["a", "b"]])
    let one = try folder.write("pid,pos,track_id\n1,0,a\n1,1,b\n", to: "one.csv")
    let two = try folder.write("pid,pos,track_id\n1,0,c\n2,0,d\n1,1,e\n2,1,f\n", to: "two.csv")
    let imported = try Imported([one, two])
    #expect(
      imported.ids == [["a", "b"], ["d", "f"]] && imported.report.faults == ["playlists that were there before": 1])
  }

  @Test func `one song with different features in a file keeps the first, and the same twice is no fault`() throws {
    let table = try folder.write("pid,pos,track_id\n1,0,a\n1,1,b\n", to: "t.csv")
    let features = try folder.write("track_id,energy\na,0.1\nb,0.2\na,0.1\nb,0.3\nc,0.4\nc,0.5\n", to: "f.csv")
    try check(
      table, features: [features], kind: "songs with different features", line: 5, says: "different features",
      ids: [["a", "b"]])
  }

  @Test func `a value that cannot be used costs itself only, and is told`() throws {
    let table = try folder.write("pid,pos,track_id\n1,0,a\n1,1,b\n", to: "t.csv")
    let features = try folder.write(
      "track_id,energy,key,time_signature,tempo\na,much,1,7,NA\nb,0.2,12,4,100\n", to: "w.csv")
    let imported = try Imported([table], features: [features])
    #expect(imported.report.faults == ["values that cannot be used": 3] && imported.report.songsWithFeatures == 1)
    let songs = imported.dataset.songs
    #expect(
      songs.feature(.key, of: 0) == 1 && songs.feature(.tempo, of: 0).isNaN && songs.feature(.tempo, of: 1) == 100)
    #expect(songs.feature(.timeSignature, of: 1) == 4 && songs.feature(.key, of: 1).isNaN)
    #expect(imported.faults.contains { $0.hasPrefix("\(features):2: time_signature is 7") })
    let strict = #expect(throws: InputError.self) { try Imported([table], features: [features], isStrict: true) }
    #expect(strict?.line == 2)
  }

  @Test func `gzip cut short keeps what came before`() throws {
    let rows = (0..<60_000).map { "\($0 / 2),\($0 % 2),song\($0 &* 7919 % 100_003)" }.joined(separator: "\n")
    let packed = gzip("pid,pos,track_id\n\(rows)\n")
    let path = try folder.write(Array(packed.prefix(packed.count * 2 / 3)), to: "t.csv.gz")
    let imported = try Imported([path])
    #expect((10_000..<30_000).contains(imported.dataset.playlists.count))
    #expect(imported.report.faults == ["files that cannot be read to their end": 1])
    #expect(throws: InputError.self) { try Imported([path], isStrict: true) }
  }

  @Test func `features in gzip that is cut short are joined as far as they go`() throws {
    let table = try folder.write("pid,pos,track_id\n1,0,a\n1,1,b\n", to: "t.csv")
    let rows = (0..<60_000).map { "song\($0 &* 7919 % 100_003),0.\($0)" }.joined(separator: "\n")
    let packed = gzip("track_id,energy\na,0.5\n\(rows)\nb,0.6\n")
    let features = try folder.write(Array(packed.prefix(packed.count * 2 / 3)), to: "f.csv.gz")
    let imported = try Imported([table], features: [features])
    #expect(imported.report.songsWithFeatures == 1)
    #expect(imported.report.faults == ["files that cannot be read to their end": 1])
    #expect(throws: InputError.self) { try Imported([table], features: [features], isStrict: true) }
  }

  @Test func `a gzip bomb is refused`() throws {
    let path = try folder.write(gzip([UInt8](repeating: 0x20, count: 80 << 20)), to: "bomb.json.gz")
    #expect(#expect(throws: InputError.self) { try Imported([path]) }?.description.contains("bomb") == true)
  }

  // MARK: Archives

  private func zip(_ members: [(name: String, bytes: [UInt8])], to name: String) throws -> String {
    let path = folder.file(name)
    let file = try #require(zipOpen64(path, 0))
    for member in members {
      var info = zip_fileinfo()
      zipOpenNewFileInZip64(file, member.name, &info, nil, 0, nil, 0, nil, Z_DEFLATED, 9, 0)
      zipWriteInFileInZip(file, member.bytes, UInt32(member.bytes.count))
      zipCloseFileInZip(file)
    }
    zipClose(file, nil)
    return path
  }

  @Test func `members of an archive are read like files, whatever paths they claim`() throws {
    let path = try zip(
      [
        ("MyData/../../etc/one.csv", Array("pid,pos,track_id\n1,0,a\n1,1,b\n".utf8)),
        ("/absolute/two.json.gz", gzip("{\"playlists\": [\(slicePlaylist(2, ["b", "c"]))]}")),
        ("readme.txt", Array("hello there".utf8)), ("__MACOSX/._one.csv", [1, 2, 3]), ("empty/", []),
      ], to: "my_data.zip")
    let imported = try Imported([path])
    #expect(imported.ids == [["a", "b"], ["b", "c"]] && imported.report.faults.isEmpty)
    let told = "passed over: \(path)/readme.txt: is in none of the formats that are read"
    #expect(imported.lines.contains(told), "\(imported.lines)")
    let error = #expect(throws: InputError.self) { try Imported([path], isStrict: true) }
    #expect(error?.path == "\(path)/readme.txt")
    #expect(try folder.names() == ["my_data.zip"])
  }

  @Test func `a member without a last line break is whole, and one named from . is not hidden`() throws {
    let path = try zip(
      [
        ("./one.csv", Array("pid,pos,track_id\n1,0,a\n1,1,b".utf8)), ("./.hidden.csv", Array("x".utf8)),
        ("../two.m3u", Array("spotify:track:c\nspotify:track:d".utf8)),
      ], to: "ends.zip")
    let imported = try Imported([path])
    #expect(imported.ids == [["a", "b"], ["c", "d"]] && imported.report.faults.isEmpty, "\(imported.lines)")
  }

  @Test func `a zip bomb, a damaged member and a cut archive are told`() throws {
    let good = Array("pid,pos,track_id\n1,0,a\n1,1,b\n".utf8)
    let header = Array("pid,pos,track_id\n".utf8)
    let bomb = try zip(
      [("good.csv", good), ("bomb.csv", header + [UInt8](repeating: 0x0A, count: 80 << 20))], to: "bomb.zip")
    try check(
      bomb, kind: "files that cannot be read to their end", says: "looks like a bomb", ids: [["a", "b"]])
    var bytes = try folder.bytes("bomb.zip")
    let whole = bytes
    let start = bytes.firstRange(of: Array("good.csv".utf8))!.upperBound
    bytes[start + 6] ^= 0xFF
    let damaged = try folder.write(bytes, to: "damaged.zip")
    let imported = try Imported([damaged])
    #expect(imported.report.faults == ["files that cannot be read to their end": 2])
    #expect(imported.faults.contains { $0.contains("damaged.zip/good.csv: its checksum is wrong") })
    let cut = try folder.write(Array(whole.prefix(whole.count / 2)), to: "cut.zip")
    #expect(#expect(throws: InputError.self) { try Imported([cut]) }?.reason.contains("broken or cut off") == true)
  }

  @Test func `a file of a folder that cannot be read is told, and the others are imported`() throws {
    try FileManager.default.createDirectory(atPath: folder.file("set"), withIntermediateDirectories: false)
    try folder.write("pid,pos,track_id\n1,0,a\n1,1,b\n", to: "set/one.csv")
    _ = try zip([("two.csv", Array("pid,pos,track_id\n2,0,a\n2,1,b\n".utf8))], to: "whole.zip")
    let whole = try folder.bytes("whole.zip")
    try folder.write(Array(whole.prefix(whole.count / 2)), to: "set/cut.zip")
    // The flag of encryption, in the member's own header and in the list at the end.
    var encrypted = whole
    encrypted[6] |= 1
    encrypted[try #require(whole.firstRange(of: [0x50, 0x4B, 0x01, 0x02])).lowerBound + 8] |= 1
    try folder.write(encrypted, to: "set/encrypted.zip")
    try folder.write("track_id,energy\na,0.5\n", to: "set/features.csv")
    let imported = try Imported([folder.file("set")])
    #expect(imported.ids == [["a", "b"]] && imported.report.faults == ["files that cannot be read": 2])
    #expect(imported.report.songsWithFeatures == 1)
    #expect(imported.faults.contains { $0.contains("set/cut.zip: the zip archive is broken") })
    #expect(imported.faults.contains { $0.contains("set/encrypted.zip/two.csv: is encrypted") })
    #expect(throws: InputError.self) { try Imported([folder.file("set")], isStrict: true) }
    let features = try Imported([folder.file("set/one.csv")], features: [folder.file("set")])
    #expect(features.report.songsWithFeatures == 1 && features.report.faults == ["files that cannot be read": 2])
  }

  @Test func `a strict import stops at files that would be passed over`() throws {
    try DemoSet.make(playlists: 12, songs: 60).write(to: folder.file("set"), withSlices: true)
    let told = "passed over: \(folder.file("set")): 1 files beside a dataset's three"
    #expect(try Imported([folder.file("set")]).lines.contains(told))
    let error = #expect(throws: InputError.self) { try Imported([folder.file("set")], isStrict: true) }
    #expect(error?.reason == "1 files beside a dataset's three")
    let table = try folder.write("pid,pos,track_id\n1,0,a\n1,1,b\n", to: "t.csv")
    let other = try folder.write("track_id,track_name,artist_name\nc,C,X\nd,D,X\n", to: "o.csv")
    let unused = "passed over: \(other): nothing of it was used: none of its 2 rows is of a song in a playlist"
    #expect(try Imported([table, other]).lines.contains(unused))
    #expect(throws: InputError.self) { try Imported([table, other], isStrict: true) }
  }

  /// A playlist as a slice has it.
  private func slicePlaylist(_ pid: Int, _ tracks: [String]) -> String {
    let list = tracks.enumerated().map { "{\"pos\": \($0), \"track_uri\": \"spotify:track:\($1)\"}" }
    return "{\"name\": \"N\", \"pid\": \(pid), \"tracks\": [\(list.joined(separator: ", "))]}"
  }
}
