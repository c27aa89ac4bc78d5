import Foundation
import TestSupport
import Testing

/// `segue import` as its user runs it.
@Suite struct ImportCommandTests {
  private let folder: ScratchFolder
  init() throws { folder = try ScratchFolder() }

  @Test func `slices and features become a folder, with every fault told and counted`() throws {
    let made = try Program.run(["demo", "--make", folder.file("set"), "--playlists", "30", "--songs", "60"])
    let slices = try folder.names(in: "set/slices")
    #expect(made.status == 0 && slices == ["mpd.slice.0-999.json"])
    try folder.write("pid,pos,track_id\nx,0,one\nx,1\nx,2,two\n", to: "more.csv")
    let sources = [folder.file("set/slices"), folder.file("more.csv")]
    let features = ["--features", folder.file("set/tracks.csv")]
    let result = try Program.run(["import"] + sources + features + ["--out", folder.file("data")])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("more.csv:3: the row has 2 fields, the header 3"))
    #expect(result.output.contains(": 31 playlists, ") && result.output.contains("faults: 1 rows that cannot be read"))
    let strict = try Program.run(["import"] + sources + features + ["--out", folder.file("strict"), "--strict"])
    #expect(strict.status == 65 && strict.errors.contains("more.csv:3: the row has 2 fields"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("strict")))
    let json = try Program.run(["import"] + sources + ["--out", folder.file("json"), "--json"])
    #expect(json.status == 0 && json.output.contains("\"rows that cannot be read\" : 1"), "\(json.output)")
  }

  @Test func `an import killed at any moment leaves nothing or the whole folder`() throws {
    let made = try Program.run(["demo", "--make", folder.file("set"), "--playlists", "3000", "--songs", "12000"])
    try #require(made.status == 0, "\(made.errors)")
    let arguments = ["import", folder.file("set/slices"), "--features", folder.file("set/tracks.csv"), "--out"]
    let start = ContinuousClock.now
    let whole = try Program.run(arguments + [folder.file("whole")])
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    #expect(whole.status == 0, "\(whole.errors)")
    let expected = try contents("whole")
    var interrupted = 0
    for share in 1...9 {
      let running = try Program.start(arguments + [folder.file("out")])
      Thread.sleep(forTimeInterval: seconds * Double(share) / 10)
      kill(running.process.processIdentifier, SIGKILL)
      if running.wait().status != 0 { interrupted += 1 }
      guard FileManager.default.fileExists(atPath: folder.file("out")) else { continue }
      #expect(try contents("out") == expected)
      try FileManager.default.removeItem(atPath: folder.file("out"))
    }
    #expect(interrupted > 0)
    let again = try Program.run(arguments + [folder.file("out")])
    let names = try folder.names()
    #expect(again.status == 0 && names == ["out", "set", "whole"], "\(names)")
    #expect(try contents("out") == expected)
  }

  /// Names of a dataset folder's files and what its tables hold. The column store also holds the tables' times of change.
  private func contents(_ dataset: String) throws -> [String: [UInt8]] {
    let names = try folder.names(in: dataset)
    return Dictionary(
      uniqueKeysWithValues: try names.map { ($0, $0.hasSuffix(".csv") ? try folder.bytes("\(dataset)/\($0)") : []) })
  }
}
