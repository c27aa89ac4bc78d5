internal import Compute
internal import Learning
package import Music

/// What one song of a playlist did for a song that was recommended.
package struct SeedInfluence: Sendable, Equatable {
  package var row: Int32
  /// The recommended song's score for the playlist less its score for the playlist without this one.
  package var influence: Double

  package init(row: Int32, influence: Double) {
    self.row = row
    self.influence = influence
  }
}

/// Why a song was recommended.
package struct Reason: Sendable, Equatable {
  /// Songs of a playlist that are considered, its last ones.
  package static let seedLimit = 50
  /// Songs of the playlist that are named.
  package static let namedSeeds = 3

  /// One of the ten numbers in Spotify's units.
  package struct Number: Sendable, Equatable {
    package var feature: AudioFeature
    /// What the model expected at this place, steered.
    package var predicted: Double
    /// Nil where the song has none.
    package var actual: Double?
  }

  /// A song of the playlist that pulled the recommended one.
  package struct Pull: Sendable, Equatable {
    package var row: Int32
    /// Above 0.
    package var influence: Double
    /// Of the sum of all influences above 0.
    package var share: Double
  }

  /// None of a model without decoder.
  package var numbers: [Number]
  /// At most `namedSeeds`, the strongest first; none when no song of the playlist spoke for the recommended one.
  package var pulls: [Pull]
}

extension SongRecommender {
  /// Why songs were recommended for a request with the style `default`.
  package func reasons(for songs: [Recommendation], of request: PlaylistRequest) throws -> [Reason] {
    guard !songs.isEmpty else { return [] }
    return zip(songs, try influences(on: songs, of: request)).map { song, influences in
      Reason(numbers: numbers(of: song), pulls: Self.pulls(among: influences))
    }
  }

  private func numbers(of song: Recommendation) -> [Reason.Number] {
    song.prediction.isEmpty
      ? []
      : SongVector.regressionFeatures.enumerated().map { index, feature in
        let actual = Double(catalogue.feature(feature, of: song.row))
        return Reason.Number(
          feature: feature, predicted: Double(catalogue.scaling.value(ofScaled: song.prediction[index], index)),
          actual: actual.isNaN ? nil : actual)
      }
  }

  private static func pulls(among influences: [SeedInfluence]) -> [Reason.Pull] {
    let positive = influences.filter { $0.influence > 0 }
    let sum = positive.reduce(0) { $0 + $1.influence }
    let sorted = positive.enumerated().sorted {
      ($1.element.influence, $0.offset) < ($0.element.influence, $1.offset)
    }
    return sorted.prefix(Reason.namedSeeds).map {
      Reason.Pull(row: $0.element.row, influence: $0.element.influence, share: $0.element.influence / sum)
    }
  }
}

extension PlaylistRequest {
  /// The different songs among the last `Reason.seedLimit`, in order of last places, and the playlist without each.
  var withoutEachSeed: [(seed: Int32, request: PlaylistRequest)] {
    Array(songs.suffix(Reason.seedLimit)).seedDistances.reversed().map { seed, _ in
      var rest = self
      rest.songs.removeAll { $0 == seed }
      return (seed, rest)
    }
  }
}

extension CatalogueRanker {
  /// The playlists without one song each go through the encoder in one batch. Steering is the same for all of them and
  /// drops out of the differences.
  package func influences(on songs: [Recommendation], of request: PlaylistRequest) throws -> [[SeedInfluence]] {
    let variants = request.withoutEachSeed
    let rows = songs.map { Int($0.row) }
    let scored: [[Float]] = try inChunks([request] + variants.map(\.request)) { requests in
      try scores(of: requests, states: encode(requests)) { _, scores in rows.map { scores[$0] } }
    }
    return songs.indices.map { song in
      variants.indices.map {
        SeedInfluence(row: variants[$0].seed, influence: Double(scored[0][song]) - Double(scored[$0 + 1][song]))
      }
    }
  }
}

extension Recommender {
  /// The score is the distance from the prediction below zero. The decoder is led along the songs that were chosen,
  /// whatever it would have chosen without the one; without its only song a playlist is one vector of zeros.
  package func influences(on songs: [Recommendation], of request: PlaylistRequest) throws -> [[SeedInfluence]] {
    var audible = request
    audible.songs = request.songs.filter { $0 >= 0 && catalogue.hasNumbers($0) }
    let variants = audible.withoutEachSeed
    let playlists = [audible.songs] + variants.map(\.request.songs)
    var distances = [[Double]](repeating: [], count: playlists.count)  // (playlists, songs)
    try decoder.backend.retryingAfterFault {
      for playlist in playlists.indices { distances[playlist] = [] }
      try follow(playlists, steps: songs.count) { place, playlist, _, prediction in
        var prediction = Array(prediction)
        request.steering?.move(&prediction, catalogue.scaling)
        distances[playlist].append(catalogue.distance(from: prediction, to: songs[place].row)!)
        return songs[place].row
      }
    }
    return songs.indices.map { song in
      variants.indices.map {
        SeedInfluence(row: variants[$0].seed, influence: distances[$0 + 1][song] - distances[0][song])
      }
    }
  }
}
