internal import Compute
internal import Files
internal import FoundationEssentials

/// A model folder's `config.json`: the architecture and the resolved training configuration.
package struct ModelDescription: Codable, Sendable, Equatable {
  /// Grows when a reader of the older form would go wrong.
  package var formatVersion = Self.currentFormatVersion
  package var model: ModelConfiguration
  package var training: TrainingConfiguration
  package var ranking = RankingConfiguration()
  /// Names of the numbers that a model which ranks its catalogue is told of songs, in the order of their kernel's rows.
  package var songNumbers: [String] = []

  package static let currentFormatVersion = 2

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
    if let problem { throw InputError(path: path, reason: "damaged: \(problem)", remedy: "Train the model anew.") }
  }
}

extension ModelDescription {
  /// What makes the settings impossible, under the names of the command line; nil when nothing does.
  package var problem: String? {
    func outside<Value: Comparable>(_ value: Value?, _ range: ClosedRange<Value>, _ name: String) -> String? {
      guard let value, !range.contains(value) else { return nil }
      return "\(name) must lie in \(range.lowerBound)…\(range.upperBound), got \(value)"
    }
    func unknown(_ value: String, _ known: [String], _ name: String) -> String? {
      known.contains(value) ? nil : "\(name) \(value) is unknown; there is \(known.joined(separator: ", "))"
    }
    let rates: ClosedRange<Float> = .leastNormalMagnitude...1e6
    let problems = [
      outside(model.hiddenSize, 1...8192, "--hidden"), outside(model.layers, 1...8, "--layers"),
      outside(model.inputSize, 1...65_536, "input_size"), outside(model.heads.count, 1...64, "the number of heads"),
      outside(model.heads.map(\.size).min(), 1...65_536, "a head's size"),
      outside(model.heads.map(\.size).max(), 1...65_536, "a head's size"),
      outside(training.epochs, 1...1_000_000, "--epochs"), outside(training.batchSize, 1...100_000, "--batch-size"),
      outside(training.learningRate, rates, "--learning-rate"), outside(training.clipNorm, rates, "--clip-norm"),
      outside(training.earlyStopping, 1...1_000_000, "--early-stopping"),
      outside(training.maxPlaylists, 1...Int.max, "--max-playlists"),
      outside(training.coldSongs, 0.0001...0.9, "--cold-songs"),
      outside(training.paddedLength, 3...100_000, "--padded-length"),
      outside(training.gradientShards, 1...1024, "gradient_shards"),
      LearningRateSchedule(training.schedule) == nil
        ? "--schedule \(training.schedule) is unknown; there is constant, cosine, warmup-cosine:SHARE:FLOOR, exponential:FACTOR, "
          + "step:EPOCHS:FACTOR"
        : nil,
      unknown(training.padding, ["packed", "keras"], "--padding"),
      unknown(training.precision, Precision.allCases.map(\.rawValue), "--precision"),
      outside(model.catalogue?.dimension, 1...4096, "--dimension"),
      outside(model.catalogue?.artistCountWeight, 0...100, "--artist-count"),
      model.catalogue?.state.isEmpty == true ? "--state names nothing" : nil,
      training.objective == .nextSong && model.catalogue?.state != [.lstm]
        ? "--objective next-song needs --state lstm, which it has by itself" : nil,
      training.objective == .dissertation && training.vectors != nil
        ? "--vectors is not for --objective dissertation, which knows audio features alone" : nil,
      training.objective == .dissertation && !training.context.isEmpty
        ? "--context is not for --objective dissertation, which knows songs alone" : nil,
      training.objective != .dissertation && training.padding != "packed"
        ? "--padding \(training.padding) needs --objective dissertation" : nil,
      training.paddedLength != nil && training.padding != "keras" ? "--padded-length needs --padding keras" : nil,
    ]
    return problems.compactMap { $0 }.first
  }
}

/// What is added to the scores of a model that ranks its catalogue, from the playlists of its training: weights of
/// log(p + ε), 0 for none.
package struct RankingConfiguration: Codable, Sendable, Equatable {
  package var sessionNeighbours: Float = 0.5
  package var sequentialRules: Float = 1
  /// Whether a network puts the best songs into a better order.
  package var reranks = true

  package init() {}

  /// - Parameter parts: of the model that are left out.
  package init(without parts: [ModelPart]) {
    if parts.contains(.coOccurrence) { (sessionNeighbours, sequentialRules, reranks) = (0, 0, false) }
    if parts.contains(.reranking) { reranks = false }
  }
}

/// What a model is asked to learn.
package enum Objective: String, Codable, CaseIterable, Sendable {
  /// From a playlist's prefix, which songs of the catalogue go on, and how the next ones sound.
  case continuation
  /// After each song which one stands next: softmax over the catalogue by a plain LSTM, the rival of most papers (Hidasi et
  /// al. 2016, "Session-based recommendations with recurrent neural networks"; what the dissertation's [6] did).
  case nextSong = "next-song"
  /// The dissertation's: the next song's 29 numbers, by an encoder that has read the whole playlist.
  case dissertation
}

/// Everything that decides a run's result, resolved: flags, defaults, and what the dataset added.
package struct TrainingConfiguration: Codable, Sendable, Equatable {
  package var objective = Objective.dissertation
  /// `packed` or `keras`.
  package var padding = "packed"
  /// Steps of a padded sequence; nil when packed.
  package var paddedLength: Int?
  package var epochs = 20
  package var batchSize = 32
  package var optimizer = OptimizerKind.rmsprop
  package var learningRate: Float = 0.001
  /// AdamW's λ for embeddings.
  package var weightDecay: Float = 0
  package var schedule = "constant"
  package var clipNorm: Float?
  package var earlyStopping: Int?
  package var seed: UInt64 = 1
  package var shuffle = true
  package var split = "0.8,0.1,0.1"
  package var maxPlaylists: Int?
  /// Share of the songs that training never sees, drawn by seed; nil for none.
  package var coldSongs: Double?
  package var precision = "float32"
  /// Parts that a batch's gradient is summed from; with seed and device it decides the bits.
  package var gradientShards = 2
  /// What is left out at random; nothing in the objective `dissertation`.
  package var dropout: DropoutRates?
  /// Columns of `playlist_meta.csv` that the model is told besides the title.
  package var context: [String] = []
  /// File of vectors in place of the songs' audio numbers, and a hash of it in hexadecimal; nil for none.
  package var vectors: String?
  package var vectorsFingerprint: String?
  /// Parts that the model does without.
  package var without: [ModelPart] = []
  /// File of the initial weights; nil when they were drawn from the seed.
  package var initialWeights: String?
  /// What was read: playlists, their rows, and songs.
  package var playlists = 0
  package var rows = 0
  package var songs = 0
  /// Tells the dataset's songs and playlists from any others: a hash in hexadecimal.
  package var fingerprint = ""
  /// Name of the device that computes.
  package var device = ""

  package init() {}

  /// The defaults of an objective.
  package init(_ objective: Objective) {
    self.objective = objective
    guard objective != .dissertation else { return }
    (epochs, batchSize, optimizer, learningRate, weightDecay) = (12, 128, .adamw, 0.002, 1e-4)
    schedule = "warmup-cosine:0.15:0.05"
    dropout = DropoutRates()
    guard objective == .nextSong else { return }
    batchSize = 16
    (dropout!.song, dropout!.seed) = (0, 0)
    without = [.artists, .audio, .titles, .start, .coOccurrence]
  }
}
