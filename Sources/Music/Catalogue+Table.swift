extension Catalogue {
  /// All rows in memory, for writing a larger catalogue.
  package var songTable: SongTable {
    let rows = 0..<Int32(count)
    let extras = columns.dropFirst(Self.requiredColumns.count).map { column in
      (column, rows.map { text(column, of: $0) ?? "" })
    }
    return SongTable(
      ids: rows.map(id), names: rows.map(name), artists: rows.map(artist),
      features: rows.flatMap { row in AudioFeature.allCases.map { feature($0, of: row) } },
      extras: Dictionary(uniqueKeysWithValues: extras))
  }
}

extension SongTable {
  /// The rows of this table, then those of another; a column that only one of them has is empty in the other's rows.
  /// - Parameter other: without any id of this table.
  package func appending(_ other: SongTable) -> SongTable {
    var extras: [String: [String]] = [:]
    for name in Set(self.extras.keys).union(other.extras.keys) {
      func column(_ table: SongTable) -> [String] {
        table.extras[name] ?? [String](repeating: "", count: table.count)
      }
      extras[name] = column(self) + column(other)
    }
    return SongTable(
      ids: ids + other.ids, names: names + other.names, artists: artists + other.artists,
      features: features + other.features, extras: extras)
  }

  /// Some rows of the table, in their order.
  package func rows(where isKept: (Int) -> Bool) -> SongTable {
    let kept = (0..<count).filter(isKept)
    return SongTable(
      ids: kept.map { ids[$0] }, names: kept.map { names[$0] }, artists: kept.map { artists[$0] },
      features: kept.flatMap { features[$0 * AudioFeature.count..<($0 + 1) * AudioFeature.count] },
      extras: extras.mapValues { column in kept.map { column[$0] } })
  }
}
