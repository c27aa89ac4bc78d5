internal import Glibc
internal import Music
internal import Sequences

/// Titles and artists whose words are as often as words are: the n-th most frequent 1/n as often as the first (Zipf), the
/// first ones those of English titles, the others made of syllables. Eight songs an artist on average, some of many.
struct RandomTitles {
  let names: [String]
  let artists: [String]

  static let frequentWords = """
    the you i love of me a to in my and it on your is no be for all we don't time night life go this like down heart \
    with girl one what baby up little day from man get out world home back good never so that song way let are blue \
    live if remix remastered version feat when dance can last big do black at just come rain again only dream more eyes \
    not wanna want water fire gone how high now light over we're can't know sun away take
    """.split(separator: " ").map(String.init)

  init(count: Int, _ random: inout Philox) {
    let artistCount = max(1, count / 8)
    let vocabulary = Self.frequentWords + Self.words(max(200, min(60_000, count / 2)), &random)
    let nameWords = Self.words(max(100, artistCount / 2), &random)
    let (titleWord, nameWord, artist) = (
      Zipf(vocabulary.count), Zipf(nameWords.count, exponent: 0.7), Zipf(artistCount, exponent: 0.6)
    )
    let artistNames = (0..<artistCount).map { _ in
      let name = (0...random.below(3)).map { _ in nameWords[nameWord.next(&random)] }.map(Self.capitalised)
      return (random.below(6) == 0 ? ["The"] : []) + name
    }.map { $0.joined(separator: " ") }
    names = (0..<count).map { _ in
      let words = (0...(random.below(3) + random.below(4))).map { _ in vocabulary[titleWord.next(&random)] }
      let ending = random.below(5) == 0 ? Self.endings[random.below(Self.endings.count)] : ""
      return words.map(Self.capitalised).joined(separator: " ") + ending
    }
    artists = (0..<count).map { _ in artistNames[artist.next(&random)] }
  }

  private static let endings = [" - Remastered 2011", " - Live", " (Remix)", " (feat. Somebody)", " - Radio Edit"]

  private static func capitalised(_ word: String) -> String { word.prefix(1).uppercased() + word.dropFirst() }

  private static func words(_ count: Int, _ random: inout Philox) -> [String] {
    let beginnings = [
      "", "b", "br", "c", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "v", "w",
    ]
    let vowels = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "é"]
    let endings = ["", "", "n", "r", "s", "l", "nd", "ck"]
    func pick(_ parts: [String]) -> String { parts[random.below(parts.count)] }
    return (0..<count).map { _ in
      (0...(1 + random.below(3))).map { _ in pick(beginnings) + pick(vowels) }.joined() + pick(endings)
    }
  }
}

/// Numbers 0 ..< count, the n-th with a probability in proportion to (n + 1)^−exponent.
private struct Zipf {
  private var sums: [Double] = []

  init(_ count: Int, exponent: Double = 1) {
    var sum = 0.0
    for number in 0..<count {
      sum += pow(Double(number + 1), -exponent)
      sums.append(sum)
    }
  }

  func next(_ random: inout Philox) -> Int {
    let wanted = Double(random.uniform()) * sums.last!
    var (low, high) = (0, sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] <= wanted { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
