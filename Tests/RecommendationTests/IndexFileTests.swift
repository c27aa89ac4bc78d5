import Files
import FoundationEssentials
import Music
import Recommendation
import Sequences
import TestSupport
import Testing

@Suite struct IndexFileTests {
  private func write(_ bytes: [UInt8], to path: String) throws { try AtomicFile.write(bytes, to: path) }

  @Test func `an index that was written and mapped finds what the built one finds`() throws {
    let folder = try ScratchFolder()
    let path = folder.file(NearestSongs.fileName)
    var cases = SongCases(seed: 21)
    for size in [0, 1, 17, 5000] {
      let songs = cases.songs(size, .uniform)
      let built = NearestSongs(songs)
      try built.write(to: path)
      let mapped = try NearestSongs(path: path)
      #expect(mapped.songCount == size && mapped.indexedCount == built.indexedCount)
      #expect(mapped.fingerprint == songs.fingerprint)
      for kind in SongCases.Query.allCases {
        let query = cases.query(kind, of: songs)
        #expect(mapped.nearest(to: query, count: 10) == songs.scan(query, limit: 10, excluding: nil))
      }
    }
  }

  @Test func `a truncated index is refused at every length`() throws {
    let folder = try ScratchFolder()
    let path = folder.file("index")
    var cases = SongCases(seed: 22)
    try NearestSongs(cases.songs(60, .gridded)).write(to: path)
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    for length in Array(0..<200) + Array(stride(from: 200, to: bytes.count, by: 331)) + [bytes.count - 1] {
      try write(Array(bytes[..<length]), to: path)
      #expect(throws: InputError.self, "\(length) bytes") { try NearestSongs(path: path) }
    }
  }

  @Test func `a foreign file, another version and a missing file are told apart, with a remedy`() throws {
    let folder = try ScratchFolder()
    let path = folder.file("index")
    func message() -> String {
      do {
        _ = try NearestSongs(path: path)
        return ""
      } catch { return "\(error)" }
    }
    #expect(message().contains("No such file"))
    try write(Array("track_id,track_name,artist_name\n".utf8), to: path)
    #expect(message().contains("not a search index of Segue. Train the model again"))
    var cases = SongCases(seed: 23)
    try NearestSongs(cases.songs(60, .gridded)).write(to: path)
    var bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    bytes[8] = 7
    try write(bytes, to: path)
    #expect(message().contains("version 7; this program reads version 2"))
  }

  @Test func `damaged bytes give an error or some answer, never a crash`() throws {
    let folder = try ScratchFolder()
    let path = folder.file("index")
    var cases = SongCases(seed: 24)
    let songs = cases.songs(700, .uniform)
    try NearestSongs(songs).write(to: path)
    let good = try [UInt8](Data(contentsOf: URL(filePath: path)))
    var refused = 0
    for round in 0..<600 {
      var bytes = good
      for _ in 0..<4 {
        // Every other round aims at the header and the cells.
        let limit = round % 2 == 0 ? bytes.count : 6000
        bytes[Int(cases.random.next() % UInt64(limit))] = UInt8(truncatingIfNeeded: cases.random.next())
      }
      try write(bytes, to: path)
      do {
        let index = try NearestSongs(path: path)
        for kind in [SongCases.Query.sharp, .uniform] {
          let found = index.nearest(to: cases.query(kind, of: songs), count: 20)
          #expect(found.allSatisfy { $0.row >= 0 && $0.row < index.songCount })
        }
      } catch is InputError { refused += 1 }
    }
    #expect(refused > 50)
  }
}
