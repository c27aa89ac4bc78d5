internal import Glibc
internal import Sequences

extension SongTable {
  /// Whether these are songs of a synthetic set, as the `feature_source` of the first one says.
  package var isSynthetic: Bool { extras["feature_source"]?.first == DemoSet.featureSource }
}

extension Catalogue {
  /// As `SongTable.isSynthetic`.
  package var isSynthetic: Bool { count > 0 && text("feature_source", of: 0) == DemoSet.featureSource }
}

/// A synthetic set of songs and playlists, made by the program, for demonstrations and tests: no song, artist or
/// listener in it exists. Everything that shows its numbers must say so; ids, albums and sources say it themselves.
///
/// Songs belong to artists and moods and sound like them; popularity is skewed. A playlist starts in a mood and drifts
/// along the ring of moods, stays with an artist at times, and prefers a next song that goes with the last one in key
/// and tempo. The same arguments always give the same set.
package enum DemoSet {
  package static let standardPlaylists = 600
  package static let standardSongs = 1500
  /// From here on a set is as the Million Playlist Dataset in its measures: playlists of 5 to 249 songs, 66 in the mean.
  private static let largeCatalogue = 10_000

  /// Songs of a set of so many playlists, where nobody says otherwise: with many playlists about as many as in a part of
  /// that size of the Million Playlist Dataset.
  package static func songCount(playlists: Int) -> Int { max(standardSongs, min(playlists * 5 / 2, 2_262_292)) }
  /// What `feature_source` says of every song of a synthetic set.
  static let featureSource = "synthetic"

  /// - Parameters:
  ///   - playlists: how many; a playlist does not depend on how many others there are.
  ///   - songs: at least 8.
  package static func make(
    playlists: Int = standardPlaylists, songs: Int = standardSongs, seed: UInt64 = 1
  ) -> Dataset {
    precondition(playlists > 0 && songs >= 8, "DemoSet: \(playlists) playlists of \(songs) songs")
    let catalogue = DemoCatalogue(songs: songs, seed: seed)
    var made: [Playlist] = []
    var names: [String: String] = [:]
    for index in 0..<playlists {
      var random = Philox(seed: seed, purpose: .demoSet, epoch: index, index: 1)
      let (songs, moods) = playlist(from: catalogue, &random)
      made.append(Playlist(pid: String(index), songs: songs))
      let (first, last) = (DemoMood.ring[moods.first].name, DemoMood.ring[moods.last].name)
      names[String(index)] = "\(first == last ? first : "\(first) to \(last)") (synthetic)"
    }
    return Dataset(folder: "synthetic demo set", songs: catalogue.songs, playlists: made, playlistNames: names)
  }

  private static func playlist(
    from catalogue: DemoCatalogue, _ random: inout Philox
  ) -> (songs: [Int32], moods: (first: Int, last: Int)) {
    let length =
      catalogue.songs.count < largeCatalogue
      ? min(15 + random.below(46), catalogue.songs.count / 2)
      : min(max(Int(49 * exp(0.77 * random.normal())), 5), 249)
    var angle = Double(random.uniform()) * Double(DemoMood.ring.count)
    let drift = random.normal() * 0.04
    var songs: [Int32] = []
    var used: Set<Int32> = []
    let first = DemoMood.index(at: angle)
    while songs.count < length {
      let song = next(after: songs.last, angle: angle, from: catalogue, used: used, &random)
      songs.append(song)
      used.insert(song)
      angle += drift + random.normal() * 0.05
    }
    return (songs, (first, DemoMood.index(at: angle)))
  }

  /// Draws a few songs of the mood, or of the last song's artist, and takes the one that follows best.
  private static func next(
    after last: Int32?, angle: Double, from catalogue: DemoCatalogue, used: Set<Int32>, _ random: inout Philox
  ) -> Int32 {
    var best: (song: Int32, cost: Double)?
    let staysWithArtist = last != nil && random.below(4) == 0
    for attempt in 0..<24 {
      let song: Int32
      if let last, staysWithArtist, attempt < 8 {
        song = catalogue.drawSong(ofArtistOf: last, &random)
      } else {
        song = catalogue.drawSong(mood: DemoMood.index(at: angle + random.normal() * 0.3), &random)
      }
      if used.contains(song) { continue }
      let cost = last.map { catalogue.distance(from: $0, to: song) } ?? 0
      if best.map({ cost < $0.cost }) ?? true { best = (song, cost) }
      if attempt >= 3 && best != nil { break }
    }
    if let best { return best.song }
    return (0..<Int32(catalogue.songs.count)).first { !used.contains($0) }!  // half of the songs are always left
  }
}
