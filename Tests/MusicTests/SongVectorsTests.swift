import Music
import Testing

struct SongVectorsTests {
  /// A table of songs given by the features that they have.
  func table(_ songs: [[AudioFeature: Float]]) -> SongTable {
    SongTable(
      ids: songs.indices.map { "s\($0)" }, names: songs.map { _ in "" }, artists: songs.map { _ in "" },
      features: songs.flatMap { song in AudioFeature.allCases.map { song[$0] ?? .nan } })
  }

  @Test("ranges and means are taken over the training rows, repeats counted, missing values nowhere")
  func fit() {
    let songs = table([
      [.tempo: 100, .loudness: -10, .energy: 0.5], [.tempo: 200, .energy: 2], [.tempo: 400], [.loudness: -1],
    ])
    let scaling = FeatureScaling.fit(
      songs: songs, playlists: [Playlist(pid: "1", songs: [0, 0, 1]), Playlist(pid: "2", songs: [0, -1])])
    let tempo = SongVector.regressionFeatures.firstIndex(of: .tempo)!
    let loudness = SongVector.regressionFeatures.firstIndex(of: .loudness)!
    let energy = SongVector.regressionFeatures.firstIndex(of: .energy)!
    let duration = SongVector.regressionFeatures.firstIndex(of: .durationMilliseconds)!
    #expect(scaling.minimum[tempo] == 100 && scaling.maximum[tempo] == 200 && scaling.mean[tempo] == 0.25)
    #expect(scaling.minimum[loudness] == -10 && scaling.maximum[loudness] == -10 && scaling.mean[loudness] == 0)
    #expect(scaling.minimum[energy] == 0 && scaling.maximum[energy] == 1 && scaling.mean[energy] == 0.625)
    #expect(scaling.minimum[duration] == 0 && scaling.maximum[duration] == 1 && scaling.mean[duration] == 0.5)
  }

  @Test("a vector is ten numbers, then key, mode and time signature one-hot")
  func layout() {
    var song: [AudioFeature: Float] = [.key: 11, .mode: 1, .timeSignature: 3]
    for (index, feature) in SongVector.regressionFeatures.enumerated() { song[feature] = Float(index) / 16 }
    let scaling = FeatureScaling(
      minimum: .init(repeating: 0, count: 10), maximum: .init(repeating: 1, count: 10),
      mean: .init(repeating: 0, count: 10))
    let vectors = SongVectors(songs: table([song]), scaling: scaling)
    var expected = (0..<29).map { $0 < 10 ? Float($0) / 16 : 0 }
    expected[10 + 11] = 1
    expected[22 + 1] = 1
    expected[24 + 2] = 1
    #expect(vectors.values == expected)
    #expect(vectors.present == [0x1FFF])
  }

  @Test("values beyond the range are clamped, missing numbers are the mean, missing categories zeros")
  func missing() {
    let mean = (0..<10).map { Float($0) / 10 }
    let scaling = FeatureScaling(
      minimum: .init(repeating: 0, count: 10), maximum: .init(repeating: 1, count: 10), mean: mean)
    let vectors = SongVectors(
      songs: table([[.acousticness: 7, .danceability: -3, .mode: 0], [.key: 3, .mode: 1, .timeSignature: 4]]),
      scaling: scaling)
    #expect(Array(vectors.vector(0)) == [1, 0] + mean[2...] + .init(repeating: 0, count: 12) + [1, 0, 0, 0, 0, 0, 0])
    #expect(vectors.present[0] == 0b11 | SongVectors.modeBit && vectors.hasNumbers(0))
    #expect(vectors.vector(1).allSatisfy { $0 == 0 } && vectors.present[1] == 0 && !vectors.hasNumbers(1))
  }
}
