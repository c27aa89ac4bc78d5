/// What a model that ranks its catalogue learns of songs, artists and words, and how it sums up a playlist.
package struct CatalogueConfiguration: Codable, Sendable, Equatable {
  /// What makes the state of a playlist; their sum scores the catalogue.
  package enum StatePart: String, Codable, CaseIterable, Sendable {
    /// The mean of its songs' vectors through a dense layer that begins as the identity.
    case mean
    /// The encoder's final hidden state through a dense layer.
    case lstm
    /// Attention of the encoder's final hidden state over all of its states, through a dense layer.
    case attention
    /// The mean of its songs' vectors through a hidden layer of as many rectified units as the encoder has.
    case mlp
  }

  /// Numbers of a song's vector, d.
  package var dimension: Int
  package var songCount: Int
  package var artistCount: Int
  /// Known words of titles.
  package var wordCount: Int
  /// Numbers that are given of every song, F: its audio features, or vectors of the user's.
  package var featureCount: Int
  package var state: [StatePart]
  /// c: a song's score gains c·log(1 + n) when n of the songs given are by its artist.
  package var artistCountWeight: Float

  package init(
    dimension: Int = 128, songCount: Int = 0, artistCount: Int = 0, wordCount: Int = 0, featureCount: Int = 0,
    state: [StatePart] = [.mean, .lstm], artistCountWeight: Float = 0
  ) {
    self.dimension = dimension
    self.songCount = songCount
    self.artistCount = artistCount
    self.wordCount = wordCount
    self.featureCount = featureCount
    self.state = state
    self.artistCountWeight = artistCountWeight
  }

  /// What an objective begins with; nil where a model knows songs by their numbers only.
  package init?(_ objective: Objective) {
    switch objective {
    case .dissertation: return nil
    case .continuation: self.init()
    case .nextSong: self.init(state: [.lstm])
    }
  }
}

/// Shares of what is left out at random in every training step of a model that ranks its catalogue.
package struct DropoutRates: Codable, Sendable, Equatable {
  /// Songs whose own embedding is left out, as inputs and as outputs, so that a song is also placed by artist and numbers.
  package var song: Float = 0.1
  /// Numbers of the encoder's inputs.
  package var input: Float = 0.5
  /// Numbers of what the encoder and the hidden layer give.
  package var hidden: Float = 0.5
  /// Songs of a playlist's prefix.
  package var seed: Float = 0.2
  /// Titles.
  package var title: Float = 0.3

  package init() {}
}

/// What a model that ranks its catalogue can do without: to see what each is worth.
package enum ModelPart: String, Codable, CaseIterable, Sendable {
  /// The songs' own embeddings, so that a song is its artist and its numbers.
  case embeddings
  /// The artists' embeddings.
  case artists
  /// The songs' numbers.
  case audio
  /// The words of titles.
  case titles
  /// Embeddings that begin as singular vectors of the playlists instead of at random.
  case start
  /// Decoder and heads, which say how songs sound: without them a model ranks the same, is trained in half the time, and
  /// gives neither expected values nor steering.
  case decoder
  /// Co-occurrence beside the model, and with it the re-ranking.
  case coOccurrence = "co-occurrence"
  /// The network that puts the best songs in order.
  case reranking = "re-ranking"
}
