internal import Files
internal import FoundationEssentials
internal import Learning
internal import Music
internal import Recommendation
internal import Sequences

/// A model folder of random songs and initial weights under the temporary folder, for as long as this object lives.
final class RandomModel {
  let path: String
  /// Building the search index and writing the folder, without making the songs.
  let buildSeconds: Double

  /// - Throws: `OutputError` when the model cannot be written to the temporary folder.
  init(songCount: Int, hiddenSize: Int, objective: Objective = .dissertation, seed: UInt64, _ random: inout Philox)
    throws
  {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("segue-benchmark-\(UUID())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    do {
      let songs = RandomSongs.table(count: songCount, &random)
      let vectors = SongVectors(songs: songs, scaling: RandomSongs.scaling)
      var description = ModelDescription(
        model: ModelConfiguration(hiddenSize: hiddenSize), training: TrainingConfiguration(objective))
      if objective == .continuation {
        let catalogue = RandomCatalogue(songCount: songCount)
        description.model.catalogue = catalogue.configuration
        description.model.inputSize = catalogue.configuration.dimension
        description.ranking = catalogue.ranking
        try catalogue.write(to: path, vectors: vectors, &random)
      }
      let layout = ParameterLayout(description.model.withoutSongs)
      let start = ContinuousClock.now
      try Safetensors.write(
        Weights.contents(Initialization.slab(layout, seed: seed), layout: layout), metadata: [:],
        to: "\(path)/\(ModelFolder.weightsName)")
      try AtomicFile.write(description.json, to: "\(path)/\(ModelFolder.descriptionName)")
      try ModelFolder.writeCatalogue(songs: songs, vectors: vectors, scaling: RandomSongs.scaling, to: path)
      buildSeconds = (ContinuousClock.now - start) / .seconds(1)
    } catch {
      try? FileManager.default.removeItem(atPath: path)
      throw error
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
