internal import Files

/// Finds songs by what somebody types, and lists them by title and artist, as it lies in the model folder beside the
/// catalogue: mapped when opened, nothing built.
///
/// The index has a dictionary of all distinct folded words, sorted, and for each the songs that have it. Songs are
/// numbered by how likely they are wanted (places: the most popular first, then the shortest title, then the row), so that
/// among equally good answers the smallest numbers are the first. Letters, words and their order: `FoldedText`; how words
/// match: `songs(matching:limit:offset:)`.
package struct SongSearch: Sendable {
  package static let fileName = "catalogue.search"
  static let format = SectionFile.Format(
    magic: "SEGUESEA", version: 1, sectionCount: 12, name: "a text search index of Segue",
    remedy: "Remove it: it is built again when it is wanted.")

  /// The sections of the file, in order.
  enum Section: Int {
    case counts
    /// Where each word begins in `text`, with the end. (words + 1)
    case wordStarts
    case text
    /// The letters of each word, see `Spelling`. (words)
    case signatures
    /// Where the postings of each word begin, with the end. (words + 1)
    case postingStarts
    /// The songs of each word, see `Posting`, ascending.
    case postings
    /// The row of each place. (songs)
    case rows
    /// Distinct words of each title without endings such as "- Remastered 2011", at most 255. (songs)
    case titleWords
    /// The bytes of that title, folded. (songs)
    case titleLengths
    /// Places in alphabetical order: by title, artist, row. (songs)
    case titleOrder
    /// Places in alphabetical order: by artist, title, row. (songs)
    case artistOrder
    /// Where each artist begins in `artistOrder`, with the end, which songs without an artist follow. (artists + 1)
    case artistStarts
  }

  struct Counts: BitwiseCopyable {
    var songs: UInt64
    var words: UInt64
    var postings: UInt64
    var artists: UInt64
    var fingerprint: UInt64
  }

  /// A song that has a word: its place × 16 + flags.
  enum Posting {
    static let shift: UInt32 = 4
    static let inTitle: UInt32 = 1
    static let inArtist: UInt32 = 2
    /// The word is several that stand together, and they are the whole title or the whole artist ("acdc").
    static let isTitle: UInt32 = 4
    static let isArtist: UInt32 = 8
    static let mostSongs = 1 << 28
  }

  /// Some of the songs that were found.
  package struct Result: Sendable, Equatable {
    /// Rows of the catalogue, the best first.
    package var rows: [Int32]
    /// How many there are in all.
    package var total: Int
    /// False where no song has all words that were asked for, so that these are without one of them.
    package var hasAllWords = true

    package init(rows: [Int32], total: Int, hasAllWords: Bool = true) {
      (self.rows, self.total, self.hasAllWords) = (rows, total, hasAllWords)
    }
  }

  package let catalogue: Catalogue
  /// Distinct words.
  package let wordCount: Int
  /// Distinct artists; spellings that differ in capital letters, accents and signs are one.
  package let artistCount: Int
  var count: Int { catalogue.count }
  let file: SectionFile
  // Parts of `file`, never written.
  nonisolated(unsafe) let wordStarts: UnsafeBufferPointer<UInt32>
  nonisolated(unsafe) let signatures: UnsafeBufferPointer<UInt32>
  nonisolated(unsafe) let postingStarts: UnsafeBufferPointer<UInt32>
  nonisolated(unsafe) let postings: UnsafeBufferPointer<UInt32>
  nonisolated(unsafe) let rows: UnsafeBufferPointer<UInt32>
  nonisolated(unsafe) let titleWords: UnsafeBufferPointer<UInt8>
  nonisolated(unsafe) let titleLengths: UnsafeBufferPointer<UInt16>
  nonisolated(unsafe) let titleOrder: UnsafeBufferPointer<UInt32>
  nonisolated(unsafe) let artistOrder: UnsafeBufferPointer<UInt32>
  nonisolated(unsafe) let artistStarts: UnsafeBufferPointer<UInt32>

  /// Maps an index that `write` wrote.
  /// - Parameter catalogue: the one that it was written from.
  /// - Throws: `InputError` for a file that is missing, foreign, truncated, damaged, of another version or of another
  ///   catalogue.
  package init(path: String, catalogue: Catalogue) throws {
    let file = try SectionFile(path: path, format: Self.format)
    func section<Element: BitwiseCopyable>(
      _ section: Section, _ type: Element.Type, _ count: UInt64
    ) throws -> UnsafeBufferPointer<Element> {
      guard count <= UInt64(UInt32.max) else { throw file.damaged("impossible counts") }
      return try file.section(section.rawValue, of: type, count: Int(count))
    }
    let counts = try file.section(Section.counts.rawValue, of: Counts.self, count: 1)[0]
    guard counts.songs == catalogue.count, counts.fingerprint == catalogue.fingerprint else {
      throw InputError(
        path: path, reason: "the index of another catalogue: of \(counts.songs) songs, not \(catalogue.count)",
        remedy: Self.format.remedy)
    }
    guard max(counts.words, counts.artists) < UInt64(UInt32.max) else { throw file.damaged("impossible counts") }
    (self.file, self.catalogue) = (file, catalogue)
    (wordCount, artistCount) = (Int(counts.words), Int(counts.artists))
    wordStarts = try section(.wordStarts, UInt32.self, counts.words + 1)
    signatures = try section(.signatures, UInt32.self, counts.words)
    postingStarts = try section(.postingStarts, UInt32.self, counts.words + 1)
    postings = try section(.postings, UInt32.self, counts.postings)
    rows = try section(.rows, UInt32.self, counts.songs)
    titleWords = try section(.titleWords, UInt8.self, counts.songs)
    titleLengths = try section(.titleLengths, UInt16.self, counts.songs)
    titleOrder = try section(.titleOrder, UInt32.self, counts.songs)
    artistOrder = try section(.artistOrder, UInt32.self, counts.songs)
    artistStarts = try section(.artistStarts, UInt32.self, counts.artists + 1)
    guard wordStarts.last! == file.sections[Section.text.rawValue].count, postingStarts.last! == postings.count,
      artistStarts.last! <= counts.songs
    else { throw file.damaged("its parts do not fit") }
  }

  // MARK: Reading, also of a damaged file

  /// The row of a place, 0 where the file is damaged.
  func row(_ place: UInt32) -> Int32 {
    guard place < count, rows[Int(place)] < count else { return 0 }
    return Int32(rows[Int(place)])
  }

  /// The bytes of a word, empty where the file is damaged.
  func word(_ index: Int) -> UnsafeRawBufferPointer {
    let text = file.sections[Section.text.rawValue]
    let (start, end) = (Int(wordStarts[index]), Int(wordStarts[index + 1]))
    guard start <= end, end <= text.count else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(rebasing: text[start..<end])
  }

  /// The postings of some words, which lie one behind the other.
  func postings(of words: Range<Int>) -> UnsafeBufferPointer<UInt32> {
    let (start, end) = (Int(postingStarts[words.lowerBound]), Int(postingStarts[words.upperBound]))
    guard start <= end, end <= postings.count else { return UnsafeBufferPointer(start: nil, count: 0) }
    return UnsafeBufferPointer(rebasing: postings[start..<end])
  }

  /// The words that begin with this one; it is the first of them where it is a word itself.
  func words(from prefix: [UInt8]) -> (range: Range<Int>, isWord: Bool) {
    let start = partition(wordCount) { Bytes.compare(word($0), prefix) < 0 }
    let end = partition(from: start, wordCount) { word($0).starts(with: prefix) }
    return (start..<end, start < end && word(start).count == prefix.count)
  }
}

/// Order of bytes, which is that of the letters' numbers in UTF-8.
enum Bytes {
  /// Below 0 where the first comes first, 0 where they are equal.
  static func compare(_ first: UnsafeRawBufferPointer, _ second: [UInt8]) -> Int {
    second.withUnsafeBytes { compare(first, $0) }
  }

  static func compare(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int {
    for place in 0..<min(first.count, second.count) where first[place] != second[place] {
      return Int(first[place]) - Int(second[place])
    }
    return first.count - second.count
  }
}

/// The first number from which on `isBefore` is false, by binary search.
func partition(from start: Int = 0, _ end: Int, where isBefore: (Int) -> Bool) -> Int {
  var (low, high) = (start, max(start, end))
  while low < high {
    let middle = (low + high) / 2
    if isBefore(middle) { low = middle + 1 } else { high = middle }
  }
  return low
}
