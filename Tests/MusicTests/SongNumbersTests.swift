import Files
import Foundation
import Music
import TestSupport
import Testing

@Suite struct SongNumbersTests {
  private func table(_ extras: [String: [String]]) -> SongTable {
    let count = extras.values.first?.count ?? 3
    var features = [Float](repeating: .nan, count: count * AudioFeature.count)
    features[AudioFeature.energy.column] = 0.25  // of the first song alone
    return SongTable(
      ids: (0..<count).map { "t\($0)" }, names: .init(repeating: "", count: count),
      artists: .init(repeating: "", count: count), features: features, extras: extras)
  }

  private func audio(_ songs: SongTable) -> SongVectors {
    SongVectors(
      songs: songs,
      scaling: FeatureScaling(
        minimum: .init(repeating: 0, count: 10), maximum: .init(repeating: 1, count: 10),
        mean: .init(repeating: 0.5, count: 10)))
  }

  @Test func `a dataset without year, popularity and genre gives the 29 audio numbers, none for songs without`() {
    let songs = table(["album_name": ["", "", ""]])
    let numbers = SongNumbers(of: songs, audio: audio(songs))
    #expect(numbers.names.count == 29 && numbers.names[3] == "energy" && numbers.names[10] == "key=0")
    #expect(Array(numbers.values[0..<29]) == Array(audio(songs).vector(0)))
    #expect(numbers.values[29...].allSatisfy { $0.isNaN })
  }

  @Test func `years, popularity and genres of five songs are columns, missing where a song has none`() {
    let songs = table([
      "release_year": ["1999", "2004-05-01", "", "n/a", "2020", "2021"],
      "popularity": ["70", "", "3.5", "0", "", ""],
      "genre": ["Rock; indie  pop", "rock", "ROCK|Jazz", "", "rock", "rock, soul"],
    ])
    let numbers = SongNumbers(of: songs, audio: audio(songs))
    #expect(numbers.names[29...] == ["release_year", "popularity", "genre=rock"])
    func column(_ name: String) -> [Float] {
      let place = numbers.names.firstIndex(of: name)!
      return (0..<6).map { numbers.values[$0 * numbers.width + place] }
    }
    func same(_ a: [Float], _ b: [Float]) -> Bool { zip(a, b).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) } }
    #expect(same(column("release_year"), [1999, 2004, .nan, .nan, 2020, 2021]))
    #expect(same(column("popularity"), [70, .nan, 3.5, 0, .nan, .nan]))
    #expect(same(column("genre=rock"), [1, 1, 1, .nan, 1, 1]))
    // The same columns of songs that were not there.
    let new = table(["release_year": ["1970"], "genre": ["jazz"]])
    let added = SongNumbers(names: numbers.names, of: new, audio: audio(new))
    #expect(added.width == numbers.width && same(Array(added.values.suffix(3)), [1970, .nan, 0]))
  }

  @Test func `vectors of the user's take the audio numbers' place, by id`() throws {
    let folder = try ScratchFolder()
    let header = "track_id," + (0..<8).map { "d\($0)" }.joined(separator: ",")
    let rows = ["t2,", "nobody,"].map { $0 + (0..<8).map { "\(Float($0) / 2)" }.joined(separator: ",") }
    try ([header] + rows).joined(separator: "\n").write(
      toFile: folder.file("v.csv"), atomically: true, encoding: .utf8)
    let vectors = try DenseVectors(csv: folder.file("v.csv"))
    let songs = table(["album_name": ["", "", ""]])
    let numbers = SongNumbers(of: songs, audio: audio(songs), vectors: vectors)
    #expect(numbers.names == (0..<8).map { "vector_\($0)" })
    #expect(numbers.values[..<16].allSatisfy { $0.isNaN } && numbers.values[16...] == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5])
  }

  static let faults: [(text: String, reason: String)] = [
    ("track_id,a,b\nx,1,2\n", "2 columns beside track_id"),
    ("track_id,a,b,c,d,e,f,g,h\nx,1,2,3,4,5,6,7,\n", "h is empty"),
    ("track_id,a,b,c,d,e,f,g,h\nx,1,2,3,4,5,6,7,nan\n", "h is \"nan\""),
    ("track_id,a,b,c,d,e,f,g,h\nx,1,2,3,4,5,6,7,8\nx,1,2,3,4,5,6,7,8\n", "track_id x was there already"),
    ("track_id,a,b,c,d,e,f,g,h\n", "there are no vectors"),
    ("id,a,b,c,d,e,f,g,h\nx,1,2,3,4,5,6,7,8\n", "track_id"),
  ]

  @Test(arguments: faults.indices) func `a file of vectors that is wrong says where and why`(number: Int) throws {
    let folder = try ScratchFolder()
    try Self.faults[number].text.write(toFile: folder.file("v.csv"), atomically: true, encoding: .utf8)
    let error = #expect(throws: InputError.self) { try DenseVectors(csv: folder.file("v.csv")) }
    #expect(error?.description.contains(Self.faults[number].reason) == true, "\(String(describing: error))")
  }
}

@Suite struct PlaylistContextTests {
  @Test func `columns that were asked for are words, whole and by column; empty ones are missing`() throws {
    let folder = try ScratchFolder()
    func write(_ text: String, _ name: String) throws {
      try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8)
    }
    let features = AudioFeature.allCases.map(\.rawValue).joined(separator: ",")
    try write(
      "track_id,track_name,artist_name,\(features)\n" + (0..<2).map { "t\($0),a,b,,,,,,,,,,,,,\n" }.joined(),
      "tracks.csv")
    try write("pid,pos,track_id\n" + (0..<6).map { "\($0),0,t0\n\($0),1,t1\n" }.joined(), "playlists.csv")
    let meta = ["0,Calm,at home,", "1,calm!,at home,x", "2,Calm one,at home,", "3,,at home,x", "4,calm,,x", "5,,,"]
    try write("pid,name,place,mood\n" + meta.joined(separator: "\n") + "\n", "playlist_meta.csv")

    let plain = try Dataset.load(folder: folder.path)
    #expect(plain.contexts["1"] == PlaylistContext(title: "calm!") && plain.contexts["3"] == nil)
    let data = try Dataset.load(folder: folder.path, contextColumns: ["place", "mood"])
    #expect(data.contexts["1"] == PlaylistContext(title: "calm!", attributes: ["place=at home", "mood=x"]))
    #expect(data.contexts["5"] == nil && data.playlistNames == plain.playlistNames)
    let words = TitleWords(contexts: data.playlists.compactMap { data.contexts[$0.pid] })
    #expect(words.words == ["calm", "place=at home"], "mood=x stands three times only")
    #expect(words.rows(of: data.contexts["0"]!) == [0, 1])
    #expect(words.rows(of: PlaylistContext(title: "at home")) == [])
    #expect(throws: InputError.self) { try Dataset.load(folder: folder.path, contextColumns: ["age"]) }
    try FileManager.default.removeItem(atPath: folder.file("playlist_meta.csv"))
    let error = #expect(throws: InputError.self) { try Dataset.load(folder: folder.path, contextColumns: ["place"]) }
    #expect(error?.description.contains("playlist_meta.csv") == true)
  }
}
