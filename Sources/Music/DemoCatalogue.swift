internal import Glibc
internal import Sequences

/// The songs of the synthetic set, and how to draw from them.
struct DemoCatalogue {
  private(set) var songs: SongTable
  private var artistOfSong: [Int] = []
  private var byArtist: [WeightedSongs] = []
  private var byMood: [WeightedSongs] = []

  private struct Artist {
    var name: String
    var mood: Int
    /// Added to the features' log-odds.
    var offset: [Double]
    var favouriteKey: Int
  }

  init(songs count: Int, seed: UInt64) {
    var random = Philox(seed: seed, purpose: .demoSet)
    let artists = (0..<max(4, count / 12)).map { _ in
      Artist(
        name: DemoNames.artist(&random), mood: random.below(DemoMood.ring.count),
        offset: (0..<8).map { _ in random.normal() * 0.4 }, favouriteKey: random.below(12))
    }
    byArtist = artists.map { _ in WeightedSongs() }
    byMood = DemoMood.ring.map { _ in WeightedSongs() }
    let ranks = random.permutation(count)
    var (names, features, popularity): ([String], [Float], [String]) = ([], [], [])
    for song in 0..<count {
      let skew = Double(random.uniform())
      let artist = Int(skew * skew * Double(artists.count))  // a few artists have many songs
      let stray = random.below(4) == 0 ? random.below(3) - 1 : 0
      let mood = (artists[artist].mood + stray + DemoMood.ring.count) % DemoMood.ring.count
      let weight = pow(Double(ranks[song] + 10), -0.8)
      artistOfSong.append(artist)
      byArtist[artist].append(Int32(song), weight: weight)
      byMood[mood].append(Int32(song), weight: weight)
      names.append(DemoNames.song(&random))
      features += Self.features(of: artists[artist], in: DemoMood.ring[mood], &random)
      popularity.append(String(Int((100 * pow(weight / pow(10, -0.8), 0.4)).rounded())))
    }
    songs = SongTable(
      ids: (0..<count).map(Self.id),
      names: names,
      artists: artistOfSong.map { artists[$0].name }, features: features,
      extras: [
        "album_name": .init(repeating: "Synthetic", count: count), "popularity": popularity,
        "feature_source": .init(repeating: DemoSet.featureSource, count: count),
      ])
  }

  /// 22 letters and digits, as Spotify's ids are.
  private static func id(_ song: Int) -> String {
    "synthetic" + String(repeating: "0", count: 13 - String(song).count) + String(song)
  }

  /// Draws by popularity; from all songs when the mood has none.
  func drawSong(mood: Int, _ random: inout Philox) -> Int32 {
    byMood[mood].draw(&random) ?? Int32(random.below(songs.count))
  }

  func drawSong(ofArtistOf song: Int32, _ random: inout Philox) -> Int32 {
    byArtist[artistOfSong[Int(song)]].draw(&random) ?? song
  }

  /// How badly one song follows another: steps on the circle of fifths, change of mode, tempo and energy.
  func distance(from first: Int32, to second: Int32) -> Double {
    let fifths = abs(Int(songs.feature(.key, of: Int(first)) - songs.feature(.key, of: Int(second)))) * 7 % 12
    let mode = songs.feature(.mode, of: Int(first)) == songs.feature(.mode, of: Int(second)) ? 0.0 : 1.0
    let tempo = songs.feature(.tempo, of: Int(first)) - songs.feature(.tempo, of: Int(second))
    let energy = songs.feature(.energy, of: Int(first)) - songs.feature(.energy, of: Int(second))
    return Double(min(fifths, 12 - fifths)) * 0.3 + mode * 0.5 + abs(Double(tempo)) / 20 + abs(Double(energy)) * 2
  }

  /// The 13 features of a new song in the order of `AudioFeature.allCases`.
  private static func features(of artist: Artist, in mood: DemoMood, _ random: inout Philox) -> [Float] {
    func share(_ mean: Double, _ offset: Int, spread: Double) -> Double {
      let odds = log(mean / (1 - mean)) + artist.offset[offset] + random.normal() * spread
      return 1 / (1 + exp(-odds))
    }
    let energy = share(mood.energy, 0, spread: 0.5)
    let key = random.below(3) == 0 ? artist.favouriteKey : random.below(12)
    let majorKeys = [0, 2, 5, 7, 9]  // C D F G A are major more often
    let majorShare = mood.majorShare + (majorKeys.contains(key) ? 0.15 : -0.15)
    let values: [AudioFeature: Double] = [
      .acousticness: share(mood.acousticness, 1, spread: 0.8),
      .danceability: share(mood.danceability, 2, spread: 0.4),
      .durationMilliseconds: (200_000 * exp(artist.offset[3] * 0.3 + random.normal() * 0.2)).rounded(),
      .energy: energy,
      .instrumentalness: share(mood.instrumentalness, 4, spread: 1.2),
      .key: Double(key),
      .liveness: share(mood.liveness, 5, spread: 0.6),
      .loudness: min(0, -18 + 14 * energy + random.normal() * 1.5),
      .mode: Double(random.uniform()) < majorShare ? 1 : 0,
      .speechiness: share(mood.speechiness, 6, spread: 0.5),
      .tempo: min(max(mood.beatsPerMinute * exp(random.normal() * 0.12), 50), 210),
      .timeSignature: timeSignature(random.below(100)),
      .valence: share(mood.valence, 7, spread: 0.5),
    ]
    return AudioFeature.allCases.map { Float((values[$0]! * 1000).rounded() / 1000) }
  }

  /// Mostly 4, some 3, few others; 4 in 100 are missing.
  private static func timeSignature(_ percent: Int) -> Double {
    switch percent {
    case ..<86: 4
    case ..<93: 3
    case ..<95: 5
    case ..<96: 1
    default: .nan
    }
  }
}

/// Songs that are drawn in proportion to a weight.
private struct WeightedSongs {
  private var songs: [Int32] = []
  private var sums: [Double] = []

  mutating func append(_ song: Int32, weight: Double) {
    songs.append(song)
    sums.append((sums.last ?? 0) + weight)
  }

  func draw(_ random: inout Philox) -> Int32? {
    guard let total = sums.last else { return nil }
    let point = Double(random.uniform()) * total
    var (low, high) = (0, sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > point { high = middle } else { low = middle + 1 }
    }
    return songs[low]
  }
}
