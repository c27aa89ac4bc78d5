internal import Files
package import Music

/// What one request for songs gave.
package struct Recommendations: Sendable, Equatable {
  package var songs: [Recommendation]
  /// Ids that the catalogue does not know, each once, in the order given.
  package var ignored: [String]
  /// Known songs without any number, which a model that knows songs by numbers only passed over, each once, in the order
  /// given.
  package var withoutNumbers: [Int32]
  /// Why there are fewer songs than wanted; nil when there are not.
  package var shortage: Shortage?

  package enum Shortage: String, Sendable {
    /// Every song that can be recommended was given or chosen.
    case catalogueUsedUp = "catalogue"
    /// The wishes forbid all the others.
    case wishesForbidOthers = "wishes"
    /// The original decoder met songs given, chosen or forbidden before in all its other tries.
    case triesUsedUp = "tries"
  }
}

extension SongRecommender {
  /// Songs that go on a playlist given by ids.
  /// - Parameters:
  ///   - ids: 1 to 1,000, order and repeats kept; none for a model that ranks its catalogue and a request that tells
  ///     something else of the playlist.
  ///   - request: title, wishes and steering; its songs are replaced by those of the ids.
  ///   - count: 1 to 500.
  ///   - source: names the ids in errors.
  /// - Throws: `UsageError` for other counts; `InputError` when no id is known or none of the songs has the numbers that
  ///   the model needs; `ComputeError`.
  package func recommend(
    ids: [String], as request: PlaylistRequest = PlaylistRequest(songs: []), count: Int,
    decode style: DecodeStyle = .default, source: String
  ) throws -> Recommendations {
    var request = request
    return try recommend(ids: ids, into: &request, count: count, decode: style, source: source)
  }

  /// As above, and leaves the ids' rows in `request`, for its reasons.
  package func recommend(
    ids: [String], into request: inout PlaylistRequest, count: Int, decode style: DecodeStyle = .default,
    source: String
  ) throws -> Recommendations {
    guard Recommender.countRange.contains(count) else {
      throw UsageError("The number of songs must lie in 1…500, got \(count).")
    }
    let isTitleAlone = ids.isEmpty && ranksCatalogue && request.context != PlaylistContext()
    let given =
      isTitleAlone
      ? GivenSongs() : try GivenSongs(ids, in: catalogue, ranksCatalogue: ranksCatalogue, source: source)
    request.songs = given.songs
    let songs = try recommend([request], count: count, decode: style)[0]
    return Recommendations(
      songs, of: given, wanted: count, decode: style, catalogue: catalogue, ranksCatalogue: ranksCatalogue)
  }
}

/// The songs of a playlist given by ids, as a model knows them.
package struct GivenSongs: Sendable, Equatable {
  /// Rows in order, repeats kept; -1 for what the catalogue does not know.
  package var songs: [Int32] = []
  package var ignored: [String] = []
  package var withoutNumbers: [Int32] = []

  /// No songs.
  init() {}

  /// - Parameters:
  ///   - ids: 1 to 1,000, order and repeats kept.
  ///   - ranksCatalogue: of the model, as in `SongRecommender`.
  ///   - source: names the ids in errors.
  /// - Throws: `UsageError` for other counts; `InputError` when no id is known or none of the songs has the numbers that
  ///   the model needs.
  package init(_ ids: [String], in catalogue: Catalogue, ranksCatalogue: Bool, source: String) throws {
    guard !ids.isEmpty, ids.count <= Recommender.idLimit else {
      throw UsageError("Give 1 to \(Recommender.idLimit) track ids, got \(ids.count).")
    }
    var (unknown, seen) = (Set<String>(), Set<Int32>())
    for id in ids {
      let row = catalogue.row(of: id)
      songs.append(row ?? -1)
      if let row {
        if !ranksCatalogue && !catalogue.hasNumbers(row) && seen.insert(row).inserted { withoutNumbers.append(row) }
      } else if unknown.insert(id).inserted {
        ignored.append(id)
      }
    }
    let known = songs.filter { $0 >= 0 }
    guard !known.isEmpty else {
      throw InputError(
        path: source, reason: "none of the \(ids.count) track ids is in the model's catalogue",
        remedy: "Give ids from the track_id column of the dataset it was trained on.")
    }
    guard ranksCatalogue || known.contains(where: catalogue.hasNumbers) else {
      throw InputError(
        path: source, reason: "none of the known songs has audio features, so the model cannot hear them",
        remedy: "Give a song that has some.")
    }
  }
}

extension Recommendations {
  /// What a model chose for songs given, with what became of these and why there are fewer than wanted.
  package init(
    _ songs: [Recommendation], of given: GivenSongs, wanted count: Int, decode style: DecodeStyle = .default,
    catalogue: Catalogue, ranksCatalogue: Bool
  ) {
    self.init(songs: songs, ignored: given.ignored, withoutNumbers: given.withoutNumbers)
    guard songs.count < count else { return }
    let used = Set(given.songs).union(songs.map(\.row))
    let isUsedUp = (0..<Int32(catalogue.count)).allSatisfy {
      used.contains($0) || !ranksCatalogue && !catalogue.hasNumbers($0)
    }
    shortage = isUsedUp ? .catalogueUsedUp : style == .default ? .wishesForbidOthers : .triesUsedUp
  }
}
