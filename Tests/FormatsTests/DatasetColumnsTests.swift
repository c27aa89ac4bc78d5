import Files
import Formats
import Foundation
import Music
import TestSupport
import Testing

/// The column store that an import leaves beside the tables.
@Suite struct DatasetColumnsTests {
  private let folder: ScratchFolder
  init() throws { folder = try ScratchFolder() }

  /// Imports playlists of which some songs have no features, no id or the same id; the pids are out of order.
  private func imported() throws -> String {
    try folder.write(
      "pid,pos,track_id,track_name,artist_name\n10,0,a,Ä,X\n10,1,b,B,Y\n9,0,c,C,Z\n9,1,a,Ä,X\n9,2,,Lost,Nobody\n9,3,,B,Y\n",
      to: "t.csv")
    try folder.write("track_id,energy,key,genre\na,0.1,3,rock\nc,0.30000001,,\n", to: "f.csv")
    _ = try PlaylistImport(sources: [folder.file("t.csv")], featureFiles: [folder.file("f.csv")]).run(
      to: folder.file("data"))
    return folder.file("data")
  }

  private func check(_ one: Dataset, _ other: Dataset) {
    #expect(
      one.playlists == other.playlists && one.songs.ids == other.songs.ids && one.songs.names == other.songs.names)
    #expect(one.songs.artists == other.songs.artists && one.songs.extras == other.songs.extras)
    #expect(one.songs.features.elementsEqual(other.songs.features) { $0 == $1 || $0.isNaN && $1.isNaN })
    #expect(one.playlistNames == other.playlistNames && one.skippedPlaylists == other.skippedPlaylists)
  }

  @Test func `a dataset from its columns is the one from its tables`() throws {
    let data = try imported()
    let columns = try #require(
      try DatasetColumns(ifCurrentIn: data, tables: ["\(data)/tracks.csv", "\(data)/playlists.csv"]))
    #expect(columns.playlistCount == 2 && columns.rowCount == 6 && columns.songCount == 4)
    #expect(columns.pid(0) == "10" && Array(columns.songs(ofPlaylist: 1)) == [2, 0, 3, 1])
    let fromColumns = try Dataset.load(folder: data)
    let first = try Dataset.load(folder: data, maxPlaylists: 1)
    #expect(first.playlists.map(\.pid) == ["9"] && first.omittedPlaylists == 1)
    try FileManager.default.removeItem(atPath: "\(data)/\(DatasetColumns.fileName)")
    check(fromColumns, try Dataset.load(folder: data))
  }

  @Test func `tables that were changed count, not what was stored before`() throws {
    let data = try imported()
    var text = try folder.text("data/playlists.csv")
    text.removeLast(text.split(separator: "\n").last!.count + 1)
    try folder.write(text, to: "data/playlists.csv")
    #expect(try Dataset.load(folder: data).rowCount == 5)
  }

  @Test func `a damaged store is an error that says to remove it`() throws {
    let data = try imported()
    let name = "data/\(DatasetColumns.fileName)"
    let bytes = try folder.bytes(name)
    for count in [0, 7, 100, bytes.count - 1] {
      try folder.write(Array(bytes.prefix(count)), to: name)
      #expect(
        #expect(throws: InputError.self) { try Dataset.load(folder: data) }?.remedy.hasPrefix("Remove it") == true)
    }
  }

  @Test func `a store in which two songs have one id is an error that says to remove it`() throws {
    try folder.write("\(tracksHeader)\n", to: "tracks.csv")
    try folder.write("pid,pos,track_id\n", to: "playlists.csv")
    let rows: [Int32] = [0, 1]
    try rows.withUnsafeBytes { rows in
      let texts = Catalogue.requiredColumns.map { name -> (name: String, text: DatasetColumns.Contents.Text) in
        (name, { _, body in try Array("same".utf8).withUnsafeBytes(body) })
      }
      let contents = DatasetColumns.Contents(
        songCount: 2, columns: texts, features: { _ in [Float](repeating: 0, count: AudioFeature.count)[...] },
        playlistEnds: [2], rows: rows, pids: ["p"])
      try DatasetColumns.write(contents, to: folder.path)
    }
    let error = #expect(throws: InputError.self) { try Dataset.load(folder: folder.path) }
    #expect(error?.reason == "damaged: two songs have one track_id" && error?.remedy.hasPrefix("Remove it") == true)
  }
}
