import Compute
import Files
import Learning
import Music
import Recommendation
import Sequences

/// What a dataset gives a training run: split, vectors, batches, and what the model must know of its catalogue.
struct TrainingData {
  let dataset: Dataset
  let split: Split
  /// Songs that training never sees.
  let coldSongs: Set<Int32>
  let scaling: FeatureScaling
  let vectors: SongVectors
  let training: any BatchSource
  let validation: (any BatchSource)?
  /// Playlists that are trained on.
  let sequenceCount: Int
  /// What was left out of the training playlists, and why.
  let omissions: [(count: Int, reason: String)]
  /// Nil in the objective `dissertation`.
  let catalogue: CatalogueInputs?
  /// In place of the songs' audio numbers.
  let denseVectors: DenseVectors?

  /// - Parameters:
  ///   - denseVectors: of --vectors, read.
  ///   - description: resolved settings; completed by what the dataset decides.
  /// - Throws: `InputError` when there is nothing to train on.
  init(
    _ dataset: Dataset, split: Split, denseVectors: DenseVectors?, description: inout ModelDescription
  ) throws {
    let settings = description.training
    guard !split.training.isEmpty else {
      throw InputError(
        path: dataset.folder, reason: "\(dataset.playlists.count) playlists leave none to train on",
        remedy: "Give more playlists or another --split.")
    }
    let cold: Set<Int32> =
      settings.coldSongs.map { ColdSongs.draw(share: $0, of: dataset.songs.count, seed: settings.seed) } ?? []
    func playlists(_ numbers: [Int]) -> [Playlist] { numbers.map { dataset.playlists[$0].without(cold) } }
    let (trained, held) = (playlists(split.training), playlists(split.validation))
    scaling = .fit(songs: dataset.songs, playlists: trained)
    vectors = SongVectors(songs: dataset.songs, scaling: scaling)
    self.dataset = dataset
    self.split = split
    self.denseVectors = denseVectors
    coldSongs = cold

    let batches: Batches
    switch settings.objective {
    case .dissertation:
      catalogue = nil
      batches = Self.wholePlaylists(trained, held, vectors, Self.padding(of: dataset, &description), settings)
    case .continuation, .nextSong:
      let numbers = SongNumbers(of: dataset.songs, audio: vectors, vectors: denseVectors)
      let inputs = CatalogueInputs(dataset, numbers: numbers, training: trained, without: settings.without)
      catalogue = inputs
      let ranked = inputs.sized(description.model.catalogue)
      description.model.rank(ranked)
      description.ranking = RankingConfiguration(without: settings.without)
      description.songNumbers = numbers.names
      batches = Self.windows(trained, held, dataset, inputs, vectors, ranked, settings)
    }
    guard batches.sequenceCount > 0 else {
      throw InputError(
        path: dataset.folder, reason: batches.shortage, remedy: "Give longer playlists, or songs with audio features.")
    }
    (training, validation) = (batches.training, batches.validation)
    sequenceCount = batches.sequenceCount
    let withoutVector = denseVectors.map { vectors in dataset.songs.ids.count { vectors.rows[$0] == nil } }
    omissions = batches.omissions + [(withoutVector ?? 0, "songs without a row in the file of --vectors")]
    description.training.vectorsFingerprint = denseVectors?.fingerprint
    description.training.playlists = dataset.playlists.count
    description.training.rows = dataset.rowCount
    description.training.songs = dataset.songs.count
    description.training.fingerprint = String(dataset.fingerprint(vectors), radix: 16)
  }

  private struct Batches {
    var training: any BatchSource
    var validation: (any BatchSource)?
    var sequenceCount: Int
    var omissions: [(count: Int, reason: String)]
    /// What is said where there is nothing to train on.
    var shortage: String
  }

  /// Batches of the objective `dissertation`.
  private static func wholePlaylists(
    _ trained: [Playlist], _ held: [Playlist], _ vectors: SongVectors, _ padding: Padding,
    _ settings: TrainingConfiguration
  ) -> Batches {
    func batches(_ playlists: [Playlist], shuffled: Bool) -> SequenceBatches {
      SequenceBatches(
        vectors: vectors, playlists: playlists, batchSize: settings.batchSize, padding: padding, seed: settings.seed,
        isShuffled: shuffled)
    }
    let (training, validation) = (batches(trained, shuffled: settings.shuffle), batches(held, shuffled: false))
    return Batches(
      training: training, validation: validation.sequenceCount > 0 ? validation : nil,
      sequenceCount: training.sequenceCount,
      omissions: [
        (training.skippedPlaylists, "training playlists with fewer than three songs with features skipped"),
        (training.skippedSongs, "rows of training playlists whose song has no features passed over"),
        (training.truncatedPlaylists, "training playlists cut to the padded length"),
      ], shortage: "no training playlist has three songs with audio features")
  }

  /// Batches of a model that ranks its catalogue.
  private static func windows(
    _ trained: [Playlist], _ held: [Playlist], _ dataset: Dataset, _ inputs: CatalogueInputs, _ vectors: SongVectors,
    _ catalogue: CatalogueConfiguration, _ settings: TrainingConfiguration
  ) -> Batches {
    func batches(_ playlists: [Playlist], _ window: ContinuationBatches.Window, shuffled: Bool) -> ContinuationBatches {
      ContinuationBatches(
        playlists.filter { $0.songs.count >= 2 }.map {
          ContinuationBatches.Item(songs: $0.songs, words: inputs.words(of: $0, in: dataset))
        }, vectors: vectors, artists: inputs.artists, batchSize: settings.batchSize, window: window,
        answers: settings.objective == .nextSong ? .nextSong : .allOthers,
        artistCountWeight: catalogue.artistCountWeight, seed: settings.seed, isShuffled: shuffled)
    }
    var window = ContinuationBatches.Window()
    let rates = rates(settings)
    (window.seedDropout, window.titleDropout) = (rates.seed, rates.title)
    if settings.objective == .nextSong { window.lengths = Self.nextSongSteps...Self.nextSongSteps }
    let training = batches(trained, window, shuffled: settings.shuffle)
    let validation = batches(
      held, .first(settings.objective == .nextSong ? Self.nextSongSteps : 10), shuffled: false)
    return Batches(
      training: training, validation: validation.sequenceCount > 0 ? validation : nil,
      sequenceCount: training.sequenceCount,
      omissions: [(trained.count - training.sequenceCount, "training playlists with fewer than two songs skipped")],
      shortage: "no training playlist has two songs")
  }

  /// Songs of a playlist after which an epoch of the objective `next-song` asks for the next one.
  private static let nextSongSteps = 30

  private static func padding(of dataset: Dataset, _ description: inout ModelDescription) -> Padding {
    guard description.training.padding == "keras" else { return .packed }
    let length = description.training.paddedLength ?? max(3, dataset.longestPlaylist)
    description.training.paddedLength = length
    return .keras(length: length)
  }

  /// Training passes for the model.
  func makePass(_ model: Seq2Seq, _ settings: TrainingConfiguration) throws -> any TrainingPass {
    guard let catalogue else { return try Seq2SeqPass(model) }
    return try ContinuationPass(
      model, songs: catalogue.songInputs(on: model.backend), rates: Self.rates(settings),
      seed: settings.seed, asksEveryStep: settings.objective == .nextSong,
      decodes: !settings.without.contains(.decoder))
  }

  private static func rates(_ settings: TrainingConfiguration) -> DropoutRates {
    var rates = settings.dropout ?? DropoutRates()
    if settings.without.contains(.embeddings) { rates.song = DropoutMask.highestRate }
    return rates
  }

  /// The different songs of each training playlist.
  private var trainingBags: EmbeddingBags {
    var bags = EmbeddingBags()
    for number in split.training {
      bags.append(Set(dataset.playlists[number].without(coldSongs).songs).sorted(), weight: 1)
    }
    return bags
  }

  /// What is kept of a trained slab.
  func finished(_ slab: [Float], _ layout: ParameterLayout) -> [Float] {
    guard let catalogue else { return slab }
    var slab = slab
    CatalogueInitialization.resetUnplayed(
      &slab, layout: layout, playlists: trainingBags, artists: catalogue.artists.numbers)
    return slab
  }

  /// The slab that training begins with.
  func initialValues(_ layout: ParameterLayout, _ settings: TrainingConfiguration) -> [Float] {
    var slab = Initialization.slab(layout, seed: settings.seed)
    if let catalogue {
      CatalogueInitialization.fill(
        &slab, layout: layout, playlists: trainingBags, artists: catalogue.artists.numbers, without: settings.without,
        seed: settings.seed)
    }
    return slab
  }
}

extension ModelConfiguration {
  /// Makes it a model that ranks its catalogue, whose songs are vectors of its own.
  fileprivate mutating func rank(_ catalogue: CatalogueConfiguration) {
    self.catalogue = catalogue
    inputSize = catalogue.dimension
  }
}
