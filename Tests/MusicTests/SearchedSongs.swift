import Files
import Music
import TestSupport

/// A small catalogue with its text search, in a folder of its own.
struct SearchedSongs {
  let folder: ScratchFolder
  let catalogue: Catalogue
  let search: SongSearch
  var path: String { folder.file(SongSearch.fileName) }

  /// - Parameter popularity: without it the catalogue has no such column.
  init(
    _ songs: [(title: String, artist: String)], popularity: [Int]? = nil, weights: [Float]? = nil, number: Float = 0.5
  ) throws {
    folder = try ScratchFolder()
    catalogue = try Self.catalogue(songs, popularity: popularity, number: number, in: folder)
    let path = folder.file(SongSearch.fileName)
    try SongSearch.write(catalogue: catalogue, weights: weights, to: path)
    search = try SongSearch(path: path, catalogue: catalogue)
  }

  static func catalogue(
    _ songs: [(title: String, artist: String)], popularity: [Int]? = nil, number: Float, in folder: ScratchFolder
  ) throws -> Catalogue {
    let extras = popularity.map { ["popularity": $0.map { "\($0)" }] } ?? [:]
    let table = SongTable(
      ids: songs.indices.map { "id\($0)" }, names: songs.map(\.title), artists: songs.map(\.artist),
      features: .init(repeating: number, count: songs.count * 13), extras: extras)
    let scaling = FeatureScaling(
      minimum: .init(repeating: 0, count: 10), maximum: .init(repeating: 1, count: 10),
      mean: .init(repeating: 0.5, count: 10))
    let path = folder.file(Catalogue.fileName)
    try Catalogue.write(songs: table, vectors: SongVectors(songs: table, scaling: scaling), scaling: scaling, to: path)
    return try Catalogue(path: path)
  }

  /// Rows of the songs that a query finds.
  func rows(_ query: String, limit: Int = 1000, offset: Int = 0) -> [Int32] {
    search.songs(matching: query, limit: limit, offset: offset).rows
  }

  /// "title – artist" of the songs that a query finds.
  func found(_ query: String, limit: Int = 1000) -> [String] { rows(query, limit: limit).map(text) }

  func text(_ row: Int32) -> String { "\(catalogue.name(row)) – \(catalogue.artist(row))" }
}
