/// One method's values on every playlist that it continued.
package struct MethodOutcome: Sendable, Equatable {
  package let name: String
  /// Values of `Metric.ofOnePlaylist`; NaN where there is none. (metrics; playlists each)
  package private(set) var values: [[Double]]
  /// Share of the catalogue that stands among any playlist's first ten.
  package private(set) var coverage = 0.0
  /// Lists with one of the seeds, and lists with a song twice: faults of the method.
  package private(set) var (seedFaults, repeatFaults) = (0, 0)
  /// Songs among any playlist's first ten so far.
  private var recommended: Set<Int32> = []

  init(name: String) {
    self.name = name
    values = [[Double]](repeating: [], count: Metric.ofOnePlaylist.count)
  }

  /// - Parameter songCount: songs of the catalogue.
  mutating func add(_ judged: JudgedList, list: [Int32], of item: EvaluationCase, songCount: Int) {
    for (index, metric) in Metric.ofOnePlaylist.enumerated() { values[index].append(judged.value(of: metric)) }
    recommended.formUnion(list.prefix(10))
    coverage = Double(recommended.count) / Double(songCount)
    if !Set(item.seeds).isDisjoint(with: list) { seedFaults += 1 }
    if Set(list).count < list.count { repeatFaults += 1 }
  }

  package var playlistCount: Int { values[0].count }

  /// Mean of every metric of one playlist over a selection of the playlists, in the order of `Metric.ofOnePlaylist`.
  func means(on playlists: [Int32]) -> [Double] { values.map { Self.mean(of: $0, on: playlists) } }

  func mean(of metric: Metric, on playlists: [Int32]) -> Double {
    Self.mean(of: values[Metric.ofOnePlaylist.firstIndex(of: metric)!], on: playlists)
  }

  /// Playlists without a value are left out; without any the mean is NaN.
  private static func mean(of values: [Double], on playlists: [Int32]) -> Double {
    var (sum, count) = (0.0, 0)
    for playlist in playlists where !values[Int(playlist)].isNaN {
      sum += values[Int(playlist)]
      count += 1
    }
    return sum / Double(count)
  }
}

// MARK: - Several as one

extension MethodOutcome {
  /// A method's playlists of several folds, one after another. Coverage is the mean of the folds that have playlists, for
  /// it grows with their number.
  package static func pooled(_ folds: [MethodOutcome]) -> MethodOutcome {
    var pool = MethodOutcome(name: folds[0].name)
    for fold in folds {
      for metric in pool.values.indices { pool.values[metric] += fold.values[metric] }
      pool.seedFaults += fold.seedFaults
      pool.repeatFaults += fold.repeatFaults
    }
    let coverages = folds.filter { $0.playlistCount > 0 }.map(\.coverage)
    pool.coverage = coverages.reduce(0, +) / Double(coverages.count)
    return pool
  }

  /// Several runs of a method on the same playlists as their mean: that of each playlist's values, of those that have one,
  /// and of the coverages.
  package static func mean(_ runs: [MethodOutcome], name: String) -> MethodOutcome {
    precondition(
      Set(runs.map(\.playlistCount)).count == 1, "MethodOutcome: runs on \(runs.map(\.playlistCount)) playlists")
    var result = MethodOutcome(name: name)
    for metric in result.values.indices {
      result.values[metric] = (0..<runs[0].playlistCount).map { playlist in
        let values = runs.map { $0.values[metric][playlist] }.filter { !$0.isNaN }
        return values.reduce(0, +) / Double(values.count)
      }
    }
    result.coverage = runs.reduce(0) { $0 + $1.coverage } / Double(runs.count)
    result.seedFaults = runs.reduce(0) { $0 + $1.seedFaults }
    result.repeatFaults = runs.reduce(0) { $0 + $1.repeatFaults }
    return result
  }
}

// MARK: - JSON

extension MethodOutcome: Codable {
  private enum CodingKeys: CodingKey { case name, values, coverage, seedFaults, repeatFaults }

  /// Values by metric, null where there is none; no song is named.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    let named = zip(Metric.ofOnePlaylist, values).map { ($0.rawValue, $1.map { $0.isNaN ? nil : $0 }) }
    try container.encode(Dictionary(uniqueKeysWithValues: named), forKey: .values)
    try container.encode(coverage, forKey: .coverage)
    try container.encode(seedFaults, forKey: .seedFaults)
    try container.encode(repeatFaults, forKey: .repeatFaults)
  }

  /// - Throws: `DecodingError`, for other metrics, too.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(name: try container.decode(String.self, forKey: .name))
    let named = try container.decode([String: [Double?]].self, forKey: .values)
    values = Metric.ofOnePlaylist.map { (named[$0.rawValue] ?? []).map { $0 ?? .nan } }
    guard named.count == values.count, Set(values.map(\.count)).count == 1 else {
      throw DecodingError.dataCorruptedError(forKey: .values, in: container, debugDescription: "other metrics")
    }
    coverage = try container.decode(Double.self, forKey: .coverage)
    seedFaults = try container.decode(Int.self, forKey: .seedFaults)
    repeatFaults = try container.decode(Int.self, forKey: .repeatFaults)
  }
}
