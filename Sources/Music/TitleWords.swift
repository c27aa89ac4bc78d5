/// The words of playlists' titles that a model knows: those of enough training titles.
package struct TitleWords: Sendable, Equatable {
  /// In the order of their rows.
  package let words: [String]
  private let rows: [String: Int32]

  /// Titles that must have a word for it to be known.
  package static let leastTitles = 4
  /// Known words that are taken of a title, the first ones.
  package static let mostWords = 4

  package init(words: [String]) {
    self.words = words
    rows = Dictionary(zip(words, Int32(0)...), uniquingKeysWith: { first, _ in first })
  }

  /// The words of at least `leastTitles` titles, in alphabetical order.
  package init(titles: some Sequence<String>) {
    var counts: [String: Int] = [:]
    for title in titles { for word in Set(Self.split(title)) { counts[word, default: 0] += 1 } }
    self.init(words: counts.filter { $0.value >= Self.leastTitles }.map(\.key).sorted())
  }

  /// Rows of a title's known words, each once, at most `mostWords`.
  package func rows(of title: String) -> [Int32] {
    var found: [Int32] = []
    for word in Self.split(title) {
      if let row = rows[word], !found.contains(row) { found.append(row) }
      if found.count == Self.mostWords { break }
    }
    return found
  }

  /// Lower case; letters, digits and symbols such as emoji; everything else divides.
  private static func split(_ title: String) -> [String] {
    title.lowercased().split { $0.isWhitespace || $0.isPunctuation }.map(String.init)
  }
}
