/// The words of playlists' titles, and the values of what else is known of playlists, that a model knows: those of enough
/// training playlists.
package struct TitleWords: Sendable, Equatable {
  /// In the order of their rows.
  package let words: [String]
  private let rows: [String: Int32]

  /// Playlists that must have a word for it to be known.
  package static let leastPlaylists = 4
  /// Known words that are taken of a title, the first ones.
  package static let mostWords = 4

  package init(words: [String]) {
    self.words = words
    rows = Dictionary(zip(words, Int32(0)...), uniquingKeysWith: { first, _ in first })
  }

  /// What at least `leastPlaylists` playlists have, in alphabetical order.
  package init(contexts: some Sequence<PlaylistContext>) {
    var counts: [String: Int] = [:]
    for context in contexts {
      let words = context.title.map(Self.split) ?? []
      for word in Set(words + context.attributes) { counts[word, default: 0] += 1 }
    }
    self.init(words: counts.filter { $0.value >= Self.leastPlaylists }.map(\.key).sorted())
  }

  /// Rows of what is known: the title's words, each once, at most `mostWords`, then the attributes.
  package func rows(of context: PlaylistContext) -> [Int32] {
    var found: [Int32] = []
    for word in context.title.map(Self.split) ?? [] {
      if let row = rows[word], !found.contains(row) { found.append(row) }
      if found.count == Self.mostWords { break }
    }
    return found + context.attributes.compactMap { rows[$0] }
  }

  /// Lower case; letters, digits and symbols such as emoji; everything else divides.
  private static func split(_ title: String) -> [String] {
    title.lowercased().split { $0.isWhitespace || $0.isPunctuation }.map(String.init)
  }
}
