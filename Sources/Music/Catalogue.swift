internal import Files

/// Every song that a model can recommend, as it lies in the model folder: mapped when opened, nothing built, text
/// decoded when asked for. A song's row is that of `tracks.csv` and of the search index.
package struct Catalogue: Sendable {
  package static let fileName = "catalogue.songs"
  static let format = SectionFile.Format(
    magic: "SEGUESNG", version: 1, sectionCount: 9, name: "a song catalogue of Segue",
    remedy: "Train the model again or copy its whole folder again.")

  /// The sections of the file, in order.
  enum Section: Int {
    case counts, scaling
    /// (songs, 29), (songs) and (songs, 13)
    case vectors, present, features
    /// Rows in the order of their ids' bytes. (songs)
    case order
    /// Names of the text columns, a line each.
    case columns
    /// Where each text begins in `text`, column after column, each with its end. (columns, songs + 1)
    case offsets
    case text
  }

  struct Counts: BitwiseCopyable {
    var songs: UInt64
    var columns: UInt64
    var fingerprint: UInt64
  }

  /// Songs; rows are 0 ..< count.
  package let count: Int
  package let scaling: FeatureScaling
  /// `SongVectors.fingerprint`; the search index of these songs carries the same.
  package let fingerprint: UInt64
  /// Names of the text columns: `track_id`, `track_name`, `artist_name`, then the optional ones.
  package let columns: [String]
  private let file: SectionFile
  // Parts of `file`, never written.
  nonisolated(unsafe) private let vectors: UnsafeBufferPointer<Float>
  nonisolated(unsafe) private let present: UnsafeBufferPointer<UInt16>
  nonisolated(unsafe) private let features: UnsafeBufferPointer<Float>
  nonisolated(unsafe) private let order: UnsafeBufferPointer<UInt32>
  nonisolated(unsafe) private let offsets: UnsafeBufferPointer<UInt64>

  /// Maps a catalogue that `write` wrote.
  /// - Throws: `InputError` for a file that is missing, foreign, truncated, damaged or of another version.
  package init(path: String) throws {
    let file = try SectionFile(path: path, format: Self.format)
    self.file = file
    func section<Element: BitwiseCopyable>(
      _ section: Section, _ type: Element.Type, _ count: Int
    ) throws -> UnsafeBufferPointer<Element> {
      try file.section(section.rawValue, of: type, count: count)
    }
    let counts = try file.section(Section.counts.rawValue, of: Counts.self, count: 1)[0]
    let names = String(decoding: file.sections[Section.columns.rawValue], as: UTF8.self)
    columns = names.split(separator: "\n").map(String.init)
    guard counts.songs <= UInt64(Int32.max), counts.columns == columns.count,
      columns.prefix(3) == Self.requiredColumns[...]
    else { throw file.damaged("impossible counts or columns") }
    count = Int(counts.songs)
    fingerprint = counts.fingerprint
    let ranges = Array(try section(.scaling, Float.self, 3 * Self.regressionWidth))
    scaling = FeatureScaling(
      minimum: Array(ranges[0..<Self.regressionWidth]),
      maximum: Array(ranges[Self.regressionWidth..<2 * Self.regressionWidth]),
      mean: Array(ranges[(2 * Self.regressionWidth)...]))
    vectors = try section(.vectors, Float.self, count * SongVector.width)
    present = try section(.present, UInt16.self, count)
    features = try section(.features, Float.self, count * AudioFeature.count)
    order = try section(.order, UInt32.self, count)
    offsets = try section(.offsets, UInt64.self, columns.count * (count + 1))
    guard offsets.last == UInt64(file.sections[Section.text.rawValue].count) else {
      throw file.damaged("its text ends elsewhere")
    }
  }

  package static let requiredColumns = ["track_id", "track_name", "artist_name"]
  static let regressionWidth = SongVector.regression.count

  // MARK: Text

  package func id(_ row: Int32) -> String { text(column: 0, row: row) }
  package func name(_ row: Int32) -> String { text(column: 1, row: row) }
  package func artist(_ row: Int32) -> String { text(column: 2, row: row) }

  /// The text of an optional column, nil when there is no such column or the song has none.
  package func text(_ column: String, of row: Int32) -> String? {
    guard let column = columns.firstIndex(of: column) else { return nil }
    let text = text(column: column, row: row)
    return text.isEmpty ? nil : text
  }

  private func text(column: Int, row: Int32) -> String {
    String(decoding: bytes(column: column, row: row), as: UTF8.self)
  }

  /// Empty where the file is damaged.
  private func bytes(column: Int, row: Int32) -> UnsafeRawBufferPointer {
    precondition(row >= 0 && row < count, "Catalogue: row \(row) of \(count)")
    let all = file.sections[Section.text.rawValue]
    let position = column * (count + 1) + Int(row)
    let (start, end) = (offsets[position], offsets[position + 1])
    guard start <= end, end <= UInt64(all.count) else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(rebasing: all[Int(start)..<Int(end)])
  }

  /// The row of the song with this id, by binary search.
  package func row(of id: String) -> Int32? {
    var id = id
    return id.withUTF8 { id in
      var (low, high) = (0, count)
      while low < high {
        let middle = (low + high) / 2
        guard let row = Int32(exactly: order[middle]), row < count else { return nil }
        let candidate = bytes(column: 0, row: row)
        if candidate.elementsEqual(id) { return row }
        if candidate.lexicographicallyPrecedes(id) { low = middle + 1 } else { high = middle }
      }
      return nil
    }
  }

  // MARK: Numbers

  /// The 29 numbers; zeros for a song without any.
  package func vector(_ row: Int32) -> [Float] {
    precondition(row >= 0 && row < count, "Catalogue: row \(row) of \(count)")
    return Array(vectors[Int(row) * SongVector.width..<(Int(row) + 1) * SongVector.width])
  }

  /// Copies the 29 numbers to the beginning of `buffer`.
  package func copyVector(_ row: Int32, to buffer: UnsafeMutableBufferPointer<Float>) {
    precondition(row >= 0 && row < count && buffer.count >= SongVector.width, "Catalogue: row \(row) of \(count)")
    buffer.baseAddress!.update(from: vectors.baseAddress! + Int(row) * SongVector.width, count: SongVector.width)
  }

  /// Which numbers the song has, as in `SongVectors.present`.
  package func present(_ row: Int32) -> UInt16 { present[Int(row)] }
  /// Whether the song has at least one of the ten numbers; without any, the model skips it.
  package func hasNumbers(_ row: Int32) -> Bool { present[Int(row)] & SongVectors.allNumbers != 0 }
  /// One of the ten numbers in [0, 1], nil where the song has none.
  package func number(_ row: Int32, column: Int) -> Float? {
    present[Int(row)] >> UInt16(column) & 1 == 1 ? vectors[Int(row) * SongVector.width + column] : nil
  }
  /// Spotify's value, NaN where missing.
  package func feature(_ feature: AudioFeature, of row: Int32) -> Float {
    features[Int(row) * AudioFeature.count + feature.column]
  }

  /// All vectors in memory, for building another index.
  package var songVectors: SongVectors { SongVectors(values: Array(vectors), present: Array(present)) }
}
