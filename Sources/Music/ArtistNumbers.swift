/// Numbers for artists: by `artist_id` where a song has one, else by name; −1 for a song with neither.
package enum ArtistNumbers {
  /// - Parameters:
  ///   - names: of each song's artist.
  ///   - ids: of each song's artist, empty where missing; nil without any.
  /// - Returns: numbers from 0 in order of first appearance, and how many artists there are. (songs)
  package static func of(names: some Sequence<String>, ids: [String]?) -> (numbers: [Int32], count: Int) {
    var known: [String: Int32] = [:]
    let numbers = names.enumerated().map { row, name -> Int32 in
      let id = ids?[row] ?? ""
      guard !id.isEmpty || !name.isEmpty else { return -1 }
      let key = id.isEmpty ? "name \(name)" : "id \(id)"
      let number = known[key] ?? Int32(known.count)
      known[key] = number
      return number
    }
    return (numbers, known.count)
  }
}

extension SongTable {
  /// Number of each song's artist, −1 for none, and how many artists there are.
  package var artistNumbers: (numbers: [Int32], count: Int) {
    ArtistNumbers.of(names: artists, ids: extras["artist_id"])
  }
}
