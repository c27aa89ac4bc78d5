/// What songs are called.
package enum SongTitle {
  /// The same text for all versions of a song: lower case, words only, without brackets and dashed endings that name a
  /// version, a year or guests, such as "(Remastered 2011)", "[feat. Somebody]" or " - Live at Wembley". Other endings
  /// ("(Part 2)", " - II. Andante") tell songs apart and stay.
  package static func withoutVersion(_ title: String) -> String {
    let rest = withoutEndings(title)
    let words = words(of: rest)
    return words.isEmpty ? String(rest) : words.joined(separator: " ")
  }

  /// The beginning of a title up to the endings that name a version; lower case.
  package static func withoutEndings(_ title: String) -> Substring {
    var rest = Substring(title.lowercased())
    while let shorter = withoutEnding(rest), !words(of: shorter).isEmpty { rest = shorter }
    return rest
  }

  /// Without the last bracket or dashed ending, when that names a version.
  private static func withoutEnding(_ title: Substring) -> Substring? {
    let title = title.trimmingSpaces
    let start: Substring.Index?
    switch title.last {
    case ")": start = title.lastIndex(of: "(")
    case "]": start = title.lastIndex(of: "[")
    default:
      start = title.indices.last { title[$0...].hasPrefix(" - ") || title[$0...].hasPrefix(" – ") }
    }
    guard let start, start > title.startIndex, words(of: title[start...]).contains(where: isVersionWord) else {
      return nil
    }
    return title[..<start].trimmingSpaces
  }

  /// Apostrophes fall inside a word.
  private static func words(of text: Substring) -> [String] {
    text.filter { $0 != "'" && $0 != "’" }.split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }

  private static func isVersionWord(_ word: String) -> Bool {
    versionWords.contains(word) || word.count == 4 && ["19", "20"].contains(word.prefix(2)) && Int(word) != nil
  }

  private static let versionWords: Set<String> = [
    "acapella", "acoustic", "album", "anniversary", "bonus", "clean", "deluxe", "demo", "edit", "edition", "explicit",
    "extended", "feat", "featuring", "from", "ft", "instrumental", "karaoke", "live", "mix", "mono", "original",
    "radio",
    "recorded", "remaster", "remastered", "remix", "remixed", "rework", "session", "sessions", "single", "stereo",
    "unplugged", "version", "with",
  ]
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    var text = drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
