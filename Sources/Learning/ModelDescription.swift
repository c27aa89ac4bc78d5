internal import Files
internal import FoundationEssentials

/// A model folder's `config.json`: the architecture and the resolved training configuration.
package struct ModelDescription: Codable, Sendable, Equatable {
  /// Grows when a reader of the older form would go wrong.
  package var formatVersion = Self.currentFormatVersion
  package var model: ModelConfiguration
  package var training: TrainingConfiguration

  package static let currentFormatVersion = 1

  package init(model: ModelConfiguration, training: TrainingConfiguration) {
    self.model = model
    self.training = training
  }

  /// The JSON text, keys sorted, names in snake case.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do { return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n" } catch {
      preconditionFailure("ModelDescription.json: \(error)")
    }
  }

  /// Reads the `config.json` of a model folder.
  /// - Throws: `InputError` when there is none, or of another version.
  package init(folder: String) throws {
    let path = "\(folder)/config.json"
    guard FileManager.default.fileExists(atPath: path) else {
      throw InputError(
        path: folder, reason: "not a model folder (no config.json)",
        remedy: "Give a folder made by `segue train`; a run that is not finished goes on with --resume.")
    }
    try self.init(json: MappedFile.text(path: path), path: path)
  }

  /// - Parameter path: names the source in errors.
  /// - Throws: `InputError` for another version or foreign text.
  package init(json: String, path: String) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    struct Version: Decodable { var formatVersion: Int }
    guard let version = try? decoder.decode(Version.self, from: Data(json.utf8)).formatVersion else {
      throw InputError(
        path: path, reason: "not a configuration of this program", remedy: "Give a model folder made by `segue train`.")
    }
    guard version == Self.currentFormatVersion else {
      throw InputError(
        path: path, reason: "format version \(version), this program reads \(Self.currentFormatVersion)",
        remedy: "Use the version of segue that made the model, or train it anew.")
    }
    do { self = try decoder.decode(Self.self, from: Data(json.utf8)) } catch {
      throw InputError(path: path, reason: "damaged configuration", remedy: "Train the model anew.")
    }
    guard model.inputSize > 0, model.hiddenSize > 0, model.layers > 0, !model.heads.isEmpty,
      model.heads.allSatisfy({ $0.size > 0 })
    else { throw InputError(path: path, reason: "impossible layer sizes", remedy: "Train the model anew.") }
  }
}

/// Everything that decides a run's result, resolved: flags, defaults, and what the dataset added.
package struct TrainingConfiguration: Codable, Sendable, Equatable {
  package var objective = "dissertation"
  /// `packed` or `keras`.
  package var padding = "packed"
  /// Steps of a padded sequence; nil when packed.
  package var paddedLength: Int?
  package var epochs = 20
  package var batchSize = 32
  package var learningRate: Float = 0.001
  package var schedule = "constant"
  package var clipNorm: Float?
  package var earlyStopping: Int?
  package var seed: UInt64 = 1
  package var shuffle = true
  package var split = "0.8,0.1,0.1"
  package var maxPlaylists: Int?
  package var precision = "float32"
  /// Parts that a batch's gradient is summed from; with seed and device it decides the bits.
  package var gradientShards = 2
  /// File of the initial weights; nil when they were drawn from the seed.
  package var initialWeights: String?
  /// What was read: playlists, their rows, and songs.
  package var playlists = 0
  package var rows = 0
  package var songs = 0
  /// Tells the dataset's song vectors from any others: `SongVectors.fingerprint` in hexadecimal.
  package var fingerprint = ""

  package init() {}
}
