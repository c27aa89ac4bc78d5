import Music
import Sequences
import TestSupport
import Testing

/// The search beside its definition, computed song by song.
@Suite struct SongSearchReferenceTests {
  @Test(arguments: 0..<12)
  func `the same songs in the same order as by the definition`(seed: UInt64) throws {
    var random = Philox(seed: seed, purpose: .testData)
    func pick(_ parts: [String]) -> String { parts[random.below(parts.count)] }
    let letters = seed % 2 == 0 ? ["a", "b"] : ["a", "b", "é", "л", "夜", "'", "ß"]
    let vocabulary = (0..<40).map { _ in (0...random.below(7)).map { _ in pick(letters) }.joined() } + ["the", "queen"]
    func text(_ most: Int) -> String {
      (0..<random.below(most + 1)).map { _ in pick(vocabulary) }.joined(separator: pick([" ", " ", " ", "-", "/"]))
    }
    let songs = (0..<[1, 60, 61, 200][Int(seed) % 4]).map { _ in
      (title: text(4) + pick(["", "", " - Live", " (ab Live)"]), artist: text(2))
    }
    let searched = try SearchedSongs(songs, popularity: songs.map { _ in random.below(4) })
    var (answered, partial, mistyped) = (0, 0, 0)
    for _ in 0..<300 {
      var query = pick([text(3), text(2) + " " + text(1), songs[random.below(songs.count)].title])
      if random.below(2) == 0, !query.isEmpty { query = String(query.prefix(1 + random.below(query.count))) }
      if random.below(3) == 0 {
        var letters = Array(query)
        letters.insert(contentsOf: pick(["a", "b", "x"]), at: random.below(letters.count + 1))
        query = String(letters)
        mistyped += 1
      }
      let wanted = Reference(query, searched)
      let all = searched.search.songs(matching: query, limit: songs.count)
      #expect(all.rows == wanted.rows && all.total == wanted.rows.count, "“\(query)”")
      #expect(all.hasAllWords == wanted.hasAllWords, "“\(query)”")
      let (limit, offset) = (random.below(9), random.below(9))
      let page = searched.search.songs(matching: query, limit: limit, offset: offset)
      #expect(page.rows == Array(wanted.rows.dropFirst(offset).prefix(limit)) && page.total == all.total)
      answered += wanted.rows.isEmpty ? 0 : 1
      partial += wanted.hasAllWords ? 0 : 1
    }
    #expect(answered > 20 && mistyped > 20, "the test tests too little")
    #expect(songs.count == 1 || partial > 0, "the test tests too little")
  }

  @Test func `at most fifteen words count`() throws {
    let letters = "abcdefghijklmnopq".map(String.init)
    let searched = try SearchedSongs([
      (letters.joined(separator: " "), ""), (letters.prefix(15).joined(separator: " "), ""),
    ])
    #expect(searched.rows(letters.joined(separator: " ")) == [1, 0])
  }
}

/// What `SongSearch.songs(matching:)` promises, by comparing everything with everything.
private struct Reference {
  var rows: [Int32] = []
  var hasAllWords = true

  init(_ query: String, _ searched: SearchedSongs) {
    let folded = FoldedText(query)
    let typed = folded.words.map { String(decoding: folded.bytes[$0], as: UTF8.self) }
    var words: [String] = []
    for word in typed where !words.contains(word) { words.append(word) }
    guard !words.isEmpty else { return }
    let isLastUnfinished = typed.dropLast().firstIndex(of: typed.last!) == nil
    typealias Key = (rank: Int, popularity: Int, letters: Int, row: Int32)
    var found: [[Key]] = [[], []]
    for row in 0..<Int32(searched.catalogue.count) {
      let (title, artist) = (FoldedText(searched.catalogue.name(row)), FoldedText(searched.catalogue.artist(row)))
      let beginning = FoldedText(String(SongTitle.withoutEndings(searched.catalogue.name(row))))
      let song = Song(title: title, beginning: beginning, artist: artist)
      let qualities = words.enumerated().map { number, word in
        song.quality(of: word, isUnfinished: isLastUnfinished && number + 1 == words.count)
      }
      let lacking = qualities.count { $0 == nil }
      guard lacking <= 1, lacking < words.count else { continue }
      let rank = song.rank(
        query: typed.joined(separator: " "), words: words, worst: qualities.compactMap { $0 }.max()!)
      let popularity = Int(searched.catalogue.text("popularity", of: row)!)!
      found[lacking].append((rank, -popularity, title.letterCount, row))
    }
    hasAllWords = !found[0].isEmpty || found[1].isEmpty
    rows = found[hasAllWords ? 0 : 1].sorted { $0 < $1 }.map(\.row)
  }

  private struct Song {
    let title, beginning, artist: FoldedText

    static func words(_ text: FoldedText) -> [String] {
      text.words.map { String(decoding: text.bytes[$0], as: UTF8.self) }
    }

    static func joins(_ text: FoldedText) -> [String] {
      text.joins.map { words(text)[$0].joined() }
    }

    /// 0 as it is, 1 unfinished, 2 mistyped, nil not there.
    func quality(of word: String, isUnfinished: Bool) -> Int? {
      let mine = [title, artist].flatMap { Self.words($0) + Self.joins($0) }
      if mine.contains(word) { return 0 }
      if isUnfinished && mine.contains(where: { $0.hasPrefix(word) }) { return 1 }
      guard word.unicodeScalars.count >= 4 else { return nil }
      let isMistyped = mine.contains { mine in
        let beginnings = isUnfinished ? (0...mine.count).map { String(mine.prefix($0)) } : [mine]
        return beginnings.contains { Reference.distance($0, word) == 1 }
      }
      return isMistyped ? 2 : nil
    }

    func rank(query: String, words: [String], worst: Int) -> Int {
      let (titleWords, artistWords) = (Self.words(title), Self.words(artist))
      let (titleText, artistText) = (titleWords.joined(separator: " "), artistWords.joined(separator: " "))
      func isWhole(_ text: FoldedText) -> Bool {
        guard words.count == 1, let join = text.joins.last, join.upperBound == text.words.count else { return false }
        let rest = Array(Self.words(text)[..<join.lowerBound])
        return (rest.isEmpty || rest == ["the"]) && Self.joins(text).last == words[0]
      }
      let beginningWords = Self.words(beginning)
      if titleText == query || beginningWords.joined(separator: " ") == query || isWhole(title) { return 0 }
      if artistText == query || artistText == "the " + query || isWhole(artist) { return 1 }
      let ofTitle = words.count { (titleWords + Self.joins(title)).contains($0) }
      if words.count > 1, worst < 2, ofTitle > 0, ofTitle >= Set(beginningWords).count { return 2 }
      if [titleText.hasPrefix(query), artistText.hasPrefix(query), artistText.hasPrefix("the " + query)].contains(true)
      {
        return 3
      }
      return 4 + worst
    }
  }

  /// Letters inserted, deleted, replaced and exchanged with their neighbour that make one word the other (optimal string
  /// alignment).
  static func distance(_ first: String, _ second: String) -> Int {
    let (first, second) = (Array(first.unicodeScalars), Array(second.unicodeScalars))
    var rows = [Array(0...second.count)]
    for (i, letter) in first.enumerated() {
      var row = [i + 1]
      for (j, other) in second.enumerated() {
        var best = min(rows[i][j] + (letter == other ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, letter == second[j - 1], first[i - 1] == other { best = min(best, rows[i - 1][j - 1] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return rows.last!.last!
  }
}
