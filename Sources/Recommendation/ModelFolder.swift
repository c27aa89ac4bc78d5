package import Compute
internal import Files
internal import FoundationEssentials
package import Learning
package import Music

/// A trained model as it lies on the disk.
///
///     model.safetensors  weights                       config.json   architecture and training configuration
///     catalogue.songs    every song, ranges, vectors    catalogue.index  the search index over them
///     catalogue.search   titles and artists, to search
///     train.pids         playlists it was trained on    train.playlists  their songs, as rows of the catalogue
///     README.md, metrics.json, checkpoint/
///
/// Opening maps the catalogue, the index and the playlists and builds nothing; weights are read when a model is asked
/// for, the text search likewise (`songSearch`). `train.playlists` has the playlists of `train.pids` in its order, with repeats, without the songs that were kept
/// out of the training; folders made before there was this file open without it.
package struct ModelFolder: Sendable {
  package let path: String
  package let description: ModelDescription
  package let catalogue: Catalogue
  package let songs: NearestSongs
  /// What the model was trained on; nil in a folder without `train.playlists`.
  package let trainingPlaylists: TrainingPlaylists?

  package static let weightsName = "model.safetensors"
  package static let descriptionName = "config.json"
  package static let trainingPidsName = "train.pids"

  /// - Throws: `InputError` for a folder that is missing, incomplete, damaged or of another version, and for files that
  ///   do not belong together.
  package init(path: String) throws {
    self.path = path
    let names = [Self.descriptionName, Self.weightsName, Catalogue.fileName, NearestSongs.fileName]
    let missing = names.filter { !FileManager.default.fileExists(atPath: "\(path)/\($0)") }
    guard missing.isEmpty else {
      guard FileManager.default.fileExists(atPath: path) else {
        throw InputError(path: path, reason: "there is no such folder", remedy: "Check the path.")
      }
      throw InputError(
        path: path, reason: "not a finished model: \(missing.joined(separator: ", ")) missing",
        remedy: FileManager.default.fileExists(atPath: "\(path)/checkpoint")
          ? "Finish the training with `segue train … --out \(path) --resume`."
          : "Give a folder made by `segue train`.")
    }
    description = try ModelDescription(folder: path)
    let columns = description.model.headColumns.map(\.columns)
    guard description.model.inputSize == description.model.catalogue?.dimension ?? SongVector.width,
      columns == [SongVector.regression, SongVector.key, SongVector.mode, SongVector.timeSignature]
    else {
      throw InputError(
        path: path, reason: "not a model of song vectors of 29 numbers",
        remedy: "Give a folder made by `segue train`.")
    }
    catalogue = try Catalogue(path: "\(path)/\(Catalogue.fileName)")
    songs = try NearestSongs(path: "\(path)/\(NearestSongs.fileName)")
    guard songs.songCount == catalogue.count, songs.fingerprint == catalogue.fingerprint else {
      throw InputError(
        path: path, reason: "\(NearestSongs.fileName) and \(Catalogue.fileName) belong to different models",
        remedy: "Train the model again or copy its whole folder again.")
    }
    let playlistsPath = "\(path)/\(TrainingPlaylists.fileName)"
    trainingPlaylists =
      FileManager.default.fileExists(atPath: playlistsPath)
      ? try TrainingPlaylists(
        path: playlistsPath,
        fingerprints: .init(
          catalogue: catalogue.fingerprint, pids: try MappedFile.text(path: "\(path)/\(Self.trainingPidsName)")))
      : nil
  }

  /// The playlists that the model was trained on, for one that cannot do without them.
  /// - Throws: `InputError` when the folder has none.
  package func requiredTrainingPlaylists() throws -> TrainingPlaylists {
    if let trainingPlaylists { return trainingPlaylists }
    throw InputError(
      path: path, reason: "\(TrainingPlaylists.fileName) is missing, without which this model cannot rank songs",
      remedy: "Copy its whole folder again, or train the model again.")
  }

  /// Where the re-ranker lies; nil in a folder without one.
  var rerankerPath: String? {
    let path = "\(path)/\(Reranker.fileName)"
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  /// The weights on a backend; those of songs are in `CatalogueVectors`.
  /// - Throws: `InputError` for weights of the wrong shape or dtype, missing or not finite; `ComputeError`.
  package func makeModel(on backend: any Backend) throws -> Seq2Seq {
    let layout = ParameterLayout(description.model.withoutSongs)
    return try Seq2Seq(
      layout, values: try Weights.read(path: "\(path)/\(Self.weightsName)", layout: layout), backend: backend)
  }

  /// The playlists that the model was trained on.
  /// - Throws: `InputError` when the file is missing or empty.
  package func trainingPids() throws -> [String] {
    let path = "\(path)/\(Self.trainingPidsName)"
    let pids = try MappedFile.text(path: path).split(whereSeparator: \.isNewline).map(String.init)
    guard !pids.isEmpty else {
      throw InputError(path: path, reason: "names no playlist", remedy: "Train the model again.")
    }
    return pids
  }

  /// Builds both search indices and writes them with the catalogue, so that opening builds nothing.
  /// - Parameter appearances: in how many playlists each song is, which the text search sorts by where songs have no
  ///   popularity.
  /// - Throws: `OutputError`; what stood there before survives.
  package static func writeCatalogue(
    songs: SongTable, vectors: SongVectors, scaling: FeatureScaling, appearances: [Float]? = nil, to folder: String
  ) throws {
    try NearestSongs(vectors).write(to: "\(folder)/\(NearestSongs.fileName)")
    let path = "\(folder)/\(Catalogue.fileName)"
    try Catalogue.write(songs: songs, vectors: vectors, scaling: scaling, to: path)
    try writeSearch(of: Catalogue(path: path), weights: appearances, to: "\(folder)/\(SongSearch.fileName)")
  }

  /// Writes what the model was trained on: the ids of the playlists, and their songs.
  /// - Parameters:
  ///   - playlists: rows of the catalogue, all known, without the songs that were kept out of the training.
  ///   - vectors: those of the catalogue.
  /// - Throws: `OutputError`; what stood there before survives.
  package static func writeTrainingPlaylists(_ playlists: [Playlist], vectors: SongVectors, to folder: String) throws {
    let pids = playlists.map { $0.pid + "\n" }.joined()
    try AtomicFile.write(pids, to: "\(folder)/\(trainingPidsName)")
    try TrainingPlaylists(playlists.map(\.songs), songCount: vectors.count).write(
      to: "\(folder)/\(TrainingPlaylists.fileName)",
      fingerprints: .init(catalogue: vectors.fingerprint, pids: pids))
  }
}
