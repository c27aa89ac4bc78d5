import Files
import Music
import Sequences
import TestSupport
import Testing

@Suite struct SongSearchTests {
  private static let songs: [(title: String, artist: String)] = [
    ("Killer Queen", "Queen"), ("Bohemian Rhapsody", "Queen"), ("Dancing Queen", "ABBA"), ("Queen", "Perfume Genius"),
    ("Queen of Hearts", "Juice Newton"), ("Little Sister", "Queens of the Stone Age"),
    ("Bohemian Like You", "Dandy Warhols"),
    ("Don't Stop Me Now", "Queen"), ("Halo", "Beyoncé"), ("Thunderstruck", "AC/DC"), ("Yesterday", "The Beatles"),
    ("Yesterday Once More", "Carpenters"), ("Straße", "Rammstein"), ("Blå Øjne", "Ærlig Łukasz"),
    ("Don't Speak", "No Doubt"),
    ("All the Small Things", "blink-182"), ("Praise the Lord", "A$AP Rocky"), ("Trustfall", "P!nk"),
    ("Mrs. Robinson", "Simon & Garfunkel"), ("Группа крови", "Кино"), ("Ёлка", "Йовин"), ("夜に駆ける", "YOASOBI"),
    ("Ｆｕｌｌ　Ｗｉｄｔｈ", "ﾊﾟﾌｭｰﾑ"), ("حبيبي", "أصالة"), ("÷", "Ed Sheeran"), ("Losing My Religion", "R.E.M."),
  ]

  @Test(
    "capital letters, accents, apostrophes and signs do not matter",
    arguments: [
      ("beyonce", "Halo"), ("BEYONCÉ", "Halo"), ("beyonce\u{301}", "Halo"), ("dont speak", "Don't Speak"),
      ("don’t speak", "Don't Speak"), ("acdc", "Thunderstruck"), ("ac dc", "Thunderstruck"),
      ("AC/DC", "Thunderstruck"), ("ac/d", "Thunderstruck"), ("strasse", "Straße"), ("bla ojne", "Blå Øjne"),
      ("aerlig lukasz", "Blå Øjne"), ("blink182", "All the Small Things"), ("blink 182", "All the Small Things"),
      ("asap rocky", "Praise the Lord"), ("a$ap", "Praise the Lord"), ("pink", "Trustfall"), ("p!nk", "Trustfall"),
      ("simon and garfunkel", "Mrs. Robinson"), ("simon & garfunkel", "Mrs. Robinson"),
      ("simon garfunkel", "Mrs. Robinson"), ("группа кр", "Группа крови"), ("елка иовин", "Ёлка"),
      ("夜に", "夜に駆ける"), ("駆け", "夜に駆ける"), ("full width", "Ｆｕｌｌ　Ｗｉｄｔｈ"), ("パフューム", "Ｆｕｌｌ　Ｗｉｄｔｈ"),
      ("حبيبى", "حبيبي"), ("اصاله", "حبيبي"), ("÷", "÷"), ("rem", "Losing My Religion"),
      ("r.e.m.", "Losing My Religion"),
    ])
  func folding(query: String, title: String) throws {
    let songs = try SearchedSongs(Self.songs)
    let rows = songs.rows(query)
    #expect(rows.first.map(songs.catalogue.name) == title, "\(songs.found(query))")
  }

  @Test(
    "one typo a word is forgiven, the first letter too, and short words must be right",
    arguments: [
      ("bohemain rapsody", 1), ("vohemian", 6), ("thunderstuck", 9), ("thunnderstruck acdc", 9), ("beyocne halo", 8),
      ("garfunkle", 18), ("bohemixn rh", 1), ("qeen killer", 0),
    ])
  func typos(query: String, row: Int32) throws {
    let songs = try SearchedSongs(Self.songs)
    #expect(songs.rows(query).first == row, "\(songs.found(query))")
    for query in ["rex", "abc", "kno", "bohxmixn", "thundersrtuckk"] { #expect(songs.rows(query).isEmpty, "\(query)") }
  }

  @Test("Queen's songs come behind a song of that title and before those with queen in the middle")
  func queen() throws {
    let songs = try SearchedSongs(Self.songs)
    let found = songs.rows("queen")
    #expect(found.prefix(4) == [3, 0, 7, 1], "\(songs.found("queen"))")
    #expect(Set(found[4..<6]) == [4, 5] && found[6] == 2)
    for query in [
      "queen bohemian", "bohemian queen", "bohemian rhapsody queen", "queen boh", "Queen – Bohemian Rhapsody",
    ] {
      #expect(songs.rows(query).first == 1, "\(query)")
    }
    #expect(songs.rows("yesterday beatles") == [10])
    #expect(songs.rows("beatles").first == 10)
    #expect(songs.rows("yesterday").prefix(2) == [10, 11])
  }

  @Test func `a song is among the first at every letter of its title and artist`() throws {
    let songs = try SearchedSongs(Self.songs)
    for text in ["bohemian rhapsody queen", "queen bohemian rhapsody"] {
      for length in 1...text.count {
        let query = String(text.prefix(length))
        #expect(songs.rows(query).prefix(6).contains(1), "\(query): \(songs.found(query))")
      }
    }
  }

  @Test func `among equals the more popular comes first, then the shorter title, then the lower row`() throws {
    let titles = ["Love Song", "Love Me", "Love Us", "Love You Too", "Lovely"].map { (title: $0, artist: "Somebody") }
    #expect(try SearchedSongs(titles).rows("love") == [1, 2, 4, 0, 3])
    #expect(try SearchedSongs(titles, popularity: [9, 1, 1, 70, 100]).rows("love") == [4, 3, 0, 1, 2])
    #expect(
      try SearchedSongs(titles, popularity: [9, 1, 1, 70, 100], weights: [0, 0, 5, 0, .nan]).rows("love")
        == [2, 1, 4, 0, 3])
  }

  @Test func `a version of a song is as good as the song, unless it is less popular`() throws {
    let songs = [
      ("Bohemian Rhapsody", "Glee"), ("Bohemian Rhapsody - Remastered 2011", "Queen"),
      ("Bohemian Rhapsody Medley", "Queen"), ("Queen Bohemian Rhapsody", "Cover"),
    ].map { (title: $0.0, artist: $0.1) }
    #expect(try SearchedSongs(songs, popularity: [10, 80, 90, 5]).rows("bohemian rhapsody") == [1, 0, 2, 3])
    #expect(try SearchedSongs(songs, popularity: [10, 80, 90, 5]).rows("bohemian rhapsody queen") == [1, 3, 2])
    #expect(try SearchedSongs(songs).rows("bohemian rhapsody").prefix(2) == [0, 1])
  }

  @Test func `without a song that has all words those that lack one are found, and it is said`() throws {
    let songs = try SearchedSongs(Self.songs)
    let result = songs.search.songs(matching: "bohemian rhapsody zzzzzz", limit: 10)
    #expect(result.rows == [1] && result.total == 1 && !result.hasAllWords)
    #expect(songs.search.songs(matching: "bohemian rhapsody", limit: 10).hasAllWords)
    for query in ["zzzzzz", "zzzzzz yyyyyy", "bohemian zzzzzz yyyyyy", "", " ", "  \u{301}"] {
      let result = songs.search.songs(matching: query, limit: 10)
      #expect(result == .init(rows: [], total: 0), "\(query)")
    }
  }

  @Test func `songs without title or artist, and no songs at all, break nothing`() throws {
    let songs = try SearchedSongs([("", ""), ("Halo", ""), ("", "Beyoncé"), (" - ", "..."), ("", "")])
    #expect(songs.rows("halo") == [1] && songs.rows("beyonce") == [2])
    #expect(songs.rows("-") == [3] && songs.rows("halo beyonce").count == 2)
    #expect(songs.search.songs(sortedBy: .title, limit: 9).total == 5)
    #expect(songs.search.songs(sortedBy: .artist, limit: 9).rows == [3, 2, 1, 0, 4])
    #expect(songs.search.artists(limit: 9).artists.map(\.name) == ["...", "Beyoncé"])
    #expect(songs.search.songs(by: "", limit: 9).total == 0)
    let none = try SearchedSongs([])
    #expect(none.rows("halo").isEmpty && none.search.artists(limit: 9).total == 0)
    #expect(none.search.songs(sortedBy: .title, prefix: "a", limit: 9).total == 0)
  }

  @Test func `long queries are answered`() throws {
    let songs = try SearchedSongs(Self.songs)
    let words = Self.songs.flatMap { [$0.title, $0.artist] }.joined(separator: " ")
    for query in [
      String(repeating: "qwertyuiop", count: 20), String(repeating: "e", count: 100_000), words,
      String(repeating: "夜", count: 500), String(repeating: "queen ", count: 1000), String(repeating: "'", count: 500),
    ] { _ = songs.rows(query) }
    #expect(songs.rows(String(repeating: "queen ", count: 1000)).first == 3)
  }

  // MARK: Browsing

  @Test func `browsing is in alphabetical order, letters folded`() throws {
    let songs = try SearchedSongs(Self.songs + [("Élan", "queen"), ("Zoo", "QUEEN"), ("Elan", "Abba")])
    let count = songs.catalogue.count
    for order in SongSearch.Order.allCases {
      let all = songs.search.songs(sortedBy: order, limit: 1000)
      #expect(all.total == count && Set(all.rows) == Set(0..<Int32(count)))
      func key(_ row: Int32) -> [[UInt8]] {
        let keys = [songs.catalogue.name(row), songs.catalogue.artist(row)].map { FoldedText($0).bytes }
        return order == .title ? keys : keys.reversed()
      }
      for (first, second) in zip(all.rows, all.rows.dropFirst()) {
        let (first, second) = (key(first), key(second))
        #expect(!second[0].lexicographicallyPrecedes(first[0]))
        #expect(first[0] != second[0] || !second[1].lexicographicallyPrecedes(first[1]))
      }
      var pages: [Int32] = []
      for offset in stride(from: 0, to: count + 9, by: 4) {
        pages += songs.search.songs(sortedBy: order, limit: 4, offset: offset).rows
      }
      #expect(pages == all.rows)
      for prefix in ["", "b", "bo", "DON'T", "é", "q", "queen", "queen of", "z", "zz", "夜", "к"] {
        let wanted = all.rows.filter { key($0)[0].starts(with: FoldedText(prefix).bytes) }
        let found = songs.search.songs(sortedBy: order, prefix: prefix, limit: 1000)
        #expect(found.rows == wanted && found.total == wanted.count, "\(order) \(prefix)")
      }
    }
    #expect(songs.search.songs(by: "Queen", limit: 9).rows == [1, 7, 26, 0, 27])
    #expect(songs.search.songs(by: "quee", limit: 9).total == 0)
    let artists = songs.search.artists(prefix: "que", limit: 9)
    #expect(artists.total == 2)
    #expect(artists.artists.map(\.songCount) == [5, 1] && artists.artists[1].name == "Queens of the Stone Age")
    #expect(songs.search.artists(prefix: "abba", limit: 9).artists.map(\.songCount) == [2])
    #expect(songs.search.artists(limit: 3, offset: 1).artists.count == 3)
    #expect(songs.search.artists(limit: 1000).artists.reduce(0) { $0 + $1.songCount } == count)
  }

  // MARK: Files

  @Test func `the index of another catalogue is refused`() throws {
    let songs = try SearchedSongs(Self.songs)
    let others = try ScratchFolder()
    for catalogue in [
      try SearchedSongs.catalogue(Array(Self.songs.dropLast()), number: 0.5, in: others),
      try SearchedSongs.catalogue(Self.songs, number: 0.25, in: others),
    ] {
      let error = #expect(throws: InputError.self) { try SongSearch(path: songs.path, catalogue: catalogue) }
      #expect(error?.reason.contains("another catalogue") == true && error?.remedy.isEmpty == false)
    }
  }

  @Test func `a truncated index is refused and a damaged one never crashes`() throws {
    let songs = try SearchedSongs(Self.songs)
    let good = try songs.folder.bytes(SongSearch.fileName)
    let path = songs.folder.file("damaged")
    for length in Array(0..<300) + Array(stride(from: 300, to: good.count, by: 61)) {
      try AtomicFile.write(Array(good[..<length]), to: path)
      #expect(throws: InputError.self, "\(length) bytes") { try SongSearch(path: path, catalogue: songs.catalogue) }
    }
    for position in stride(from: 0, to: good.count, by: 5) {
      var bytes = good
      bytes[position] ^= 0xA5
      try AtomicFile.write(bytes, to: path)
      do {
        let search = try SongSearch(path: path, catalogue: songs.catalogue)
        for query in ["queen", "q", "bohemian rhapsodie", "acdc"] { _ = search.songs(matching: query, limit: 9) }
        _ = search.artists(prefix: "q", limit: 9)
        _ = search.songs(by: "queen", limit: 9)
        _ = search.songs(sortedBy: .title, prefix: "b", limit: 9)
        _ = search.songs(sortedBy: .artist, limit: 99)
      } catch is InputError {}
    }
  }
}
