package import Music

/// What of a ranking may be recommended. Songs are taken from the top of the whole ranking, those that a wish forbids
/// left out.
package struct Wishes: Sendable, Equatable {
  /// Most songs by the same artist (`artist_id` where the song has one, else the name); nil for any number.
  package var songsPerArtist: Int?
  /// Most songs of the same artist's album; songs without an album count nowhere. Nil for any number.
  package var songsPerAlbum: Int?
  /// Whether a title may come again by the same artist, as it does in remastered and live versions; the playlist's own
  /// songs count.
  package var allowsVersions = true
  /// Songs to choose from, those that session kNN finds for the playlist; nil for the whole catalogue.
  package var candidateCount: Int?
  /// Songs never to be recommended.
  package var excludedSongs: Set<Int32> = []
  /// Artists never to be recommended: names or ids in lower case.
  package var excludedArtists: Set<String> = []

  package init() {}

  /// Adds what a list says to the songs and artists never to be recommended.
  /// - Returns: the ids that the catalogue does not know.
  package mutating func exclude(_ list: SongExclusions, in catalogue: Catalogue) -> [String] {
    excludedArtists.formUnion(list.artists.map { $0.lowercased() })
    return list.ids.filter { id in
      guard let row = catalogue.row(of: id) else { return true }
      excludedSongs.insert(row)
      return false
    }
  }

  /// Artists never to be recommended that no song of the catalogue is by.
  package func unknownArtists(in catalogue: Catalogue) -> [String] {
    var unknown = excludedArtists
    for row in 0..<Int32(catalogue.count) where !unknown.isEmpty {
      unknown.remove(catalogue.artist(row).lowercased())
      if let id = catalogue.text("artist_id", of: row) { unknown.remove(id.lowercased()) }
    }
    return unknown.sorted()
  }
}

/// Walks down one playlist's ranking and tells which songs its wishes allow after those allowed before.
struct WishFilter {
  private let wishes: Wishes
  private let catalogue: Catalogue
  private let candidates: SongSet?
  private var (songsOfArtists, songsOfAlbums): ([String: Int], [String: Int]) = ([:], [:])
  private var versions: Set<String> = []

  /// - Parameters:
  ///   - given: the playlist's own songs; negative rows are unknown.
  ///   - candidates: the songs to choose from, where the wishes ask for any.
  init(_ wishes: Wishes, given: [Int32], candidates: SongSet? = nil, in catalogue: Catalogue) {
    self.wishes = wishes
    self.catalogue = catalogue
    self.candidates = candidates
    guard !wishes.allowsVersions else { return }
    for row in given where row >= 0 { version(of: row, by: artist(of: row)).map { _ = versions.insert($0) } }
  }

  /// Whether the song may be recommended. It then counts.
  mutating func accepts(_ row: Int32) -> Bool {
    if wishes == Wishes() { return true }
    if let candidates, !candidates.contains(row) { return false }
    if wishes.excludedSongs.contains(row) { return false }
    let artist = artist(of: row)
    if !wishes.excludedArtists.isEmpty {
      if wishes.excludedArtists.contains(catalogue.artist(row).lowercased()) { return false }
      if let artist, wishes.excludedArtists.contains(artist.lowercased()) { return false }
    }
    let version = wishes.allowsVersions ? nil : version(of: row, by: artist)
    if let version, versions.contains(version) { return false }
    let album = wishes.songsPerAlbum == nil ? nil : album(of: row, by: artist)
    if let most = wishes.songsPerArtist, let artist, songsOfArtists[artist, default: 0] >= most { return false }
    if let most = wishes.songsPerAlbum, let album, songsOfAlbums[album, default: 0] >= most { return false }
    if let version { versions.insert(version) }
    if let artist { songsOfArtists[artist, default: 0] += 1 }
    if let album { songsOfAlbums[album, default: 0] += 1 }
    return true
  }

  /// Nil for a song without any.
  private func artist(of row: Int32) -> String? {
    if let id = catalogue.text("artist_id", of: row) { return id }
    let name = catalogue.artist(row)
    return name.isEmpty ? nil : name
  }

  private func album(of row: Int32, by artist: String?) -> String? {
    catalogue.text("album_name", of: row).map { "\($0)\n\(artist ?? "")" }
  }

  private func version(of row: Int32, by artist: String?) -> String? {
    let title = SongTitle.withoutVersion(catalogue.name(row))
    guard let artist, !title.isEmpty else { return nil }
    return "\(title)\n\(artist)"
  }
}
