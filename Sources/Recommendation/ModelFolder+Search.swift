internal import Compute
internal import Files
internal import FoundationEssentials
package import Music

extension ModelFolder {
  /// The search of the catalogue by title and artist. A folder made before there was one gets it now: built in a second
  /// for 100,000 songs or so and written into the folder, or where that cannot be written, into a temporary file that is
  /// gone with the search, which is said.
  /// - Throws: `InputError` for a damaged index or one of another catalogue; `OutputError` when there is no place for one.
  package func songSearch() throws -> SongSearch {
    let path = "\(path)/\(SongSearch.fileName)"
    guard !FileManager.default.fileExists(atPath: path) else { return try SongSearch(path: path, catalogue: catalogue) }
    let weights = appearances
    do {
      try Self.writeSearch(of: catalogue, weights: weights, to: path)
      return try SongSearch(path: path, catalogue: catalogue)
    } catch let error as OutputError {
      Note.once("\(error) Until then the text search is built anew at every start.", topic: path)
      let temporary = FileManager.default.temporaryDirectory.appendingPathComponent("segue-search-\(UUID())").path
      defer { try? FileManager.default.removeItem(atPath: temporary) }  // the mapping keeps what it needs
      try Self.writeSearch(of: catalogue, weights: weights, to: temporary)
      return try SongSearch(path: temporary, catalogue: catalogue)
    }
  }

  /// Songs that equally good answers are sorted by: the column `popularity`, or else in how many playlists each is.
  static func writeSearch(of catalogue: Catalogue, weights: [Float]?, to path: String) throws {
    let weights = catalogue.columns.contains("popularity") ? nil : weights
    try SongSearch.write(catalogue: catalogue, weights: weights, to: path)
  }

  /// How often each song is in the playlists of the training; nil in a folder that does not know them.
  var appearances: [Float]? {
    trainingPlaylists.map { playlists in
      Self.appearances(in: (0..<playlists.count).lazy.map { playlists[$0] }, songCount: catalogue.count)
    }
  }

  /// How often each song is in playlists.
  package static func appearances(in playlists: some Sequence<some Sequence<Int32>>, songCount: Int) -> [Float] {
    var counts = [Float](repeating: 0, count: songCount)
    for playlist in playlists { for song in playlist where song >= 0 { counts[Int(song)] += 1 } }
    return counts
  }
}
