import Files
import Foundation
import Music
import TestSupport
import Testing

/// Figures of a folder of five playlists and seven songs that were counted by hand.
@Suite struct DatasetDescriptionTests {
  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
    try folder.write(
      """
      track_id,track_name,artist_name,acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,\
      loudness,mode,speechiness,tempo,time_signature,valence,album_name,artist_id,feature_source
      a,One,Ann,0.1,0.2,100000,0.1,0,0,0.1,-10,1,0.1,100,4,0.5,First,A,own
      b,ONE,ann,0.2,0.2,200000,0.2,0,0,0.1,-20,1,0.1,0,4,0.5,First,A,own
      c,Two,Ann,0.3,0.2,300000,0.3,0,5,0.1,-30,0,0.1,120,,0.5,Second,A,web
      d,Two,Bob,0.4,0.2,400000,0.4,0,,0.1,1.5,,0.1,140,3,0.5,First,,
      e,Three,Bob,,,,,,,,,,,,,,,,
      f,,Bob,,,,,,,,,,,,,,,,
      g,Four,,0.5,0.2,500000,80,0,11,0.1,-5,1,0.1,160,4,0.5,,,own

      """, to: "tracks.csv")
    try folder.write(
      """
      pid,pos,track_id
      1,0,a
      1,1,b
      1,2,a
      2,0,b
      2,1,a
      3,0,a
      3,1,c
      3,2,d
      3,3,e
      4,0,a
      4,1,c
      4,2,d
      4,3,b
      5,0,c
      6,0,e
      6,1,e

      """, to: "playlists.csv")
    try folder.write("pid,name\n1,Mix\n2,\n3,Mix\n", to: "playlist_meta.csv")
  }

  private func description(commonCount: Int = 3, limit: Int = 10) throws -> DatasetDescription {
    DatasetDescription(
      of: try Dataset.load(folder: folder.path), commonCount: commonCount, nearIdenticalLimit: limit)
  }

  @Test func `playlists, rows, songs, artists and albums are counted`() throws {
    let counts = try description().counts
    #expect(counts.playlists == 5 && counts.skippedPlaylists == 1 && counts.titledPlaylists == 2)
    #expect(counts.rows == 15 && counts.songs == 7)
    #expect(counts.artists == 2)  // Ann by her id, Bob by name; g has neither
    #expect(counts.albums == 3)  // First by Ann, Second by Ann, First by Bob
  }

  @Test func `lengths of playlists have quartiles, mean and a histogram`() throws {
    let description = try description()
    let lengths = try #require(description.lengths)  // 2 2 3 4 4
    #expect(lengths.count == 5 && lengths.minimum == 2 && lengths.maximum == 4 && lengths.mean == 3)
    #expect(lengths.lowerQuartile == 2 && lengths.median == 3 && lengths.upperQuartile == 4)
    #expect(description.lengthHistogram.edges == [0, 1, 2, 3, 4, 5])
    #expect(description.lengthHistogram.counts == [0, 0, 2, 1, 2])
  }

  @Test func `features are covered by song, by row and by source`() throws {
    let coverage = try description().coverage
    #expect(coverage.songsWithFeatures == 5 && coverage.rowsWithFeatures == 12)  // all rows but three of e
    #expect(coverage.completeSongs == 3 && coverage.completeRows == 8)  // a, b and g: 5 + 3 + 0
    let sources = coverage.sources.map { "\($0.name ?? "none"): \($0.songs), \($0.rows)" }
    #expect(sources == ["own: 3, 8", "none: 1, 2", "web: 1, 2"])
  }

  @Test func `each feature has its gaps, its range and what lies beyond the expected`() throws {
    let features = Dictionary(uniqueKeysWithValues: try description().features.map { ($0.name, $0) })
    let energy = try #require(features["energy"])
    #expect(energy.missingSongs == 2 && energy.missingRows == 3 && energy.unexpectedSongs == 1)
    #expect(energy.distribution?.maximum == 80 && energy.distribution?.count == 5 && energy.expected == [0, 1])
    #expect(energy.histogram?.above == 1 && energy.histogram?.counts.reduce(0, +) == 4)
    let duration = try #require(features["duration_ms"]?.distribution)
    #expect(duration.lowerQuartile == 200_000 && duration.median == 300_000 && duration.mean == 300_000)
    #expect(features["tempo"]?.unexpectedSongs == 1 && features["loudness"]?.unexpectedSongs == 1)
    #expect(features["duration_ms"]?.unexpectedSongs == 0)
    let key = try #require(features["key"])
    #expect(key.missingSongs == 3 && key.missingRows == 5 && key.distribution == nil && key.expected == nil)
    #expect(key.values?.map { [$0.value, $0.songs] } == [[0, 2], [5, 1], [11, 1]])
    #expect(features["time_signature"]?.missingRows == 5 && features["mode"]?.missingRows == 5)
  }

  @Test func `repeats, identical and near-identical playlists, titles twice and unheld songs are found`() throws {
    let duplicates = try description().duplicates
    #expect(duplicates.playlistsWithRepeats == 2 && duplicates.repeatedRows == 2)
    #expect(duplicates.identicalSets == 1 && duplicates.identicalPlaylists == 2)  // 1 and 2
    // 1 and 2; {a, b} and {a, b, c, d} twice: 2/4; {a, c, d, e} and {a, b, c, d}: 3/5
    #expect(duplicates.nearIdenticalPairs == 4 && duplicates.nearIdenticalPlaylists == 4)
    #expect(duplicates.sameTitles == 1 && duplicates.sameTitleIds == 2)  // One by Ann
    #expect(duplicates.songsInNoPlaylist == 2)
    let left = try description(limit: 4).duplicates
    #expect(left.nearIdenticalPairs == nil && left.nearIdenticalPlaylists == nil && left.identicalPlaylists == 2)
  }

  @Test func `songs and artists are ranked by the playlists that hold them, and counted by how many do`() throws {
    let description = try description()
    #expect(description.commonSongs.map(\.trackId) == ["a", "b", "c"])
    #expect(description.commonSongs.map(\.playlists) == [4, 3, 2])
    let artists = description.commonArtists.map { "\($0.artistName): \($0.playlists), \($0.songs)" }
    #expect(artists == ["Ann: 4, 3", "Bob: 3, 3"])
    // f and g in none; none in one; c, d and e in two; b in three; a in four
    #expect(description.songsByPlaylists.map(\.songs) == [2, 0, 3, 1, 1])
    #expect(description.songsByPlaylists.map(\.from) == [0, 1, 2, 3, 4])
    #expect(description.popularityHistogram.edges == [1, 2, 4, 8])
    #expect(description.popularityHistogram.counts == [0, 4, 1])
    let anonymous = try self.description(commonCount: 0)
    #expect(anonymous.commonSongs.isEmpty && anonymous.commonArtists.isEmpty)
  }

  @Test func `a column in other units is remarked on`() throws {
    #expect(try description().remarks.isEmpty)
    let text = try folder.text("tracks.csv").replacing("00000,", with: "00,")
      .replacing(",0.2,", with: ",20,")
    try folder.write(text, to: "tracks.csv")
    #expect(
      try description().remarks == [
        "danceability looks like per cent, not 0 to 1", "duration_ms looks like seconds, not milliseconds",
      ])
  }

  @Test func `the whole Million Playlist Dataset is held against its published totals, other sets are not`() {
    var counts = DatasetDescription.Counts()
    (counts.playlists, counts.skippedPlaylists) = (999_998, 1)
    (counts.rows, counts.songs, counts.artists) = (66_346_428, 2_262_292, 295_860)
    #expect(DatasetDescription.PublishedTotal.all(beside: counts) == nil)
    counts.skippedPlaylists = 2
    let totals = DatasetDescription.PublishedTotal.all(beside: counts)
    #expect(totals?.map(\.name) == ["playlists", "rows", "songs", "albums", "artists"])
    #expect(totals?.map(\.published) == [1_000_000, 66_346_428, 2_262_292, 734_684, 295_860])
    #expect(totals?.map(\.here) == [999_998, 66_346_428, 2_262_292, 0, 295_860])
    #expect(totals?.map(\.agrees) == [false, true, true, false, true])
  }

  @Test func `songs in many playlists are counted in steps of one, two and five`() throws {
    let songs = SongTable(
      ids: ["a", "b", "c"], names: ["", "", ""], artists: ["", "", ""],
      features: [Float](repeating: .nan, count: 3 * AudioFeature.count))
    let playlists = (0..<60).map { (number: Int) -> Playlist in
      Playlist(pid: "\(number)", songs: [0, number < 7 ? 1 : number < 21 ? 2 : 0])
    }
    let description = DatasetDescription(of: Dataset(folder: "", songs: songs, playlists: playlists))
    let steps = description.songsByPlaylists.filter { $0.songs > 0 }
    #expect(steps.map { [$0.from, $0.to, $0.songs] } == [[6, 10, 1], [11, 20, 1], [51, 100, 1]])
    #expect(description.counts.artists == 0 && description.coverage.sources.isEmpty)
  }
}

@Suite struct DistributionTests {
  @Test func `quartiles between two values are interpolated, and no number has no distribution`() {
    let four = Distribution(sorted: [1.0, 2, 3, 10])
    #expect(four?.lowerQuartile == 1.75 && four?.median == 2.5 && four?.upperQuartile == 4.75 && four?.mean == 4)
    #expect(Distribution(sorted: [7.0])?.upperQuartile == 7 && Distribution(sorted: [Double]()) == nil)
  }

  @Test func `a histogram's intervals hold their lower edge, and the last one both`() {
    var histogram = Histogram(edges: [0, 1, 3])
    for value in [-0.5, 0, 0.5, 1, 3, 3.5] { histogram.add(value) }
    #expect(histogram.counts == [2, 2] && histogram.below == 1 && histogram.above == 1 && histogram.total == 6)
  }

  @Test func `whole numbers get at most fifty round intervals, and a few giants are counted apart`() {
    let even = Histogram(wholeNumbers: (0...238).map { Double($0) })
    #expect(even.edges.prefix(3) == [0, 5, 10] && even.counts.count == 48 && even.above == 0)
    #expect(even.counts.dropLast().allSatisfy { $0 == 5 } && even.total == 239)
    let giant = Histogram(wholeNumbers: [Double](repeating: 20, count: 200) + [100_000])
    #expect(giant.edges.last! < 50 && giant.above == 1 && giant.total == 201)
    #expect(Histogram(wholeNumbers: []).total == 0)
  }
}
