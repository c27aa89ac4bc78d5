internal import Compute

/// A catalogue of songs and what their vectors are made of.
private struct SongScenario: Sendable {
  var songCount, artistCount, featureCount, width: Int
  /// How many of the songs have no artist.
  var withoutArtist: Float = 0.2
  /// How many of the songs lose their own embedding; nil for no dropout.
  var dropRate: Float?
  var margin = 64
  /// Elements of the vectors' tensor beyond the songs.
  var room: Int { margin == 64 ? 0 : 35 }

  var label: String {
    "V\(songCount) A\(artistCount) F\(featureCount) d\(width), \(Int(100 * withoutArtist)) % without artist, "
      + (dropRate.map { "dropping \($0)" } ?? "dropping none") + ", offset \(margin)"
  }

  var mask: DropoutMask? { dropRate.map { DropoutMask(rate: $0, seed: 59, step: 3, layer: 2) } }
}

/// Everything that the song vectors are given.
private struct SongData {
  let embeddings: [Float]  // (V, d)
  let artists: [Float]  // (A, d)
  let featureKernel: [Float]  // (F, d)
  let artistOfSong: [Int32]  // (V)
  let features: [Float]  // (V, F)
  let vectorGradient: [Float]  // (V, d)
  let reference: Reference.Songs

  init(_ scenario: SongScenario) {
    var data = TestData(seed: 61)
    let (songs, width) = (scenario.songCount, scenario.width)
    embeddings = data.normal(songs * width)
    artists = data.normal(scenario.artistCount * width)
    featureKernel = data.normal(scenario.featureCount * width)
    // One artist has a hundred songs, and the last one has none, unless it is the only one.
    artistOfSong = (0..<songs).map { song in
      if scenario.artistCount == 0 || data.uniform(1)[0] < scenario.withoutArtist { return -1 }
      return song % 3 == 0 && song < 300 ? 0 : Int32(data.integer(in: 0...max(0, scenario.artistCount - 2)))
    }
    features = data.uniform(songs * scenario.featureCount)
    vectorGradient = data.normal(songs * width)
    reference = Reference.Songs(
      artists: artistOfSong, artistCount: scenario.artistCount, features: features.wide,
      featureCount: scenario.featureCount)
  }

  func songs(_ scenario: SongScenario, _ trial: Trial) throws -> SongInputs {
    try SongInputs(
      artists: artistOfSong, artistCount: scenario.artistCount, features: try trial.input("features", features),
      featureCount: scenario.featureCount, on: trial.backend)
  }
}

extension OperationCase {
  /// The vectors of whole catalogues, from one song to a real size, with and without dropout.
  static let songVectorCases: [OperationCase] =
    ([
      (1, 1, 1, 1), (2, 1, 3, 1), (5, 3, 7, 16), (17, 5, 29, 15), (31, 2, 29, 17), (63, 31, 10, 33), (64, 64, 29, 65),
      (65, 7, 31, 64), (97, 13, 29, 63),
    ]
    .enumerated().flatMap { index, size in
      [nil, 0.2].map { rate in
        SongScenario(
          songCount: size.0, artistCount: size.1, featureCount: size.2, width: size.3, dropRate: rate,
          margin: (index + (rate == nil ? 0 : 1)) % 2 == 0 ? 64 : 67)
      }
    } + [
      SongScenario(songCount: 13, artistCount: 0, featureCount: 29, width: 8, dropRate: 0.5),
      SongScenario(songCount: 13, artistCount: 4, featureCount: 0, width: 8, dropRate: 0.5, margin: 67),
      SongScenario(songCount: 33, artistCount: 4, featureCount: 2, width: 9, withoutArtist: 0, dropRate: 0.9),
      SongScenario(songCount: 31_172, artistCount: 5_000, featureCount: 29, width: 128, dropRate: 0.2),
    ]).flatMap { [songVectorsForward($0), songVectorsBackward($0)] }

  private static func songVectorsForward(_ scenario: SongScenario) -> OperationCase {
    songCase("songVectorsForward", scenario) { trial, data in
      let parameters = SongVectorParameters(
        embeddings: try trial.input("embeddings", data.embeddings), artists: try trial.input("artists", data.artists),
        featureKernel: try trial.input("featureKernel", data.featureKernel), width: scenario.width)
      let vectors = try trial.output("vectors", count: data.embeddings.count, room: scenario.room)
      try trial.backend.songVectorsForward(
        parameters: parameters, songs: try data.songs(scenario, trial), dropping: scenario.mask, vectors: vectors)
      try trial.expect(
        "vectors", vectors[0..<data.embeddings.count], within: .songVectors,
        equals: Reference.songVectorsForward(
          parameters: Reference.SongVectorArrays(
            embeddings: data.embeddings.wide, artists: data.artists.wide, featureKernel: data.featureKernel.wide),
          width: scenario.width, songs: data.reference, dropping: scenario.mask))
    }
  }

  private static func songVectorsBackward(_ scenario: SongScenario) -> OperationCase {
    songCase("songVectorsBackward", scenario) { trial, data in
      let gradients = SongVectorParameters(
        embeddings: try trial.output("embedding gradient", count: data.embeddings.count),
        artists: try trial.output("artist gradient", count: data.artists.count),
        featureKernel: try trial.output("featureKernel gradient", count: data.featureKernel.count),
        width: scenario.width)
      try trial.backend.songVectorsBackward(
        vectorGradient: try trial.input("vectorGradient", data.vectorGradient, room: scenario.room),
        songs: try data.songs(scenario, trial), dropping: scenario.mask, gradients: gradients)
      lazy var expected = Reference.songVectorsBackward(
        vectorGradient: data.vectorGradient.wide, width: scenario.width, songs: data.reference,
        dropping: scenario.mask)
      try trial.expect("embedding gradient", gradients.embeddings, within: .exact, equals: expected.embeddings)
      try trial.expect("artist gradient", gradients.artists, within: .songGradients, equals: expected.artists)
      try trial.expect(
        "featureKernel gradient", gradients.featureKernel, within: .songGradients, equals: expected.featureKernel)
    }
  }

  private static func songCase(
    _ operation: String, _ scenario: SongScenario, body: @escaping @Sendable (Trial, SongData) throws -> Void
  ) -> OperationCase {
    let cost = scenario.songCount * scenario.width * (scenario.featureCount + 2)
    return OperationCase(operation: operation, label: scenario.label, isSmall: cost <= smallCost / 2) { trial in
      trial.margin = scenario.margin
      try body(trial, SongData(scenario))
    }
  }
}
