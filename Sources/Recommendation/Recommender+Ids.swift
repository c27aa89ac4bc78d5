internal import Files
internal import Music

/// What one request for songs gave.
package struct Recommendations: Sendable, Equatable {
  package var songs: [Recommendation]
  /// Ids that the catalogue does not know, each once, in the order given.
  package var ignored: [String]
  /// Known songs without any number, which the model passed over, each once, in the order given.
  package var withoutNumbers: [Int32]
  /// Why there are fewer songs than wanted; nil when there are not.
  package var shortage: Shortage?

  package enum Shortage: Sendable {
    /// Every song that has numbers was given or chosen.
    case catalogueUsedUp
    /// The original decoder met songs given or chosen before in all its other tries.
    case triesUsedUp
  }
}

extension Recommender {
  /// Songs that go on a playlist given by ids.
  /// - Parameters:
  ///   - ids: 1 to 1,000, order and repeats kept.
  ///   - count: 1 to 500.
  ///   - source: names the ids in errors.
  /// - Throws: `UsageError` for other counts; `InputError` when no id is known or none of the songs has numbers;
  ///   `ComputeError`.
  package func recommend(
    ids: [String], count: Int, decode style: DecodeStyle = .default, source: String
  ) throws -> Recommendations {
    guard Self.countRange.contains(count) else {
      throw UsageError("The number of songs must lie in 1…500, got \(count).")
    }
    guard !ids.isEmpty, ids.count <= Self.idLimit else {
      throw UsageError("Give 1 to \(Self.idLimit) track ids, got \(ids.count).")
    }
    var result = Recommendations(songs: [], ignored: [], withoutNumbers: [])
    var rows: [Int32] = []
    var (unknown, seen) = (Set<String>(), Set<Int32>())
    for id in ids {
      if let row = catalogue.row(of: id) {
        rows.append(row)
        if !catalogue.hasNumbers(row) && seen.insert(row).inserted { result.withoutNumbers.append(row) }
      } else if unknown.insert(id).inserted {
        result.ignored.append(id)
      }
    }
    guard !rows.isEmpty else {
      throw InputError(
        path: source, reason: "none of the \(ids.count) track ids is in the model's catalogue",
        remedy: "Give ids from the track_id column of the dataset it was trained on.")
    }
    guard rows.contains(where: catalogue.hasNumbers) else {
      throw InputError(
        path: source, reason: "none of the known songs has audio features, so the model cannot hear them",
        remedy: "Give a song that has some.")
    }
    result.songs = try recommend(for: [rows], count: count, decode: style)[0]
    if result.songs.count < count {
      let isUsedUp = style == .default || hasNothing(besides: Set(rows).union(result.songs.map(\.row)))
      result.shortage = isUsedUp ? .catalogueUsedUp : .triesUsedUp
    }
    return result
  }

  /// Whether the catalogue has no other songs with numbers.
  private func hasNothing(besides used: Set<Int32>) -> Bool {
    (0..<Int32(catalogue.count)).allSatisfy { used.contains($0) || !catalogue.hasNumbers($0) }
  }
}
