extension SongSearch {
  /// Words of a query that count, distinct ones.
  package static let mostWords = 15

  /// The songs whose titles and artists have all words of a query, as it is typed so far.
  ///
  /// Every word must be a word of the title or of the artist, the last one a beginning of such a word. In words of four
  /// letters or more one typo is forgiven: a letter too many, too few, another one, or two exchanged. Capital letters,
  /// accents, apostrophes and signs do not count. Where no song has all words, those that lack one are given
  /// (`hasAllWords`). Of more than 15 words the first 15 count. Without any word nothing is found.
  ///
  /// The best first:
  /// 1. the query is the title, with or without an ending such as "- Remastered 2011"
  /// 2. the query is the artist, with or without "The"
  /// 3. all words of the title, and some of the artist: "yesterday beatles"
  /// 4. the title or the artist begins with the query
  /// 5. songs that have all words as they are
  /// 6. songs that have them with the last one unfinished
  /// 7. songs that have them with a typo
  ///
  /// Among equals: the more popular, the shorter title, the lower row.
  package func songs(matching query: String, limit: Int, offset: Int = 0) -> Result {
    precondition(limit >= 0 && offset >= 0, "SongSearch: limit \(limit), offset \(offset)")
    let query = Query(query)
    guard !query.words.isEmpty, count > 0 else { return Result(rows: [], total: 0) }
    var states = [UInt16](repeating: 0, count: (count + 3) / 4 * 4)
    return states.withUnsafeMutableBufferPointer { states in
      for (number, word) in query.words.enumerated() {
        let isUnfinished = number + 1 == query.words.count && query.isLastUnfinished
        mark(word, number: UInt16(number + 1), isUnfinished: isUnfinished, isAlone: query.words.count == 1, states)
      }
      markWhole(query.key, states)
      return best(states, wordCount: query.words.count, limit: limit, offset: offset)
    }
  }

  /// What was typed.
  private struct Query {
    /// All words with a space between.
    var key: [UInt8] = []
    /// Distinct ones.
    var words: [[UInt8]] = []
    /// False where the last word was there before.
    var isLastUnfinished = true

    init(_ text: String) {
      let folded = FoldedText(text)
      for word in folded.words where words.count < SongSearch.mostWords {
        let bytes = Array(folded.bytes[word])
        key = Array(folded.bytes[..<word.upperBound])
        isLastUnfinished = !words.contains(bytes)
        if isLastUnfinished { words.append(bytes) }
      }
    }
  }

  /// What is known of a song during a search.
  private enum State {
    /// The last word of the query that it had, 1 …
    static let lastWord: UInt16 = 0xF
    /// How many it had.
    static let oneWord: UInt16 = 1 << 4
    static let wordCount: UInt16 = 0xF << 4
    static let wordCountShift = 4
    /// The worst of them: 0 as it is, 1 unfinished, 2 a typo.
    static let worstShift = 8
    static let worst: UInt16 = 3 << 8
    /// How many were words of the title as they are.
    static let oneOfTitle: UInt16 = 1 << 10
    static let titleShift = 10
    /// 1 the title or artist begins with the query, 2 it is the artist, 3 it is the title.
    static let wholeShift = 14
    /// A one for each of four states.
    static let four: UInt64 = 0x0001_0001_0001_0001
  }

  private typealias States = UnsafeMutableBufferPointer<UInt16>

  /// Notes of all songs which have a word of the query.
  private func mark(_ word: [UInt8], number: UInt16, isUnfinished: Bool, isAlone: Bool, _ states: States) {
    let (range, isWord) = words(from: word)
    if isWord {
      let postings = postings(of: range.lowerBound..<range.lowerBound + 1)
      note(postings, number, worst: 0, states)
      if isAlone { noteJoined(postings, states) }
    }
    if isUnfinished {
      note(postings(of: range.dropFirst(isWord ? 1 : 0)), number, worst: 1, states)
    }
    guard var spelling = Spelling(word, isUnfinished: isUnfinished) else { return }
    for index in 0..<wordCount where spelling.mayEqual(signatures[index]) {
      guard spelling.isOneTypo(from: self.word(index)) else { continue }
      note(postings(of: index..<index + 1), number, worst: 2, states)
    }
  }

  /// - Parameter worst: as in `State`; the better come first.
  private func note(
    _ postings: UnsafeBufferPointer<UInt32>, _ number: UInt16, worst: UInt16, _ states: States
  ) {
    let worstBits = worst << State.worstShift
    let songCount = UInt32(count)
    for posting in postings {
      let place = posting >> Posting.shift
      guard place < songCount else { continue }
      var state = states[Int(place)]
      guard state & State.lastWord != number else { continue }
      state = (state & ~State.lastWord | number) &+ State.oneWord
      if state & State.worst < worstBits { state = state & ~State.worst | worstBits }
      if worst == 0 && posting & Posting.inTitle != 0 { state &+= State.oneOfTitle }
      states[Int(place)] = state
    }
  }

  /// Notes whose title or artist is this one word, written apart.
  private func noteJoined(_ postings: UnsafeBufferPointer<UInt32>, _ states: States) {
    for posting in postings where posting & (Posting.isTitle | Posting.isArtist) != 0 {
      raise(posting >> Posting.shift, to: posting & Posting.isTitle != 0 ? 3 : 2, states)
    }
  }

  /// Notes whose title or artist is the query or begins with it.
  private func markWhole(_ key: [UInt8], _ states: States) {
    var keys = KeyReader(self)
    let titles = keys.titles(from: key)
    for position in titles.all {
      let place = titleOrder[position]
      let isWhole = place < count && titleLengths[Int(place)] == key.count
      raise(place, to: isWhole ? 3 : 1, states)
    }
    for position in titles.equal { raise(titleOrder[position], to: 3, states) }
    for key in [key, Array("the ".utf8) + key] {
      let artists = keys.artists(from: key)
      for position in songs(of: artists.all) { raise(artistOrder[position], to: 1, states) }
      for position in songs(of: artists.equal) { raise(artistOrder[position], to: 2, states) }
    }
  }

  private func raise(_ place: UInt32, to whole: UInt16, _ states: States) {
    guard place < count else { return }
    let state = states[Int(place)]
    if state >> State.wholeShift < whole {
      states[Int(place)] = state & ~(3 << State.wholeShift) | whole << State.wholeShift
    }
  }

  // MARK: The best

  private static let rankCount = 7

  /// The place in the list above, from 0.
  private func rank(_ state: UInt16, _ place: Int, wordCount: Int) -> Int {
    let worst = Int(state & State.worst) >> State.worstShift
    let ofTitle = Int(state >> State.titleShift) & 0xF
    switch state >> State.wholeShift {
    case 3: return 0
    case 2: return 1
    case let whole:
      if wordCount > 1, worst < 2, ofTitle > 0, ofTitle >= titleWords[place] { return 2 }
      return whole == 1 ? 3 : 4 + worst
    }
  }

  private func best(_ states: States, wordCount: Int, limit: Int, offset: Int) -> Result {
    var lacking = 0
    var counts = rankCounts(states, having: wordCount, of: wordCount)
    if wordCount > 1, counts.allSatisfy({ $0 == 0 }) {
      lacking = 1
      counts = rankCounts(states, having: wordCount - 1, of: wordCount)
    }
    let total = counts.reduce(0, +)
    var result = Result(rows: [], total: total, hasAllWords: lacking == 0 || total == 0)
    guard limit > 0, offset < total else { return result }
    // Where each rank's next song would stand, counted from the offset.
    var next = counts.indices.map { counts[..<$0].reduce(0, +) - offset }
    result.rows = .init(repeating: 0, count: min(limit, total - offset))
    var missing = result.rows.count
    next.withUnsafeMutableBufferPointer { next in
      forEachSong(states, having: wordCount - lacking) { place, state in
        let rank = rank(state, place, wordCount: wordCount)
        let position = next[rank]
        next[rank] += 1
        guard position >= 0, position < result.rows.count else { return true }
        result.rows[position] = row(UInt32(place))
        missing -= 1
        return missing > 0
      }
    }
    return result
  }

  /// How many songs there are of each rank.
  private func rankCounts(_ states: States, having words: Int, of wordCount: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: Self.rankCount)
    counts.withUnsafeMutableBufferPointer { counts in
      forEachSong(states, having: words) { place, state in
        counts[rank(state, place, wordCount: wordCount)] += 1
        return true
      }
    }
    return counts
  }

  /// Goes through the songs that have so many words of the query, the first places first, until `body` gives false.
  @inline(__always)
  private func forEachSong(_ states: States, having words: Int, _ body: (Int, UInt16) -> Bool) {
    let mask = UInt64(State.wordCount) &* State.four
    let wanted = UInt64(words << State.wordCountShift) &* State.four
    let fours = UnsafeRawBufferPointer(states).bindMemory(to: UInt64.self)
    for index in fours.indices {
      // One of the four differs from `wanted` in nothing: zero less one is negative.
      let difference = fours[index] & mask ^ wanted
      guard (difference &- State.four) & ~difference & (State.four << 15) != 0 else { continue }
      for place in 4 * index..<4 * index + 4 where Int(states[place] & State.wordCount) == words << State.wordCountShift
      {
        guard body(place, states[place]) else { return }
      }
    }
  }
}
