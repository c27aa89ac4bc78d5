package import Compute
internal import Files
package import Music

/// Lists of exactly so many songs for any playlists, those without a song among them, such as a challenge asks for.
///
/// A model that ranks its catalogue ranks it for every playlist of which it knows a song or a word of the title. What
/// nothing is known of, and what a model that knows songs by their numbers only leaves open, gets the songs that most
/// training playlists hold. Used from one thread at a time.
package final class FullLists {
  package let catalogue: Catalogue
  private let recommender: any SongRecommender
  /// Rows that are never recommended.
  private let forbidden: Set<Int32>
  /// All other rows, those that most training playlists hold first, equal ones in order of rows.
  private let popular: [Int32]

  /// Lists made so far for playlists of which the model knew nothing.
  package private(set) var popularCount = 0

  /// - Parameter isAllowed: whether a song may be recommended, by its id.
  /// - Throws: `InputError` for files that are missing or do not belong together; `ComputeError`.
  package init(_ folder: ModelFolder, backend: any Backend, isAllowed: (String) -> Bool = { _ in true }) throws {
    recommender = try folder.makeRecommender(on: backend)
    catalogue = folder.catalogue
    let playlists = try folder.requiredTrainingPlaylists()
    var counts = [Int32](repeating: 0, count: catalogue.count)
    for playlist in 0..<playlists.count {
      for song in Set(playlists[playlist]) where song >= 0 { counts[Int(song)] += 1 }
    }
    let rows = 0..<Int32(catalogue.count)
    let forbidden = Set(rows.filter { [catalogue] in !isAllowed(catalogue.id($0)) })
    self.forbidden = forbidden
    popular = rows.filter { !forbidden.contains($0) }
      .sorted { (counts[Int($1)], $0) < (counts[Int($0)], $1) }
  }

  /// Songs for each of several playlists, best first: none of the playlist's own, none twice.
  /// - Parameters:
  ///   - requests: songs unknown to the catalogue are negative; wishes and steering are not asked.
  ///   - source: names the model in errors.
  /// - Throws: `InputError` when the catalogue has not so many songs, or the model computes numbers that are not finite;
  ///   `ComputeError`.
  package func lists(for requests: [PlaylistRequest], count: Int, source: String) throws -> [[Int32]] {
    let known = requests.indices.filter { knowsAnything(of: requests[$0]) }
    let ranked = try rank(known.map { requests[$0] }, count: count)
    var lists = requests.map { _ in [Int32]() }
    for (place, list) in zip(known, ranked) { lists[place] = list }
    popularCount += requests.count - known.count
    for (place, request) in requests.enumerated() where lists[place].count < count {
      let taken = Set(request.songs).union(lists[place])
      lists[place] += popular.lazy.filter { !taken.contains($0) }.prefix(count - lists[place].count)
      guard lists[place].count == count else {
        throw InputError(
          path: source, reason: "its catalogue has only \(popular.count) songs that can be recommended",
          remedy: "\(count) are wanted beside those of the playlist: add songs with `segue add`.")
      }
    }
    return lists
  }

  private func knowsAnything(of request: PlaylistRequest) -> Bool {
    let songs = request.songs.filter { $0 >= 0 }
    guard let ranker = recommender as? CatalogueRanker else { return songs.contains(where: catalogue.hasNumbers) }
    return !songs.isEmpty || ranker.knowsWord(of: request.context)
  }

  /// As far as the model goes, without what is forbidden.
  private func rank(_ requests: [PlaylistRequest], count: Int) throws -> [[Int32]] {
    guard let ranker = recommender as? CatalogueRanker else {
      let allowed = requests.map { request in
        var request = PlaylistRequest(songs: request.songs)
        request.wishes.excludedSongs = forbidden
        return request
      }
      return try recommender.recommend(allowed, count: count, decode: .default).map { $0.map(\.row) }
    }
    let depth = min(count + forbidden.count, catalogue.count)
    return try ranker.rank(requests, depth: depth).map { list in
      Array(list.lazy.filter { !self.forbidden.contains($0) }.prefix(count))
    }
  }
}

extension CatalogueRanker {
  /// Whether the model has learned anything of a playlist's title or of what else is known of it.
  package func knowsWord(of context: PlaylistContext) -> Bool { !vectors.words.rows(of: context).isEmpty }
}
