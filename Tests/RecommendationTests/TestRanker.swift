import Compute
import Files
import Learning
import Music
import Recommendation
import Sequences
import TestSupport

/// A model folder that ranks its catalogue: random weights, vectors and training playlists.
struct TestRanker {
  let folder: ScratchFolder
  let table: SongTable
  let vectors: SongVectors
  let dimension = 8

  /// - Parameter unplayed: songs at the end of the catalogue that no training playlist holds.
  init(
    songs count: Int = 300, unplayed: Int = 20, weightScale: Float = 1, neighbours: Float = 0.7, rules: Float = 0.7
  ) throws {
    folder = try ScratchFolder()
    var cases = SongCases(seed: 77)
    vectors = cases.songs(count, .uniform)
    var features = [Float](repeating: .nan, count: count * AudioFeature.count)
    for row in 0..<count where vectors.hasNumbers(row) {
      for (column, feature) in SongVector.regressionFeatures.enumerated() {
        features[row * AudioFeature.count + feature.column] = Self.scaling.value(
          ofScaled: vectors.values[row * SongVector.width + column], column)
      }
    }
    table = SongTable(
      ids: (0..<count).map { "t\($0)" },
      names: (0..<count).map { "Song \($0 / 3)" + ["", " (Live)", " - Remix"][$0 % 3] },
      artists: (0..<count).map { "Artist \($0 / 6)" }, features: features,
      extras: ["album_name": (0..<count).map { "Album \($0 / 2)" }])
    try ModelFolder.writeCatalogue(songs: table, vectors: vectors, scaling: Self.scaling, to: folder.path)

    var model = ModelConfiguration(hiddenSize: 6)
    model.inputSize = dimension
    model.catalogue = CatalogueConfiguration(
      dimension: dimension, songCount: count, artistCount: (count + 5) / 6, wordCount: 2, featureCount: SongVector.width
    )
    let layout = ParameterLayout(model.withoutSongs)
    var random = Philox(seed: 4, purpose: .testData)
    func numbers(_ count: Int, _ scale: Float = 1) -> [Float] {
      (0..<count).map { _ in (2 * random.uniform() - 1) * scale }
    }
    try Safetensors.write(
      Weights.contents(numbers(layout.count, weightScale), layout: layout), to: folder.file(ModelFolder.weightsName))
    var description = ModelDescription(model: model, training: TrainingConfiguration(.continuation))
    description.songNumbers = SongNumbers.audioNames
    (description.ranking.sessionNeighbours, description.ranking.sequentialRules) = (neighbours, rules)
    try AtomicFile.write(description.json, to: folder.file(ModelFolder.descriptionName))
    let artists = table.artistNumbers
    try CatalogueVectors.write(
      .init(
        vectors: numbers(count * dimension), bias: numbers(count),
        artists: ArtistSongs(artists.numbers, count: artists.count),
        artistVectors: numbers(artists.count * dimension), words: TitleWords(words: ["party", "sad"]),
        moments: FeatureMoments(
          means: numbers(SongVector.width), deviations: numbers(SongVector.width).map { abs($0) + 0.1 })),
      dimension: dimension, fingerprint: vectors.fingerprint, to: folder.file(CatalogueVectors.fileName))
    try ModelFolder.writeTrainingPlaylists(
      (0..<60).map { number in
        Playlist(pid: "p\(number)", songs: (0..<12).map { Int32((number * 13 + $0 * $0 * 7) % (count - unplayed)) })
      }, vectors: vectors, to: folder.path)
  }

  /// Ranges such as Spotify's units have.
  static let scaling: FeatureScaling = {
    var scaling = FeatureScaling(
      minimum: .init(repeating: 0, count: 10), maximum: .init(repeating: 1, count: 10),
      mean: .init(repeating: 0.5, count: 10))
    (scaling.minimum[6], scaling.maximum[6]) = (-40, 0)  // loudness
    (scaling.minimum[8], scaling.maximum[8]) = (60, 180)  // tempo
    return scaling
  }()

  func ranker(threads: Int = 1) throws -> CatalogueRanker {
    try CatalogueRanker(ModelFolder(path: folder.path), backend: CPUBackend(threads: threads))
  }

  /// Rows with repeats, songs without numbers among them.
  func playlist(_ start: Int, _ length: Int) -> [Int32] {
    (0..<length).map { Int32((start + $0 * ($0 % 3) * 7) % vectors.count) }
  }

  var silent: [Int32] { (0..<vectors.count).filter { !vectors.hasNumbers($0) }.map { Int32($0) } }
}
