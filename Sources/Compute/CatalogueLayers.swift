package import Sequences

/// Layers over a whole catalogue: what a model that learns a vector for every song needs besides LSTMs and heads. Part of
/// the seam; the rules of `Backend` hold. V songs, A artists, F numbers of a song, d dimensions, B sequences.
package protocol CatalogueLayers {
  // MARK: Song vectors

  /// The vector of every song: its own embedding, its artist's, and its numbers through a dense layer without bias,
  ///
  ///     v_j = k_j·e_j + a_artist(j) + x_j·W
  ///
  /// where k_j is 0 for the songs that `dropping` leaves out and 1 for the others (nothing is scaled up: a song without
  /// its own embedding is what an unknown song is). A song whose artist is −1 has none of that term.
  /// - Parameter vectors: receives (V, d).
  func songVectorsForward(
    parameters: SongVectorParameters, songs: SongInputs, dropping: DropoutMask?, vectors: Tensor) throws

  /// Gradients of `songVectorsForward` with the same `songs` and `dropping`: ∂e_j = k_j·∂v_j, ∂a = Σ ∂v_j over the
  /// artist's songs in ascending order, ∂W = xᵀ·∂v.
  /// - Parameter vectorGradient: ∂L/∂v. (V, d)
  func songVectorsBackward(
    vectorGradient: Tensor, songs: SongInputs, dropping: DropoutMask?, gradients: SongVectorParameters) throws

  // MARK: Sums of rows

  /// Weighted sums of a table's rows (PyTorch's `EmbeddingBag`, mode `sum`): result[b] ← Σ w_e·table[row_e] over the
  /// entries e of bag b, in their order; zeros for an empty bag.
  /// - Parameters:
  ///   - table: rows of `width` numbers.
  ///   - result: receives (bags, `width`); another buffer than the table's.
  func embeddingBagForward(_ bags: EmbeddingBags, of table: Tensor, width: Int, into result: Tensor) throws

  /// The adjoint: tableGradient[row_e] ← tableGradient[row_e] + w_e·gradient[b] for every entry e of every bag b. The one
  /// operation that adds to what is there, because a table's gradient comes from several places. What one row receives is
  /// added in the order of the entries.
  /// - Parameter gradient: (bags, `width`)
  func embeddingBagBackward(
    _ bags: EmbeddingBags, gradient: Tensor, width: Int, addingTo tableGradient: Tensor) throws

  // MARK: Softmax over the catalogue

  /// Scores of all songs: states·vectorsᵀ + bias.
  /// - Parameters:
  ///   - states: (B, d)
  ///   - vectors: (V, d)
  ///   - bias: (V)
  ///   - scores: receives (B, V).
  func catalogueScores(
    states: Tensor, batchSize: Int, vectors: Tensor, width: Int, bias: Tensor, scores: Tensor) throws

  /// Softmax cross-entropy over the catalogue with several right songs for each sequence, forward and backward in one:
  ///
  ///     z_bj = states_b·vectors_j + bias_j + offset_bj
  ///     loss_b = −w_b·Σ_{t ∈ targets} log p_bt      p_b = softmax z_b
  ///     ∂z_bj = w_b·(|targets|·p_bj − [j ∈ targets]) / denominator
  ///
  /// An offset of −∞ takes a song out; targets must not be taken out. A sequence without targets has no loss and no
  /// gradient.
  /// - Parameters:
  ///   - targets: of each sequence: its targets, each once, and its offsets, each song at most once.
  ///   - denominator: what the loss sum is divided by for the gradients; above 0.
  ///   - lossSum: receives Σ loss_b. (1)
  ///   - gradients: receive ∂L/∂states (B, d), ∂L/∂vectors (V, d) and ∂L/∂bias (V); nil for the loss alone.
  func catalogueLoss(
    states: Tensor, vectors: Tensor, width: Int, bias: Tensor, targets: CatalogueTargets, denominator: Float,
    lossSum: Tensor, gradients: CatalogueGradients?) throws
}

/// The parameters behind song vectors, or their gradients.
package struct SongVectorParameters {
  package let embeddings: Tensor  // (V, d)
  package let artists: Tensor  // (A, d)
  package let featureKernel: Tensor  // (F, d)
  package let width: Int  // d

  package init(embeddings: Tensor, artists: Tensor, featureKernel: Tensor, width: Int) {
    precondition(
      width > 0 && [embeddings, artists, featureKernel].allSatisfy { $0.count % width == 0 },
      "SongVectorParameters: not rows of \(width)")
    self.embeddings = embeddings
    self.artists = artists
    self.featureKernel = featureKernel
    self.width = width
  }
}

/// What is known of every song besides what is learned, in a backend's memory.
package struct SongInputs {
  /// Number of each song's artist, −1 for none. (V)
  package let artists: Indices
  /// Songs of each artist in ascending order, artist after artist, and where each artist's begin. (with artist), (A + 1)
  package let (songsByArtist, artistStarts): (Indices, Indices)
  /// (V, F)
  package let features: Tensor
  package let featureCount: Int

  /// - Parameter artists: number of each song's artist, 0 ..< `artistCount`, or −1. (V)
  package init(artists: [Int32], artistCount: Int, features: Tensor, featureCount: Int, on backend: any Backend) throws
  {
    precondition(
      features.count == artists.count * featureCount,
      "SongInputs: \(features.count) numbers of \(artists.count) songs with \(featureCount) each")
    var starts = [Int32](repeating: 0, count: artistCount + 1)
    for artist in artists where artist >= 0 { starts[Int(artist) + 1] += 1 }
    for artist in 0..<artistCount { starts[artist + 1] += starts[artist] }
    var (songs, ends) = ([Int32](repeating: 0, count: Int(starts[artistCount])), starts)
    for (song, artist) in artists.enumerated() where artist >= 0 {
      songs[Int(ends[Int(artist)])] = Int32(song)
      ends[Int(artist)] += 1
    }
    self.artists = try Indices(artists, on: backend)
    songsByArtist = try Indices(songs, on: backend)
    artistStarts = try Indices(starts, on: backend)
    self.features = features
    self.featureCount = featureCount
  }

  package var songCount: Int { artists.values.count }
  package var artistCount: Int { artistStarts.values.count - 1 }
}

/// Whole numbers that stay the same while a model lives, on the host and in a backend's memory.
package struct Indices {
  package let values: [Int32]
  /// The same bits in 32-bit elements.
  package let tensor: Tensor

  package init(_ values: [Int32], on backend: any Backend) throws {
    self.values = values
    tensor = try backend.makeTensor(values.map { Float(bitPattern: UInt32(bitPattern: $0)) })
  }
}

/// What `catalogueLoss` gives.
package struct CatalogueGradients {
  package let states: Tensor  // (B, d)
  package let vectors: Tensor  // (V, d)
  package let bias: Tensor  // (V)

  package init(states: Tensor, vectors: Tensor, bias: Tensor) {
    self.states = states
    self.vectors = vectors
    self.bias = bias
  }
}
