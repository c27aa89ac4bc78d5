internal import Learning
internal import Music
internal import Recommendation
internal import Sequences

/// What a model that ranks its catalogue would have learned of songs, drawn at random: vectors, four songs an artist, and
/// training playlists as many and as long as the real ones, some songs in many and most in few.
struct RandomCatalogue {
  let configuration: CatalogueConfiguration
  private static let (playlistCount, playlistLength, songsPerArtist) = (3000, 85, 4)

  init(songCount: Int) {
    configuration = CatalogueConfiguration(
      songCount: songCount, artistCount: (songCount + Self.songsPerArtist - 1) / Self.songsPerArtist, wordCount: 0,
      featureCount: SongVector.width)
  }

  /// Both ways to count co-occurrence, which costs most.
  var ranking: RankingConfiguration {
    var ranking = RankingConfiguration()
    (ranking.sessionNeighbours, ranking.sequentialRules) = (0.7, 0.7)
    return ranking
  }

  func write(to folder: String, vectors: SongVectors, _ random: inout Philox) throws {
    let songs = configuration.songCount
    func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in (2 * random.uniform() - 1) / 8 } }
    let contents = CatalogueVectors.Contents(
      vectors: numbers(songs * configuration.dimension), bias: numbers(songs),
      artists: ArtistSongs((0..<songs).map { Int32($0 / Self.songsPerArtist) }, count: configuration.artistCount),
      artistVectors: numbers(configuration.artistCount * configuration.dimension), words: TitleWords(words: []),
      moments: FeatureMoments(
        means: .init(repeating: 0, count: SongVector.width), deviations: .init(repeating: 1, count: SongVector.width)))
    try CatalogueVectors.write(
      contents, dimension: configuration.dimension, fingerprint: vectors.fingerprint,
      to: "\(folder)/\(CatalogueVectors.fileName)")
    let playlists = (0..<Self.playlistCount).map { number in
      Playlist(
        pid: "\(number)",
        songs: (0..<Self.playlistLength).map { _ in
          let share = random.uniform()
          return min(Int32(Float(songs) * share * share.squareRoot()), Int32(songs) - 1)
        })
    }
    try ModelFolder.writeTrainingPlaylists(playlists, vectors: vectors, to: folder)
  }
}
