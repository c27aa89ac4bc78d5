import Files
import FoundationEssentials
import Music
import Recommendation
import TestSupport
import Testing

/// The text search of a model folder.
@Suite struct SongSearchFolderTests {
  @Test func `a written catalogue can be searched, the songs of most playlists first`() throws {
    let model = try TestModel()
    let appearances = ModelFolder.appearances(in: [[7, 14, 7], [14, 14], [-1, 21]] as [[Int32]], songCount: 400)
    #expect(appearances[7] == 2 && appearances[14] == 3 && appearances.reduce(0, +) == 6)
    let scaling = try ModelFolder(path: model.folder.path).catalogue.scaling
    try ModelFolder.writeCatalogue(
      songs: model.table, vectors: model.vectors, scaling: scaling, appearances: appearances, to: model.folder.path)
    let search = try ModelFolder(path: model.folder.path).songSearch()
    #expect(search.songs(matching: "artist 0", limit: 4).rows == [14, 7, 21, 0])
    #expect(search.artists(limit: 100).artists.map(\.name) == (0..<7).map { "Artist \($0)" })
  }

  @Test func `a folder without an index gets it, as it was written with the model`() throws {
    let model = try TestModel()
    let path = model.folder.file(SongSearch.fileName)
    try ModelFolder.writeTrainingPlaylists(
      [Playlist(pid: "p1", songs: [3, 10])], vectors: model.vectors, to: model.folder.path)
    try FileManager.default.removeItem(atPath: path)
    for _ in 0..<2 {
      let search = try ModelFolder(path: model.folder.path).songSearch()
      #expect(search.songs(matching: "artist 3", limit: 3).rows == [3, 10, 17])
      #expect(FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func `where the folder cannot be written the search is built all the same`() throws {
    let model = try TestModel()
    let path = model.folder.file(SongSearch.fileName)
    let folder = try ModelFolder(path: model.folder.path)
    let expected = try folder.songSearch().songs(matching: "song 12", limit: 50)
    try FileManager.default.removeItem(atPath: path)
    // Nobody, not even root, can put a file in the place of the temporary one.
    let blocked = "\(path).\(ProcessInfo.processInfo.processIdentifier).tmp"
    try FileManager.default.createDirectory(atPath: blocked, withIntermediateDirectories: false)
    #expect(try folder.songSearch().songs(matching: "song 12", limit: 50) == expected)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func `an index of other songs is refused`() throws {
    let (model, other) = (try TestModel(), try TestModel(songs: 401))
    try model.folder.write(other.folder.bytes(SongSearch.fileName), to: SongSearch.fileName)
    let folder = try ModelFolder(path: model.folder.path)
    let error = #expect(throws: InputError.self) { try folder.songSearch() }
    #expect(error?.reason.contains("another catalogue") == true)
  }

  @Test func `added songs are found`() throws {
    let model = try TestModel()
    let songs = SongTable(
      ids: ["new"], names: ["Brand New"], artists: ["Somebody"], features: .init(repeating: .nan, count: 13))
    _ = try ModelFolder.add(songs, to: model.folder.path)
    let search = try ModelFolder(path: model.folder.path).songSearch()
    #expect(search.songs(matching: "brnad new", limit: 3).rows == [400])
    #expect(search.songs(matching: "song 399", limit: 3).rows.first == 399)
  }
}
