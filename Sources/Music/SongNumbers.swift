internal import Files

/// The numbers that a model which ranks its catalogue is told of every song: the 29 audio numbers, or vectors of the
/// user's in their place; then, where the dataset has them, year, popularity and genres.
package struct SongNumbers: Sendable {
  /// Names of the columns.
  package let names: [String]
  /// Row-major, NaN where a song has none. (songs, names)
  package let values: [Float]

  package var width: Int { names.count }

  private static let (year, popularity, genre) = ("release_year", "popularity", "genre")
  /// Songs that must have a genre for it to be a column, and the most columns of genres.
  private static let (leastGenreSongs, mostGenres) = (5, 64)
  package static let audioNames =
    SongVector.regressionFeatures.map(\.rawValue) + (0..<12).map { "key=\($0)" } + (0..<2).map { "mode=\($0)" }
    + SongVector.timeSignatures.map { "time_signature=\($0)" }

  /// - Parameters:
  ///   - audio: of all songs.
  ///   - vectors: of the user's; nil to take the audio numbers.
  package init(of songs: SongTable, audio: SongVectors, vectors: DenseVectors? = nil) {
    var names = vectors.map { $0.names } ?? Self.audioNames
    for column in [Self.year, Self.popularity] where songs.extras[column]?.contains(where: { !$0.isEmpty }) == true {
      names.append(column)
    }
    if let genres = songs.extras[Self.genre] {
      var counts: [String: Int] = [:]
      for text in genres { for genre in Self.genres(text) { counts[genre, default: 0] += 1 } }
      names += counts.filter { $0.value >= Self.leastGenreSongs }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .prefix(Self.mostGenres).map { "\(Self.genre)=\($0.key)" }
    }
    self.init(names: names, of: songs, audio: audio, vectors: vectors)
  }

  /// The same columns of other songs, such as a model that was trained with them needs for songs to be added.
  /// - Parameter names: of another `SongNumbers`.
  package init(names: [String], of songs: SongTable, audio: SongVectors, vectors: DenseVectors? = nil) {
    self.names = names
    let audioColumns = Dictionary(uniqueKeysWithValues: zip(Self.audioNames, 0...))
    let vectorColumns = Dictionary(uniqueKeysWithValues: zip(vectors?.names ?? [], 0...))
    let width = names.count
    var values = [Float](repeating: .nan, count: songs.count * width)
    for (column, name) in names.enumerated() {
      func fill(_ value: (Int) -> Float?) {
        for row in 0..<songs.count { if let value = value(row) { values[row * width + column] = value } }
      }
      let texts = songs.extras[name]
      if let place = vectorColumns[name] {
        let rows = songs.ids.map { vectors!.rows[$0] }
        fill { row in rows[row].map { vectors!.values[$0 * vectors!.width + place] } }
      } else if let place = audioColumns[name] {
        fill { audio.hasNumbers($0) ? audio.values[$0 * SongVector.width + place] : nil }
      } else if name == Self.year {
        fill { row in texts.flatMap { Float($0[row].prefix(4)) } }
      } else if name == Self.popularity {
        fill { row in texts.flatMap { Float($0[row]) } }
      } else if let genres = songs.extras[Self.genre], name.hasPrefix("\(Self.genre)=") {
        let wanted = name.dropFirst(Self.genre.count + 1)
        fill { row in
          let own = Self.genres(genres[row])
          return own.isEmpty ? nil : own.contains { $0 == wanted } ? 1 : 0
        }
      }
    }
    self.values = values.map { $0.isFinite ? $0 : .nan }
  }

  /// The genres of a song, in lower case: `rock; indie pop` and `rock|indie pop` are two.
  private static func genres(_ text: String) -> [String] {
    text.lowercased().split { $0 == ";" || $0 == "|" || $0 == "," }.map {
      $0.split(separator: " ").joined(separator: " ")
    }.filter { !$0.isEmpty }
  }
}

/// Vectors of songs that the user made: one row a song, `track_id` and 8 to 512 columns of numbers, in their order.
package struct DenseVectors: Sendable {
  package static let widths = 8...512

  /// `vector_0`, `vector_1`, …
  package let names: [String]
  package let values: [Float]  // (songs, width)
  /// Row of each id.
  package let rows: [String: Int]
  /// Tells the file's bytes from any others: a hash in hexadecimal.
  package let fingerprint: String

  package var width: Int { names.count }

  private static let prefix = "vector_"
  /// Whether a column of `SongNumbers` comes from vectors of the user's.
  package static func isName(_ name: String) -> Bool { name.hasPrefix(prefix) }

  /// Reads a CSV file, plain or gzip.
  /// - Throws: `InputError` for another number of columns, a value that is no finite number, an id twice, no songs.
  package init(csv path: String) throws {
    let reader = try CSVReader(path: path)
    let id = try reader.column("track_id")
    let columns = reader.header.indices.filter { $0 != id }
    guard Self.widths.contains(columns.count) else {
      throw InputError(
        path: path, reason: "\(columns.count) columns beside track_id",
        remedy: "Vectors have \(Self.widths.lowerBound) to \(Self.widths.upperBound) numbers, a column each.")
    }
    var (values, rows): ([Float], [String: Int]) = ([], [:])
    while try reader.next() {
      for column in columns {
        guard let value = try reader.number(column) else {
          throw reader.error("\(reader.header[column]) is empty", remedy: "Fill it in or remove the row.")
        }
        values.append(Float(value))
      }
      guard rows.updateValue(rows.count, forKey: reader.string(id)) == nil else {
        throw reader.error("track_id \(reader.string(id)) was there already", remedy: "Remove one of the two rows.")
      }
    }
    guard !rows.isEmpty else {
      throw InputError(path: path, reason: "there are no vectors", remedy: "Add a row for every song.")
    }
    let file = try MappedFile(path: path)
    fingerprint = String(withExtendedLifetime(file) { FNV1a.hash(file.bytes) }, radix: 16)
    names = columns.indices.map { "\(Self.prefix)\($0)" }
    self.values = values
    self.rows = rows
  }
}
