internal import Files

extension SongSearch {
  /// Builds the index of a catalogue's titles and artists and writes it.
  /// - Parameter weights: how much each song is wanted, the more the earlier among equally good answers, for example in how
  ///   many playlists it is; without them the column `popularity`, where the catalogue has one.
  /// - Throws: `OutputError`; an old file at `path` survives.
  package static func write(catalogue: Catalogue, weights: [Float]? = nil, to path: String) throws {
    precondition(
      weights == nil || weights!.count == catalogue.count,
      "SongSearch: \(weights?.count ?? 0) weights for \(catalogue.count) songs")
    precondition(catalogue.count < Posting.mostSongs, "SongSearch: \(catalogue.count) songs")
    let texts = SongTexts(catalogue)
    let rows = texts.rowsByWeight(weights ?? popularity(catalogue))
    var places = [UInt32](repeating: 0, count: rows.count)
    for (place, row) in rows.enumerated() { places[Int(row)] = UInt32(place) }

    let dictionary = texts.words.sorted()
    let postings = texts.postings(dictionary: dictionary, rows: rows)
    let (titleOrder, artistOrder, artistStarts) = texts.alphabeticalOrders()
    let wordBytes = dictionary.bytes
    let counts = [
      Counts(
        songs: UInt64(rows.count), words: UInt64(dictionary.words.count), postings: UInt64(postings.values.count),
        artists: UInt64(artistStarts.count - 1), fingerprint: catalogue.fingerprint)
    ]
    try SectionFile.write(
      [
        .init(counts), .init(wordBytes.starts), .init(wordBytes.text), .init(dictionary.signatures),
        .init(postings.starts), .init(postings.values), .init(rows), .init(rows.map { texts.titleWords[Int($0)] }),
        .init(rows.map { texts.titleLengths[Int($0)] }),
        .init(titleOrder.map { places[Int($0)] }), .init(artistOrder.map { places[Int($0)] }), .init(artistStarts),
      ], format: format, to: path)
  }

  private static func popularity(_ catalogue: Catalogue) -> [Float]? {
    guard catalogue.columns.contains("popularity") else { return nil }
    return (0..<Int32(catalogue.count)).map { Float(catalogue.text("popularity", of: $0) ?? "") ?? 0 }
  }
}

/// Distinct words in the order of their first song.
private struct Words {
  private(set) var words: [String] = []
  private var numbers: [String: UInt32] = [:]

  mutating func number(of word: String) -> UInt32 {
    if let number = numbers[word] { return number }
    let number = UInt32(words.count)
    numbers[word] = number
    words.append(word)
    return number
  }

  struct Sorted {
    var words: [String]
    /// The place of each word of `Words`.
    var ranks: [UInt32]

    var bytes: (starts: [UInt32], text: [UInt8]) {
      var (starts, text): ([UInt32], [UInt8]) = ([0], [])
      for word in words {
        text.append(contentsOf: word.utf8)
        starts.append(UInt32(text.count))
      }
      return (starts, text)
    }

    var signatures: [UInt32] {
      words.map { word in
        var word = word
        return word.withUTF8 { Spelling.signature(UnsafeRawBufferPointer($0)) }
      }
    }
  }

  /// In the order of their UTF-8.
  func sorted() -> Sorted {
    let order = words.indices.map { (words[$0], $0) }.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    var ranks = [UInt32](repeating: 0, count: words.count)
    for (rank, word) in order.enumerated() { ranks[word.1] = UInt32(rank) }
    return Sorted(words: order.map(\.0), ranks: ranks)
  }
}

/// What an index is made of, by the catalogue's rows.
private struct SongTexts {
  typealias Posting = SongSearch.Posting

  let count: Int
  private(set) var words = Words()
  /// Distinct words of each title without its version, at most 255, and their bytes.
  private(set) var titleWords: [UInt8] = []
  private(set) var titleLengths: [UInt16] = []
  private var titleLetters: [UInt16] = []
  /// The folded titles, one behind the other, and where each begins.
  private var titles: [UInt8] = []
  private var titleStarts = [0]
  /// Words of each song, number × 16 + flags, one song behind the other, and where each begins.
  private var tokens: [UInt32] = []
  private var tokenStarts = [0]
  /// The folded artist of each song, as a number of `artistNames`; −1 for none.
  private var artists: [Int32] = []
  private var artistNames: [String] = []

  init(_ catalogue: Catalogue) {
    count = catalogue.count
    var text = FoldedText()
    var numbers: [String: Int32] = [:]
    /// Of each spelling.
    var known: [String: (artist: Int32, tokens: [UInt32])] = [:]
    for row in 0..<Int32(count) {
      text.fold(catalogue.name(row))
      titles += text.bytes
      titleStarts.append(titles.count)
      titleLetters.append(UInt16(clamping: text.letterCount))
      let first = tokens.count
      append(text, Posting.inTitle, Posting.isTitle, since: first)
      appendWhole(of: catalogue.name(row), text)

      let name = catalogue.artist(row)
      if known[name] == nil {
        text.fold(name)
        let key = String(decoding: text.bytes, as: UTF8.self)
        let number = key.isEmpty ? -1 : numbers[key] ?? Int32(artistNames.count)
        if number == artistNames.count {
          numbers[key] = number
          artistNames.append(key)
        }
        let start = tokens.count
        append(text, Posting.inArtist, Posting.isArtist, since: start)
        known[name] = (number, Array(tokens[start...]))
        tokens.removeLast(tokens.count - start)
      }
      let artist = known[name]!
      for token in artist.tokens { append(token, since: first) }
      artists.append(artist.artist)
      tokenStarts.append(tokens.count)
    }
  }

  /// Notes how much of a title is to be asked for in order to have asked for it.
  private mutating func appendWhole(of title: String, _ folded: FoldedText) {
    var words = folded.words[...]
    if title.utf8.contains(where: { Self.endingSigns.contains($0) }) {
      let beginning = FoldedText(String(SongTitle.withoutEndings(title)))
      if folded.bytes.starts(with: beginning.bytes) { words = folded.words.prefix(beginning.words.count) }
    }
    titleWords.append(UInt8(clamping: Set(words.map { folded.bytes[$0] }).count))
    titleLengths.append(UInt16(clamping: words.last?.upperBound ?? 0))
  }

  /// Brackets, the hyphen and the first byte of the dash: without one of them a title has no ending.
  private static let endingSigns = [UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "-"), 0xE2]

  private mutating func append(_ text: FoldedText, _ flag: UInt32, _ wholeFlag: UInt32, since start: Int) {
    func word(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
    for range in text.words {
      append(words.number(of: word(text.bytes[range])) << Posting.shift | flag, since: start)
    }
    for join in text.joins {
      let rest = text.words[..<join.lowerBound]
      let isWhole =
        join.upperBound == text.words.count
        && (rest.isEmpty || rest.count == 1 && text.bytes[rest[0]].elementsEqual("the".utf8))
      append(
        words.number(of: word(text.joined(join))) << Posting.shift | flag | (isWhole ? wholeFlag : 0), since: start)
    }
  }

  /// Adds a word to a song's, or its flags where the song has the word.
  private mutating func append(_ token: UInt32, since start: Int) {
    for place in start..<tokens.count where tokens[place] >> Posting.shift == token >> Posting.shift {
      tokens[place] |= token
      return
    }
    tokens.append(token)
  }

  /// All rows, the best first.
  func rowsByWeight(_ weights: [Float]?) -> [UInt32] {
    struct Key {
      var weight: Float
      var letters: UInt16
      var row: UInt32
    }
    let keys = (0..<count).map { row in
      let weight = weights?[row] ?? 0
      return Key(weight: weight.isNaN ? 0 : weight, letters: titleLetters[row], row: UInt32(row))
    }
    return keys.sorted { first, second in
      if first.weight != second.weight { return first.weight > second.weight }
      return (first.letters, first.row) < (second.letters, second.row)
    }.map(\.row)
  }

  /// The songs of each word, as places.
  func postings(dictionary: Words.Sorted, rows: [UInt32]) -> (starts: [UInt32], values: [UInt32]) {
    precondition(tokens.count <= UInt32.max, "SongSearch: \(tokens.count) words of songs")
    let flags = UInt32(1) << Posting.shift - 1
    var starts = [UInt32](repeating: 0, count: dictionary.words.count + 1)
    for token in tokens { starts[Int(dictionary.ranks[Int(token >> Posting.shift)]) + 1] += 1 }
    for word in dictionary.words.indices { starts[word + 1] += starts[word] }
    var next = starts
    var values = [UInt32](repeating: 0, count: tokens.count)
    for (place, row) in rows.enumerated() {
      for token in tokens[tokenStarts[Int(row)]..<tokenStarts[Int(row) + 1]] {
        let word = Int(dictionary.ranks[Int(token >> Posting.shift)])
        values[Int(next[word])] = UInt32(place) << Posting.shift | token & flags
        next[word] += 1
      }
    }
    return (starts, values)
  }

  /// Rows by title and by artist, and where each artist begins in the latter.
  func alphabeticalOrders() -> (titles: [UInt32], artists: [UInt32], artistStarts: [UInt32]) {
    let names = artistNames.indices.sorted { artistNames[$0].utf8.lexicographicallyPrecedes(artistNames[$1].utf8) }
    var ranks = [UInt32](repeating: 0, count: names.count)
    for (rank, name) in names.enumerated() { ranks[name] = UInt32(rank) }
    let none = UInt32(names.count)
    func artistRank(_ row: UInt32) -> UInt32 { artists[Int(row)] < 0 ? none : ranks[Int(artists[Int(row)])] }

    struct Key {
      /// The first eight bytes; all ones for no title, which comes last.
      var start: UInt64
      var row: UInt32
    }
    let byTitle = titles.withUnsafeBytes { titles in
      func title(_ row: UInt32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: titles[titleStarts[Int(row)]..<titleStarts[Int(row) + 1]])
      }
      let keys = (0..<UInt32(count)).map { row in
        let title = title(row)
        var start: UInt64 = 0
        for place in 0..<8 { start = start << 8 | (place < title.count ? UInt64(title[place]) : 0) }
        return Key(start: title.isEmpty ? .max : start, row: row)
      }
      return keys.sorted { first, second in
        if first.start != second.start { return first.start < second.start }
        let order = Bytes.compare(title(first.row), title(second.row))
        if order != 0 { return order < 0 }
        return (artistRank(first.row), first.row) < (artistRank(second.row), second.row)
      }.map(\.row)
    }

    var starts = [UInt32](repeating: 0, count: names.count + 2)
    for row in 0..<UInt32(count) { starts[Int(artistRank(row)) + 1] += 1 }
    for artist in 0...names.count { starts[artist + 1] += starts[artist] }
    var next = starts
    var byArtist = [UInt32](repeating: 0, count: count)
    for row in byTitle {
      let artist = Int(artistRank(row))
      byArtist[Int(next[artist])] = row
      next[artist] += 1
    }
    return (byTitle, byArtist, Array(starts.dropLast()))
  }
}
