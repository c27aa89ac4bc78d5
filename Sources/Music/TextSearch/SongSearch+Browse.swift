extension SongSearch {
  package enum Order: String, CaseIterable, Sendable { case title, artist }

  package struct Artist: Sendable, Equatable {
    /// As it is written at the artist's most popular song.
    package var name: String
    package var songCount: Int

    package init(name: String, songCount: Int) { (self.name, self.songCount) = (name, songCount) }
  }

  /// The artists whose folded names begin with `prefix`, in alphabetical order, and how many there are in all.
  package func artists(prefix: String = "", limit: Int, offset: Int = 0) -> (artists: [Artist], total: Int) {
    var keys = KeyReader(self)
    let range = keys.artists(from: FoldedText(prefix).bytes).all
    let page = page(of: range, limit, offset)
    let artists = page.map { artist in
      let songs = songs(of: artist..<artist + 1)
      let best = songs.lazy.map { artistOrder[$0] }.min() ?? 0
      return Artist(name: catalogue.count == 0 ? "" : catalogue.artist(row(best)), songCount: songs.count)
    }
    return (artists, range.count)
  }

  /// All songs by an artist, however the name is written, by title.
  package func songs(by artist: String, limit: Int, offset: Int = 0) -> Result {
    let key = FoldedText(artist).bytes
    guard !key.isEmpty else { return Result(rows: [], total: 0) }
    var keys = KeyReader(self)
    let songs = songs(of: keys.artists(from: key).equal)
    return Result(rows: page(of: songs, limit, offset).map { row(artistOrder[$0]) }, total: songs.count)
  }

  /// All songs whose folded title or artist begins with `prefix`, in alphabetical order; without a prefix also those that
  /// have none, at the end.
  package func songs(sortedBy order: Order, prefix: String = "", limit: Int, offset: Int = 0) -> Result {
    let key = FoldedText(prefix).bytes
    var keys = KeyReader(self)
    let (songs, places) =
      switch order {
      case .title: (key.isEmpty ? 0..<count : keys.titles(from: key).all, titleOrder)
      case .artist: (key.isEmpty ? 0..<count : self.songs(of: keys.artists(from: key).all), artistOrder)
      }
    return Result(rows: page(of: songs, limit, offset).map { row(places[$0]) }, total: songs.count)
  }

  private func page(of range: Range<Int>, _ limit: Int, _ offset: Int) -> Range<Int> {
    precondition(limit >= 0 && offset >= 0, "SongSearch: limit \(limit), offset \(offset)")
    return range.dropFirst(offset).prefix(limit)
  }

  /// Positions in `artistOrder` of the songs of some artists.
  func songs(of artists: Range<Int>) -> Range<Int> {
    let (start, end) = (Int(artistStarts[artists.lowerBound]), Int(artistStarts[artists.upperBound]))
    return start <= end && end <= count ? start..<end : 0..<0
  }

  /// Folds titles and artists during a binary search: 20 of a million songs, so that their keys need not be stored.
  struct KeyReader {
    private let search: SongSearch
    private var text = FoldedText()

    init(_ search: SongSearch) { self.search = search }

    /// Positions in `titleOrder` of titles that begin with `key`, and of those that are it.
    mutating func titles(from key: [UInt8]) -> (all: Range<Int>, equal: Range<Int>) {
      let search = search
      return range(search.count, key) { search.catalogue.name(search.row(search.titleOrder[$0])) }
    }

    /// Numbers of artists whose names begin with `key`, and of the one whose name is it.
    mutating func artists(from key: [UInt8]) -> (all: Range<Int>, equal: Range<Int>) {
      let search = search
      return range(search.artistCount, key) { artist in
        let position = Int(search.artistStarts[artist])
        return position < search.count ? search.catalogue.artist(search.row(search.artistOrder[position])) : ""
      }
    }

    private mutating func range(
      _ count: Int, _ key: [UInt8], _ name: (Int) -> String
    ) -> (all: Range<Int>, equal: Range<Int>) {
      let start = partition(count) { compare(name($0), key) < 0 }
      let equal = partition(from: start, count) { compare(name($0), key) == 0 }
      let end = partition(from: equal, count) {
        _ = compare(name($0), key)
        return text.bytes.starts(with: key) && (key.isEmpty || !text.bytes.isEmpty)
      }
      return (start..<end, start..<equal)
    }

    /// Nothing comes last.
    private mutating func compare(_ name: String, _ key: [UInt8]) -> Int {
      text.fold(name)
      guard !text.bytes.isEmpty else { return key.isEmpty ? 0 : 1 }
      return text.bytes.withUnsafeBytes { Bytes.compare($0, key) }
    }
  }
}
