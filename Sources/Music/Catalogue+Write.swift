internal import Files

extension Catalogue {
  /// Writes a catalogue of all rows of `songs`.
  /// - Throws: `OutputError`; an old file at `path` survives.
  package static func write(songs: SongTable, vectors: SongVectors, scaling: FeatureScaling, to path: String) throws {
    precondition(
      vectors.count == songs.count, "Catalogue: \(vectors.count) vectors for \(songs.count) songs")
    let extras = songs.extras.keys.sorted { rank($0) < rank($1) }
    let columns = [songs.ids, songs.names, songs.artists] + extras.map { songs.extras[$0]! }
    var text: [UInt8] = []
    var offsets: [UInt64] = []
    offsets.reserveCapacity(columns.count * (songs.count + 1))
    for column in columns {
      for value in column {
        offsets.append(UInt64(text.count))
        text.append(contentsOf: value.utf8)
      }
      offsets.append(UInt64(text.count))
    }
    let ids = songs.ids.map { Array($0.utf8) }
    let order = (0..<UInt32(songs.count)).sorted { ids[Int($0)].lexicographicallyPrecedes(ids[Int($1)]) }
    let counts = [
      Counts(songs: UInt64(songs.count), columns: UInt64(columns.count), fingerprint: vectors.fingerprint)
    ]
    try SectionFile.write(
      [
        .init(counts), .init(scaling.minimum + scaling.maximum + scaling.mean), .init(vectors.values),
        .init(vectors.present), .init(songs.features), .init(order),
        .init(Array((requiredColumns + extras).joined(separator: "\n").utf8)), .init(offsets), .init(text),
      ], format: format, to: path)
  }

  /// Known optional columns in their usual order, then the others by name.
  private static func rank(_ column: String) -> (Int, String) {
    (SongTable.optionalColumns.firstIndex(of: column) ?? SongTable.optionalColumns.count, column)
  }
}
