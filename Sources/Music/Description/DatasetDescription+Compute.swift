extension DatasetDescription {
  /// Playlists up to which near-identical ones are looked for: beyond, that takes minutes and gigabytes.
  package static let nearIdenticalLimit = 100_000

  /// - Parameters:
  ///   - dataset: all its playlists read.
  ///   - commonCount: most common songs and artists to name; 0 leaves every title out.
  ///   - nearIdenticalLimit: playlists up to which near-identical ones are looked for.
  package init(
    of dataset: Dataset, commonCount: Int = 20, nearIdenticalLimit: Int = DatasetDescription.nearIdenticalLimit
  ) {
    let songs = dataset.songs
    let artists = songs.artistNumbers
    let tally = PlaylistTally(dataset, artistNumbers: artists.numbers, artistCount: artists.count)
    (counts.playlists, counts.skippedPlaylists) = (dataset.playlists.count, dataset.skippedPlaylists)
    counts.titledPlaylists = dataset.playlists.count { dataset.contexts[$0.pid]?.title != nil }
    (counts.rows, counts.songs, counts.artists) = (tally.rowCount, songs.count, artists.count)
    counts.albums = Self.albumCount(songs, artistNumbers: artists.numbers)
    let sortedLengths = dataset.playlists.map { Double($0.songs.count) }.sorted()
    lengths = Distribution(sorted: sortedLengths)
    lengthHistogram = Histogram(wholeNumbers: sortedLengths)
    coverage = Coverage(of: songs, rowCounts: tally.rowCounts)
    features = AudioFeature.allCases.map { FeatureDescription($0, of: songs, rowCounts: tally.rowCounts) }
    remarks = features.compactMap(\.remark)
    duplicates = Duplicates(of: dataset, tally: tally, nearIdenticalLimit: nearIdenticalLimit)
    (songsByPlaylists, popularityHistogram) = Self.popularity(tally.playlistCounts)
    commonSongs = Self.largest(commonCount, of: tally.playlistCounts).map { row in
      CommonSong(
        trackId: songs.ids[row], trackName: songs.names[row], artistName: songs.artists[row],
        playlists: tally.playlistCounts[row])
    }
    commonArtists = Self.commonArtists(commonCount, of: songs, numbers: artists.numbers, tally.artistPlaylistCounts)
    publishedTotals = PublishedTotal.all(beside: counts)
  }

  /// Nil where no song has an album.
  private static func albumCount(_ songs: SongTable, artistNumbers: [Int32]) -> Int? {
    struct Album: Hashable {
      var name: String
      var artist: Int32
    }
    guard let names = songs.extras["album_name"] else { return nil }
    var albums: Set<Album> = []
    for (row, name) in names.enumerated() where !name.isEmpty {
      albums.insert(Album(name: name, artist: artistNumbers[row]))
    }
    return albums.isEmpty ? nil : albums.count
  }

  /// - Parameter playlistCounts: playlists that hold each song. (songs)
  private static func popularity(_ playlistCounts: [Int]) -> (steps: [SongsInPlaylists], histogram: Histogram) {
    let largest = playlistCounts.max() ?? 0
    var ends = Array(0...5)
    while ends.last! < largest { ends.append(ends.last! * (String(ends.last!).hasPrefix("2") ? 5 : 4) / 2) }
    var steps = zip([-1] + ends, ends).map { SongsInPlaylists(from: $0 + 1, to: $1, songs: 0) }
    var edges = [1.0, 2]
    while edges.last! <= Double(largest) { edges.append(2 * edges.last!) }
    var histogram = Histogram(edges: edges)
    for count in playlistCounts {
      steps[ends.firstIndex { count <= $0 }!].songs += 1
      if count > 0 { histogram.add(Double(count)) }
    }
    return (steps.filter { $0.from <= largest }, histogram)
  }

  /// The indices of the largest of some counts, zeros left out; of equal ones the first.
  private static func largest(_ count: Int, of counts: [Int]) -> [Int] {
    var best: [Int] = []
    for index in counts.indices where counts[index] > 0 {
      if best.count == count, best.isEmpty || counts[best.last!] >= counts[index] { continue }
      best.insert(index, at: best.firstIndex { counts[$0] < counts[index] } ?? best.count)
      if best.count > count { best.removeLast() }
    }
    return best
  }

  private static func commonArtists(
    _ count: Int, of songs: SongTable, numbers: [Int32], _ playlistCounts: [Int]
  ) -> [CommonArtist] {
    let places = Dictionary(uniqueKeysWithValues: zip(largest(count, of: playlistCounts), 0...))
    var artists = [CommonArtist?](repeating: nil, count: places.count)
    for row in 0..<songs.count {
      let number = Int(numbers[row])
      guard let place = places[number] else { continue }
      artists[
        place,
        default: CommonArtist(
          artistName: songs.artists[row], playlists: playlistCounts[number], songs: 0)
      ].songs += 1
    }
    return artists.compactMap { $0 }
  }
}

extension DatasetDescription.PublishedTotal {
  /// The Million Playlist Dataset's totals (Chen et al., RecSys 2018) beside those of a dataset of as many playlists; nil
  /// for any other.
  package static func all(beside counts: DatasetDescription.Counts) -> [Self]? {
    guard counts.playlists + counts.skippedPlaylists == 1_000_000 else { return nil }
    return [
      ("playlists", 1_000_000, counts.playlists), ("rows", 66_346_428, counts.rows),
      ("songs", 2_262_292, counts.songs), ("albums", 734_684, counts.albums ?? 0),
      ("artists", 295_860, counts.artists),
    ].map { Self(name: $0, published: $1, here: $2, agrees: $1 == $2) }
  }
}

extension Array {
  fileprivate subscript<Wrapped>(_ index: Int, default value: @autoclosure () -> Wrapped) -> Wrapped
  where Element == Wrapped? {
    get { self[index] ?? value() }
    set { self[index] = newValue }
  }
}

extension DatasetDescription.Coverage {
  init(of songs: SongTable, rowCounts: [Int]) {
    let texts = songs.extras["feature_source"]
    var bySource: [String: (songs: Int, rows: Int)] = [:]
    for row in 0..<songs.count {
      let values = songs.features[row * AudioFeature.count..<(row + 1) * AudioFeature.count]
      if values.allSatisfy({ !$0.isNaN }) {
        completeSongs += 1
        completeRows += rowCounts[row]
      }
      guard SongVector.regressionFeatures.contains(where: { !songs.feature($0, of: row).isNaN }) else { continue }
      songsWithFeatures += 1
      rowsWithFeatures += rowCounts[row]
      bySource[texts?[row] ?? "", default: (0, 0)].songs += 1
      bySource[texts?[row] ?? ""]!.rows += rowCounts[row]
    }
    guard bySource.keys.contains(where: { !$0.isEmpty }) else { return }
    sources = bySource.sorted { ($1.value.songs, $0.key) < ($0.value.songs, $1.key) }.map {
      Source(name: $0.key.isEmpty ? nil : $0.key, songs: $0.value.songs, rows: $0.value.rows)
    }
  }
}
