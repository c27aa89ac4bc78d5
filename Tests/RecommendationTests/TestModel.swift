import Compute
import Files
import Learning
import Music
import Recommendation
import TestSupport

/// A model folder of random weights over random songs.
struct TestModel {
  let folder: ScratchFolder
  let table: SongTable
  let vectors: SongVectors

  init(songs count: Int = 400, hiddenSize: Int = 13, paddedLength: Int? = nil, weightScale: Float = 3) throws {
    folder = try ScratchFolder()
    var cases = SongCases(seed: 31)
    vectors = cases.songs(count, .uniform)
    table = SongTable(
      ids: (0..<count).map { "t\($0)" }, names: (0..<count).map { "Song \($0)" },
      artists: (0..<count).map { "Artist \($0 % 7)" }, features: [Float](repeating: .nan, count: count * 13),
      extras: ["album_name": (0..<count).map { "Album \($0)" }])
    let unit = FeatureScaling(
      minimum: .init(repeating: 0, count: 10), maximum: .init(repeating: 1, count: 10),
      mean: .init(repeating: 0.5, count: 10))
    try ModelFolder.writeCatalogue(songs: table, vectors: vectors, scaling: unit, to: folder.path)

    let layout = ParameterLayout(ModelConfiguration(hiddenSize: hiddenSize))
    let weights = Initialization.slab(layout, seed: 5).map { $0 * weightScale }
    try Safetensors.write(Weights.contents(weights, layout: layout), to: folder.file(ModelFolder.weightsName))
    var training = TrainingConfiguration()
    training.paddedLength = paddedLength
    training.padding = paddedLength == nil ? "packed" : "keras"
    try AtomicFile.write(
      ModelDescription(model: ModelConfiguration(hiddenSize: hiddenSize), training: training).json,
      to: folder.file(ModelFolder.descriptionName))
    try AtomicFile.write("p1\np2\n", to: folder.file(ModelFolder.trainingPidsName))
  }

  func recommender(threads: Int = 1) throws -> Recommender {
    try Recommender(ModelFolder(path: folder.path), backend: CPUBackend(threads: threads))
  }

  /// Rows of songs with numbers, repeats among them.
  func playlist(_ start: Int, _ length: Int) -> [Int32] {
    let rows = (0..<vectors.count).filter(vectors.hasNumbers)
    return (0..<length).map { Int32(rows[(start + $0 * ($0 % 3)) % rows.count]) }
  }

  /// The definition, song by song, with an exhaustive search.
  func expected(_ playlist: [Int32], count: Int, style: DecodeStyle, paddedLength: Int) throws -> [Recommendation] {
    var rows = playlist.filter { vectors.hasNumbers(Int($0)) }.map { Array(vectors.vector(Int($0))) }
    if style == .original {
      rows = Array(rows.prefix(paddedLength))
      while rows.count < paddedLength { rows.append([Float](repeating: 0, count: 29)) }
    }
    let decoder = SequenceDecoder(try ModelFolder(path: folder.path).makeModel(on: CPUBackend(threads: 1)))
    try decoder.encode(lengths: [rows.count]) { vector, _, step in
      for (column, value) in rows[step].enumerated() { vector[column] = value }
    }
    var prediction = [Float](repeating: 0, count: 29)
    var input = (0..<29).map { column in Float(rows.reduce(0) { $0 + Double($1[column]) } / Double(rows.count)) }
    var chosen: [Recommendation] = []
    var seen = Set(playlist)
    for _ in 0..<500 where chosen.count < count {
      try decoder.step(input, into: &prediction)
      let excluded = SongSet(capacity: vectors.count, rows: style == .original ? [] : Array(seen))
      guard let found = vectors.scan(prediction, limit: 1, excluding: excluded).first else { break }
      if seen.insert(found.row).inserted {
        chosen.append(
          Recommendation(row: found.row, distance: found.distance, score: -found.distance, prediction: prediction))
      }
      input = Array(vectors.vector(Int(found.row)))
    }
    return chosen
  }
}
