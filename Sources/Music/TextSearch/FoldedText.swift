/// A text as the search sees it: its words, folded, with a space between them. Used again for the next text, because an
/// index folds millions.
package struct FoldedText {
  /// The words, a space between each. UTF-8.
  package private(set) var bytes: [UInt8] = []
  /// Where each word lies in `bytes`.
  package private(set) var words: [Range<Int>] = []
  /// Words that stood together without a space between: AC/DC, blink-182.
  package private(set) var joins: [Range<Int>] = []
  /// Letters of all words.
  package private(set) var letterCount = 0

  private var wordStart = 0
  private var isInWord = false
  private var firstOfJoin = 0

  package init() {}

  package init(_ text: String) {
    self.init()
    fold(text)
  }

  /// A text without any letter or digit ("÷", "???") is made of its signs.
  package mutating func fold(_ text: String) {
    clear()
    var previousIsLetter = false
    let scalars = text.unicodeScalars
    var index = scalars.startIndex
    while index < scalars.endIndex {
      let scalar = scalars[index]
      scalars.formIndex(after: &index)
      switch Folding.fold(scalar) {
      case .letter(let letter):
        append(letter)
        previousIsLetter = true
      case .letters(let letters):
        for letter in letters.unicodeScalars { append(letter) }
        previousIsLetter = true
      case .word(let letter):
        endWord()
        append(letter)
        endWord()
        firstOfJoin = words.count  // typed as the same words, whatever stands between
        previousIsLetter = true
      case .nothing: break
      case .space:
        endChunk()
        previousIsLetter = false
      case .sign:
        let nextIsLetter = index < scalars.endIndex && scalars[index].properties.isAlphabetic
        if let letter = Self.stylised(scalar, afterLetter: previousIsLetter, beforeLetter: nextIsLetter) {
          append(letter)
          continue
        }
        endWord()
        previousIsLetter = false
        if Self.ands.contains(scalar) {
          for letter in "and".unicodeScalars { append(letter) }
          endWord()
        }
      }
    }
    endChunk()
    if words.isEmpty { takeSigns(text) }
  }

  /// The letter that artists write a sign for: A$AP, $uicideboy$, P!nk.
  private static func stylised(
    _ sign: Unicode.Scalar, afterLetter: Bool, beforeLetter: Bool
  ) -> Unicode.Scalar? {
    switch sign {
    case "$" where afterLetter || beforeLetter: "s"
    case "!" where afterLetter && beforeLetter: "i"
    default: nil
    }
  }

  private static let ands: Set<Unicode.Scalar> = ["&", "+", "＆", "＋"]

  private mutating func clear() {
    bytes.removeAll(keepingCapacity: true)
    words.removeAll(keepingCapacity: true)
    joins.removeAll(keepingCapacity: true)
    (letterCount, isInWord, firstOfJoin) = (0, false, 0)
  }

  private mutating func append(_ letter: Unicode.Scalar) {
    if !isInWord {
      if !bytes.isEmpty { bytes.append(UInt8(ascii: " ")) }
      (wordStart, isInWord) = (bytes.count, true)
    }
    if letter.isASCII { bytes.append(UInt8(letter.value)) } else { bytes.append(contentsOf: UTF8.encode(letter)!) }
    letterCount += 1
  }

  private mutating func endWord() {
    guard isInWord else { return }
    words.append(wordStart..<bytes.count)
    isInWord = false
  }

  private mutating func endChunk() {
    endWord()
    if words.count - firstOfJoin > 1 { joins.append(firstOfJoin..<words.count) }
    firstOfJoin = words.count
  }

  private mutating func takeSigns(_ text: String) {
    for scalar in text.unicodeScalars {
      if scalar.properties.isWhitespace { endWord() } else { append(scalar) }
    }
    endWord()
  }

  /// The bytes of words that stood together, as one word.
  func joined(_ range: Range<Int>) -> [UInt8] { words[range].flatMap { bytes[$0] } }
}
