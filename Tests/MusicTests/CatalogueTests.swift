import Files
import FoundationEssentials
import Music
import TestSupport
import Testing

@Suite struct CatalogueTests {
  private let folder: ScratchFolder
  private var path: String { folder.file("catalogue.songs") }

  init() throws { folder = try ScratchFolder() }

  private let scaling = FeatureScaling(
    minimum: (0..<10).map { Float($0) }, maximum: (10..<20).map { Float($0) }, mean: (20..<30).map { Float($0) })

  /// Songs whose texts are empty, long, accented and equal.
  private func songs(_ count: Int) -> SongTable {
    SongTable(
      ids: (0..<count).map { "id-\($0 * 7919 % 100_003)" },
      names: (0..<count).map { $0 % 5 == 0 ? "" : "Añoranza №\($0) — 夜" },
      artists: (0..<count).map { "Artist \($0 % 3)" },
      features: (0..<count * 13).map { $0 % 11 == 0 ? .nan : Float($0) },
      extras: ["zodiac": (0..<count).map { "z\($0)" }, "album_name": (0..<count).map { $0 % 2 == 0 ? "" : "A\($0)" }])
  }

  private func vectors(_ count: Int) -> SongVectors {
    SongVectors(values: (0..<count * 29).map { Float($0) / 7 }, present: (0..<count).map { UInt16($0 % 2 * 0x3FF) })
  }

  @Test(arguments: [0, 1, 2, 1000])
  func `every row comes back as it was written`(count: Int) throws {
    let (songs, vectors) = (songs(count), vectors(count))
    try Catalogue.write(songs: songs, vectors: vectors, scaling: scaling, to: path)
    let catalogue = try Catalogue(path: path)
    #expect(catalogue.count == count && catalogue.scaling == scaling && catalogue.fingerprint == vectors.fingerprint)
    #expect(catalogue.columns == ["track_id", "track_name", "artist_name", "album_name", "zodiac"])
    for row in 0..<count {
      let song = Int32(row)
      #expect(catalogue.id(song) == songs.ids[row] && catalogue.name(song) == songs.names[row])
      #expect(catalogue.artist(song) == songs.artists[row])
      #expect(catalogue.row(of: songs.ids[row]) == song)
      #expect(catalogue.vector(song) == Array(vectors.vector(row)))
      #expect(catalogue.hasNumbers(song) == (row % 2 == 1))
      #expect(catalogue.text("zodiac", of: song) == "z\(row)")
      #expect(catalogue.text("album_name", of: song) == (row % 2 == 0 ? nil : "A\(row)"))
      #expect(catalogue.text("genre", of: song) == nil)
      let tempo = songs.features[row * 13 + AudioFeature.tempo.column]
      #expect(catalogue.feature(.tempo, of: song).bitPattern == tempo.bitPattern)
    }
    for id in ["", "id", "id-", "id-99999999", "zzz", "ID-0"] { #expect(catalogue.row(of: id) == nil) }
    #expect(catalogue.songVectors.values == vectors.values)
  }

  @Test func `a truncated catalogue is refused and a damaged one never crashes`() throws {
    try Catalogue.write(songs: songs(40), vectors: vectors(40), scaling: scaling, to: path)
    let good = try [UInt8](Data(contentsOf: URL(filePath: path)))
    for length in Array(0..<200) + Array(stride(from: 200, to: good.count, by: 97)) {
      try AtomicFile.write(Array(good[..<length]), to: path)
      #expect(throws: InputError.self, "\(length) bytes") { try Catalogue(path: path) }
    }
    for position in stride(from: 0, to: good.count, by: 5) {
      var bytes = good
      bytes[position] ^= 0xA5
      try AtomicFile.write(bytes, to: path)
      do {
        let catalogue = try Catalogue(path: path)
        for row in 0..<Int32(catalogue.count) where row < 40 {
          _ = catalogue.id(row) + catalogue.name(row) + (catalogue.text("zodiac", of: row) ?? "")
          _ = catalogue.row(of: "id-\(row)")
        }
      } catch is InputError {}
    }
  }

  @Test func `opening says when the file is no catalogue`() throws {
    try AtomicFile.write("SEGUEIDX and more", to: path)
    let error = #expect(throws: InputError.self) { try Catalogue(path: path) }
    #expect(error?.reason == "not a song catalogue of Segue")
    #expect(error?.remedy.isEmpty == false)
  }
}
