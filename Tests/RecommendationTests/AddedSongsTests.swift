import Compute
import Files
import Foundation
import Learning
import Music
import Recommendation
import TestSupport
import Testing

@Suite struct AddedSongsTests {
  /// A known artist, a new artist with two songs, a known song again, and nothing known at all.
  private func songs(likeRow row: Int, of table: SongTable) -> SongTable {
    let width = AudioFeature.count
    let features = Array(table.features[row * width..<(row + 1) * width])
    let none = [Float](repeating: .nan, count: width)
    return SongTable(
      ids: ["new1", "new2", "new3", "t5", "new4"], names: ["A", "B", "C", "D", "E"],
      artists: [table.artists[row], "Nobody", "Nobody", "Artist 0", ""],
      features: features + features + none + none + none,
      extras: ["genre": ["a", "b", "c", "d", "e"]])
  }

  @Test func `new songs stand behind the old ones, which stay as they were`() throws {
    let model = try TestModel()
    let recommender = try model.recommender()
    let playlist = model.playlist(4, 5)
    let before = try recommender.recommend(for: [playlist], count: 5)[0]
    let row = Int(before[0].row)
    // The table of this model has no features; the numbers of the vectors are in [0, 1] with unit ranges.
    var song = model.table
    for (column, feature) in SongVector.regressionFeatures.enumerated() {
      song.features[row * AudioFeature.count + feature.column] = model.vectors.values[row * SongVector.width + column]
    }
    try ModelFolder.writeTrainingPlaylists(
      [Playlist(pid: "p1", songs: [1, 2])], vectors: model.vectors, to: model.folder.path)
    let addition = try ModelFolder.add(songs(likeRow: row, of: song), to: model.folder.path)
    #expect(addition == .init(added: 4, alreadyThere: 1, byKnownArtists: 0, unplaced: 2, total: 404))
    let folder = try ModelFolder(path: model.folder.path)
    #expect(folder.catalogue.count == 404 && folder.songs.songCount == 404)
    #expect(Array(try folder.requiredTrainingPlaylists()[0]) == [1, 2])
    #expect(folder.catalogue.id(400) == "new1" && folder.catalogue.text("genre", of: 401) == "b")
    #expect(folder.catalogue.text("genre", of: 5) == nil && folder.catalogue.text("album_name", of: 5) == "Album 5")
    for row in 0..<Int32(400) {
      #expect(folder.catalogue.vector(row) == Array(model.vectors.vector(Int(row))))
      #expect(folder.catalogue.id(row) == "t\(row)" && folder.catalogue.row(of: "t\(row)") == row)
    }
    let opened = try model.recommender()
    let kept = try opened.recommend(for: [playlist], count: 500)[0].map(\.row)
    #expect(kept.contains(400) && kept.contains(401) && !kept.contains(402))
    #expect(try opened.recommend(ids: ["new1"], count: 3, source: "").songs.count == 3)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: model.folder.path + "/..").allSatisfy {
        !$0.hasPrefix((model.folder.path as NSString).lastPathComponent + ".")
      })
  }

  @Test func `a ranking model places them by artist and numbers`() throws {
    let model = try TestRanker(unplayed: 20)
    let path = model.folder.path
    let before = try ModelFolder(path: path)
    let old = try CatalogueVectors(path: "\(path)/\(CatalogueVectors.fileName)", of: before.catalogue)
    let addition = try ModelFolder.add(songs(likeRow: 13, of: model.table), to: path)
    #expect(addition == .init(added: 4, alreadyThere: 1, byKnownArtists: 1, unplaced: 2, total: 304))
    let folder = try ModelFolder(path: path)
    let new = try CatalogueVectors(path: "\(path)/\(CatalogueVectors.fileName)", of: folder.catalogue)
    #expect(new.artists.numbers == old.artists.numbers + [2, 50, 50, -1] && new.artists.artistCount == 51)
    #expect(new.words == old.words && new.moments == old.moments)
    for row in 0..<Int32(300) { #expect(Array(new.vector(row)) == Array(old.vector(row))) }

    let layout = ParameterLayout(folder.description.model.withoutSongs)
    let entry = try #require(layout.entry("songs/features/kernel"))
    let kernel = layout.values(of: entry, in: try Weights.read(path: "\(path)/model.safetensors", layout: layout))
    // Keys, modes and time signatures are missing in this table.
    let numbers = folder.catalogue.vector(300)
    #expect(zip(numbers, model.vectors.vector(13)).prefix(10).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(numbers.dropFirst(10).allSatisfy { $0 == 0 })
    for place in 0..<model.dimension {
      let ofNumbers = (0..<SongVector.width).reduce(0.0) { sum, feature in
        let value = (numbers[feature] - old.moments.means[feature]) / old.moments.deviations[feature]
        return sum + Double(value) * Double(kernel[feature * model.dimension + place])
      }
      #expect(abs(Double(new.vector(301)[place]) - ofNumbers) < 1e-4, "an artist that nobody knows")
      #expect(new.vector(302)[place] == 0 && new.vector(303)[place] == 0)
      let ofArtist = Double(old.artistVector(2)[place])
      #expect(abs(Double(new.vector(300)[place]) - ofNumbers - ofArtist) < 1e-4)
    }
    let ofArtist = (12..<18).reduce(0) { $0 + old.bias(of: $1) } / 6
    let unseen = (280..<300).reduce(0) { $0 + old.bias(of: $1) } / 20
    #expect(abs(new.bias(of: 300) - ofArtist) < 1e-5 && abs(new.bias(of: 301) - unseen) < 1e-5)
    let all = try model.ranker().recommend(ids: ["new2", "t3"], count: 500, source: "")
    #expect(all.songs.count == 302 && all.songs.contains { $0.row == 303 })
  }

  @Test func `an added song of every artist does not push aside those that were played`() throws {
    let model = try TestRanker(weightScale: 0)
    let lists = (0..<30).map { model.playlist($0 * 9, 6) }
    let firsts = lists.indices.map { Array(lists[$0].prefix(6)) }
    let before = try model.ranker().rank(firsts.map { PlaylistRequest(songs: $0) }, depth: 10)
    let artists = Array(Set(model.table.artists)).sorted()
    let features = [Float](repeating: .nan, count: artists.count * AudioFeature.count)
    let added = SongTable(
      ids: artists.map { "new of \($0)" }, names: artists.map { "New of \($0)" }, artists: artists, features: features)
    #expect(try ModelFolder.add(added, to: model.folder.path).byKnownArtists == 50)
    let after = try model.ranker().rank(firsts.map { PlaylistRequest(songs: $0) }, depth: 10)
    let kept = zip(before, after).reduce(0) { $0 + Set($1.0).intersection($1.1).count }
    #expect(kept >= 240, "\(kept) of 300")
  }

  @Test func `nothing new changes nothing, and a folder that is no model is refused`() throws {
    let model = try TestRanker()
    let files = try FileManager.default.contentsOfDirectory(atPath: model.folder.path).sorted()
    let bytes = try files.map { try model.folder.bytes($0) }
    #expect(try ModelFolder.add(model.table, to: model.folder.path) == .init(alreadyThere: 300, total: 300))
    #expect(try files.map { try model.folder.bytes($0) } == bytes)
    let empty = try ScratchFolder()
    #expect(throws: InputError.self) { try ModelFolder.add(model.table, to: empty.path) }
    #expect(try empty.names().isEmpty)
  }

  @Test func `what fails leaves the folder as it was, links and inner folders are taken over`() throws {
    let scratch = try ScratchFolder()
    try FileManager.default.createDirectory(atPath: scratch.file("model/inner"), withIntermediateDirectories: true)
    try scratch.write("old", to: "model/a")
    try scratch.write("kept", to: "model/b")
    try scratch.write("deep", to: "model/inner/c")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.file("link"), withDestinationPath: scratch.file("model"))
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try AtomicFolder.replace(scratch.file("model")) { temporary in
        try AtomicFile.write("new", to: temporary + "/a")
        throw Stop()
      }
    }
    #expect(try scratch.text("model/a") == "old" && scratch.names() == ["link", "model"])
    try AtomicFolder.replace(scratch.file("link")) { try AtomicFile.write("new", to: $0 + "/a") }
    #expect(try scratch.text("model/a") == "new" && scratch.text("model/b") == "kept")
    #expect(try scratch.text("link/inner/c") == "deep" && scratch.names() == ["link", "model"])
  }
}
