internal import Files
internal import Glibc
internal import Music

/// What one provider has answered, song by song, so that nothing is asked twice: `PROVIDER.csv`, a file of features that
/// only grows. A row without any value is a song that the provider does not know.
package final class FeatureCache {
  package let path: String
  private let file: AppendedLines
  /// Of each song asked for, its place in `values`; −1 for one without features.
  private var places: [String: Int32] = [:]
  /// (songs with features, 13)
  private var values: [Float] = []

  /// What is known of a song.
  package enum Entry: Equatable {
    /// It was never asked for.
    case unknown
    /// The provider has no features of it.
    case none
    case features(ArraySlice<Float>)
  }

  /// Opens a provider's cache, or makes one.
  /// - Parameters:
  ///   - folder: is there already.
  ///   - asksAgain: forgets the songs that had no features.
  /// - Throws: `InputError` for a file that is no such cache, `OutputError`.
  package init(provider: String, folder: String, asksAgain: Bool = false) throws {
    path = "\(folder)/\(provider).csv"
    if asksAgain { try Self.forgetUnknown(path) }
    file = try AppendedLines(path: path)
    if file.size == 0 { try file.append(Self.header) }
    try Self.rows(of: path) { id, row in note(row, of: id) }
  }

  package subscript(id: String) -> Entry {
    guard let place = places[id].map(Int.init) else { return .unknown }
    return place < 0 ? .none : .features(values[place * AudioFeature.count..<(place + 1) * AudioFeature.count])
  }

  /// Songs of which anything is known.
  package var count: Int { places.count }

  /// Notes an answer; on the disk when this returns.
  /// - Parameter asked: all songs of the request; those without an answer have no features.
  package func append(_ answer: [String: [Float]], asked: [String]) throws {
    var writer = CSVWriter(header: [])
    for id in asked where places[id] == nil {
      let row = answer[id]
      note(row ?? [], of: id)
      writer.append(id)
      for value in row ?? Self.nothing { writer.append(value) }
      writer.endRow()
    }
    let rows = writer.takeRows()
    if !rows.isEmpty { try file.append(rows) }
  }

  private static let nothing = [Float](repeating: .nan, count: AudioFeature.count)

  private func note(_ row: some Collection<Float>, of id: String) {
    guard row.contains(where: { !$0.isNaN }) else {
      places[id] = -1
      return
    }
    places[id] = Int32(values.count / AudioFeature.count)
    values += row
  }

  private static let columns = ["track_id"] + AudioFeature.allCases.map(\.rawValue)

  private static var header: [UInt8] {
    var writer = CSVWriter(header: columns)
    return writer.takeRows()
  }

  private static func rows(of path: String, _ body: (_ id: String, _ row: [Float]) throws -> Void) throws {
    let reader = try CSVReader(path: path)
    let idColumn = try reader.column("track_id")
    let features = try FeatureColumns(of: reader)
    var row: [Float] = []
    while try reader.next() {
      row.removeAll(keepingCapacity: true)
      try features.append(row: reader, to: &row)
      try body(reader.string(idColumn), row)
    }
  }

  /// Writes the file again without the songs that had no features.
  private static func forgetUnknown(_ path: String) throws {
    guard access(path, F_OK) == 0, try AppendedLines(path: path).size > 0 else { return }
    try AtomicFile.write(to: path) { sink in
      var writer = CSVWriter(header: columns)
      try rows(of: path) { id, row in
        guard row.contains(where: { !$0.isNaN }) else { return }
        writer.append(id)
        for value in row { writer.append(value) }
        try writer.endRow(to: &sink)
      }
      try writer.flush(to: &sink)
    }
  }
}
