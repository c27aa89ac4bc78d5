internal import Music

/// The audio features of numbered songs, value by value from the first source that has them, and which source that was.
struct SongFeatures {
  /// What became of a source's features of a song.
  enum Outcome { case taken, known, contradicted }

  private(set) var values: [Float]  // (songs, 13), NaN where missing
  /// Place in `origins` + 1, 0 for a song without any value. (songs)
  private var places: [UInt32]
  /// The combinations of sources that there are, and the place of each.
  private var origins: [(parts: [Part], hasNumbers: Bool)] = []
  private var placesOfOrigins: [[Part]: UInt32] = [:]
  private var sources = FeatureSources()

  /// The features that one source gave, a bit each.
  private struct Part: Hashable {
    var source: Int
    var features: UInt16
  }
  private static let numbers = SongVector.regressionFeatures.reduce(UInt16(0)) { $0 | 1 << UInt16($1.column) }

  init(songCount: Int) {
    values = [Float](repeating: .nan, count: songCount * AudioFeature.count)
    places = [UInt32](repeating: 0, count: songCount)
  }

  /// The number of a file as a source.
  mutating func source(file: String) -> Int { sources.number(file: file) }
  /// The number of a source that a file names.
  mutating func source(named name: String, in file: String) -> Int { sources.number(name, in: file) }

  /// NaN where missing. (13)
  subscript(song: Int) -> ArraySlice<Float> { values[song * AudioFeature.count..<(song + 1) * AudioFeature.count] }

  /// Whether a song has any of the ten numbers; key, mode and time signature alone are no features.
  func hasNumbers(_ song: Int) -> Bool { places[song] > 0 && origins[Int(places[song]) - 1].hasNumbers }

  private func parts(of song: Int) -> [Part] { places[song] == 0 ? [] : origins[Int(places[song]) - 1].parts }

  /// Gives a song the values that it lacks, or none when the same source gave it other ones before.
  /// - Parameter row: 13 values, NaN where missing.
  mutating func fill(_ song: Int, with row: [Float], from source: Int) -> Outcome {
    let first = song * AudioFeature.count
    var parts = parts(of: song)
    let own = parts.firstIndex { $0.source == source }
    if let own {
      for (column, value) in row.enumerated() where parts[own].features >> UInt16(column) & 1 == 1 {
        if !value.isNaN, value != values[first + column] { return .contradicted }
      }
    }
    var gained: UInt16 = 0
    for (column, value) in row.enumerated() where !value.isNaN && values[first + column].isNaN {
      values[first + column] = value
      gained |= 1 << UInt16(column)
    }
    guard gained != 0 else { return .known }
    if let own { parts[own].features |= gained } else { parts.append(Part(source: source, features: gained)) }
    places[song] = place(of: parts)
    return .taken
  }

  private mutating func place(of parts: [Part]) -> UInt32 {
    if let place = placesOfOrigins[parts] { return place }
    origins.append((parts, parts.contains { $0.features & Self.numbers != 0 }))
    placesOfOrigins[parts] = UInt32(origins.count)
    return UInt32(origins.count)
  }

  /// What `feature_source` says of a song: the first source, and others with what they gave: `a.csv; b.csv (key tempo)`.
  func source(of song: Int) -> String {
    parts(of: song).enumerated().map { place, part in
      let name = sources.names[part.source]
      guard place > 0 else { return name }
      let given = AudioFeature.allCases.filter { part.features >> UInt16($0.column) & 1 == 1 }
      return "\(name) (\(given.map(\.rawValue).joined(separator: " ")))"
    }.joined(separator: "; ")
  }
}

/// Files that tell features, and what such a file, a dataset's catalogue, says of where it has them from.
private struct FeatureSources {
  private(set) var names: [String] = []
  private var numbers: [[String]: Int] = [:]

  /// A file goes by its name without folders, with as many of them as tell it from another of that name.
  mutating func number(file: String) -> Int {
    if let number = numbers[[file]] { return number }
    let parts = file.split(separator: "/")
    let candidates = (1...max(1, parts.count)).lazy.map { parts.suffix($0).joined(separator: "/") }
    return add(candidates.first { !names.contains($0) } ?? file, for: [file])
  }

  mutating func number(_ name: String, in file: String) -> Int {
    numbers[[file, name]] ?? add(name, for: [file, name])
  }

  private mutating func add(_ name: String, for key: [String]) -> Int {
    names.append(name)
    numbers[key] = names.count - 1
    return names.count - 1
  }
}
