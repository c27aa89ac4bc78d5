internal import Compute
internal import Glibc
package import Sequences

/// What a catalogue's embeddings begin as, out of the playlists of the training: song vectors that already know what was
/// played together, halved between artist and song, and the songs' popularity as biases.
package enum CatalogueInitialization {
  /// - Parameters:
  ///   - playlists: the training's, by bag, each song once with weight 1.
  ///   - artists: number of each song's artist, −1 for none.
  ///   - parts: of the model that are left out.
  ///   - slab: of `Initialization.slab`; gets the song and artist embeddings and the song biases.
  package static func fill(
    _ slab: inout [Float], layout: ParameterLayout, playlists: EmbeddingBags, artists: [Int32],
    without parts: [ModelPart] = [], seed: UInt64
  ) {
    guard let catalogue = layout.configuration.catalogue else {
      preconditionFailure("CatalogueInitialization: the model ranks no catalogue")
    }
    var counts = [Float](repeating: 0, count: catalogue.songCount)
    for song in playlists.rows { counts[Int(song)] += 1 }
    let width = catalogue.dimension
    var vectors: [Float]
    if parts.contains(.start) {
      var random = Philox(seed: seed, purpose: .initialWeights, epoch: 2)
      vectors = counts.flatMap { count in (0..<width).map { _ in count > 0 ? Float(random.normal()) : 0 } }
    } else {
      vectors = LinearAlgebra.rightSingularVectors(
        of: SparseMatrix(rows: weighted(playlists, counts), columnCount: catalogue.songCount), rank: width, seed: seed)
    }
    normalize(&vectors, width: width, counts)
    if !parts.contains(.artists) {
      let means = takeArtistMeans(
        from: &vectors, width: width, counts, artists, artistCount: catalogue.artistCount)
      layout.put(means, of: layout.entry("artists/embeddings")!, into: &slab)
    }
    if !parts.contains(.embeddings) { layout.put(vectors, of: layout.entry("songs/embeddings")!, into: &slab) }
    layout.put(counts.map { logf($0 + 0.5) }, of: layout.entry("songs/bias")!, into: &slab)
  }

  /// What is known of songs that no training playlist holds: training has shown them as wrong answers only, so that they are
  /// put back to what their artist and their numbers say, and to a popularity that is the mean of their artist's others.
  /// - Parameter slab: a trained one.
  package static func resetUnplayed(
    _ slab: inout [Float], layout: ParameterLayout, playlists: EmbeddingBags, artists: [Int32]
  ) {
    let embeddings = layout.entry("songs/embeddings")!
    let bias = layout.entry("songs/bias")!
    var counts = [Float](repeating: 0, count: embeddings.rows)
    for song in playlists.rows { counts[Int(song)] += 1 }
    var sums: [Int32: (songs: Float, playlists: Float)] = [:]
    for (song, artist) in artists.enumerated() where artist >= 0 && counts[song] > 0 {
      let sum = sums[artist] ?? (0, 0)
      sums[artist] = (sum.songs + 1, sum.playlists + counts[song])
    }
    for song in counts.indices where counts[song] == 0 {
      let start = embeddings.offset + song * embeddings.columns
      for place in start..<start + embeddings.columns { slab[place] = 0 }
      let others = sums[artists[song]].map { $0.playlists / $0.songs } ?? 0
      slab[bias.offset + song] = logf(others + 0.5)
    }
  }

  /// The playlist-song matrix: rows over the root of the playlist's length, columns over that of the song's count + 1.
  private static func weighted(_ playlists: EmbeddingBags, _ counts: [Float]) -> EmbeddingBags {
    var weighted = playlists
    for bag in 0..<playlists.count {
      let entries = Int(playlists.starts[bag])..<Int(playlists.starts[bag + 1])
      for entry in entries {
        weighted.weights[entry] = 1 / (Float(entries.count) * (counts[Int(playlists.rows[entry])] + 1)).squareRoot()
      }
    }
    return weighted
  }

  /// Scales all vectors by one number, so that the root of the mean square norm of the known ones is 1.
  private static func normalize(_ vectors: inout [Float], width: Int, _ counts: [Float]) {
    let sum = vectors.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard sum > 0 else { return }
    let scale = Float((Double(counts.count { $0 > 0 }) / sum).squareRoot())
    for place in vectors.indices { vectors[place] *= scale }
  }

  /// Moves the mean of each artist's known songs from the songs' vectors to the artist's; unknown songs keep zeros.
  /// - Returns: (artists, `width`)
  private static func takeArtistMeans(
    from vectors: inout [Float], width: Int, _ counts: [Float], _ artists: [Int32], artistCount: Int
  ) -> [Float] {
    var (means, sizes) = ([Float](repeating: 0, count: artistCount * width), [Float](repeating: 0, count: artistCount))
    let known = artists.indices.filter { artists[$0] >= 0 && counts[$0] > 0 }
    for song in known {
      let artist = Int(artists[song])
      sizes[artist] += 1
      for place in 0..<width { means[artist * width + place] += vectors[song * width + place] }
    }
    for artist in 0..<artistCount where sizes[artist] > 0 {
      for place in 0..<width { means[artist * width + place] /= sizes[artist] }
    }
    for song in known {
      let artist = Int(artists[song])
      for place in 0..<width { vectors[song * width + place] -= means[artist * width + place] }
    }
    return means
  }
}
