/// What a letter or sign is to somebody who searches: capital letters and accents do not count.
package enum Folding {
  /// The small Latin letter without its accent: Unicode names é "LATIN SMALL LETTER E WITH ACUTE". Others stay.
  package static func unaccented(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    guard scalar.value >= 0xC0, scalar.value < 0x2000, let name = scalar.properties.name,
      name.hasPrefix("LATIN SMALL LETTER "), let with = name.firstRange(of: " WITH ")
    else { return scalar }
    let letter = name[name.index(name.startIndex, offsetBy: 19)..<with.lowerBound]
    guard letter.utf8.count == 1, let base = letter.unicodeScalars.first else { return scalar }
    return Unicode.Scalar(base.value | 0x20) ?? scalar
  }

  enum Folded {
    case letter(Unicode.Scalar)
    /// One letter that is written as several.
    case letters(String)
    /// A letter that is a word: Chinese characters and hiragana, which are written without spaces.
    case word(Unicode.Scalar)
    /// Is as if it were not there: apostrophes, accents.
    case nothing
    case space
    /// Divides words that stand together.
    case sign
  }

  /// Latin, Greek, Cyrillic, Hebrew and Arabic from a table, others as they come.
  static func fold(_ scalar: Unicode.Scalar) -> Folded {
    let value = Int(scalar.value)
    return value < table.count ? table[value] : computed(scalar)
  }

  private static let table = (0..<0x700).map { computed(Unicode.Scalar($0)!) }

  private static func computed(_ scalar: Unicode.Scalar) -> Folded {
    switch scalar.value {
    case 0x3041...0x309F, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF:
      return isAccent(scalar) ? .nothing : .word(unvoiced(scalar))
    case 0x30A1...0x30FA: return .letter(unvoiced(scalar))
    case 0xFF01...0xFF5E: return fold(Unicode.Scalar(scalar.value - 0xFEE0)!)
    case 0xFF66...0xFF9D: return .letter(fullWidthKana[Int(scalar.value - 0xFF66)])
    default: break
    }
    if apostrophes.contains(scalar) || isAccent(scalar) { return .nothing }
    let lower = scalar.properties.lowercaseMapping.unicodeScalars.first!
    if let letters = severalLetters[lower] { return .letters(letters) }
    let letter = simpler[lower] ?? unaccented(lower)
    return switch letter.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
      .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .enclosingMark:
      .letter(letter)
    case .format: .nothing
    case .spaceSeparator, .lineSeparator, .paragraphSeparator, .control: .space
    default: .sign
    }
  }

  /// Marks above letters of the scripts that are also written without them. Those of other scripts (Indic, Thai) are
  /// vowels.
  private static func isAccent(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0300...0x036F, 0x0483...0x0489, 0x0591...0x05BD, 0x05BF, 0x05C1...0x05C7, 0x0610...0x061A, 0x0640,
      0x064B...0x065F, 0x0670, 0x06D6...0x06DC, 0x06DF...0x06E8, 0x06EA...0x06ED, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF,
      0x20D0...0x20FF, 0x3099...0x309C, 0xFE00...0xFE0F, 0xFE20...0xFE2F, 0xFF9E, 0xFF9F:
      true
    default: false
    }
  }

  private static let apostrophes = Set("'’‘‛`´′ʹʻʼʽˈ".unicodeScalars)

  private static let severalLetters: [Unicode.Scalar: String] = [
    "ß": "ss", "æ": "ae", "ǽ": "ae", "ǣ": "ae", "œ": "oe", "þ": "th", "ĳ": "ij", "ŉ": "n", "ǆ": "dz", "ǉ": "lj",
    "ǌ": "nj", "ﬁ": "fi", "ﬂ": "fl",
  ]

  /// Letters that their names do not tell.
  private static let simpler = [Unicode.Scalar: Unicode.Scalar](
    uniqueKeysWithValues: zip(
      "ðıŋſªº²³¹άέήίόύώϊϋΐΰςёйїѓќўґ".unicodeScalars, "dinsao231αεηιουωιυιυσеиігкуг".unicodeScalars)
  ).merging(arabic) { first, _ in first }

  /// Alef, waw and yeh with their marks, the final forms and the Persian letters.
  private static let arabic: [Unicode.Scalar: Unicode.Scalar] = [
    "\u{0622}": "\u{0627}", "\u{0623}": "\u{0627}", "\u{0625}": "\u{0627}", "\u{0671}": "\u{0627}",
    "\u{0624}": "\u{0648}", "\u{0626}": "\u{064A}", "\u{0649}": "\u{064A}", "\u{06CC}": "\u{064A}",
    "\u{0629}": "\u{0647}", "\u{06A9}": "\u{0643}",
  ]

  /// The kana without its voice marks, which half-width kana and other systems' file names write apart.
  private static func unvoiced(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    let isKatakana = scalar.value >= 0x30A0 && scalar.value < 0x3100
    let kana = isKatakana ? scalar.value - 0x60 : scalar.value
    let plain: UInt32 =
      switch kana {
      case 0x304B...0x3062: kana - (kana - 0x304B) % 2
      case 0x3064...0x3069: kana - kana % 2
      case 0x306F...0x307D: kana - (kana - 0x306F) % 3
      case 0x3094: 0x3046
      default: kana
      }
    return Unicode.Scalar(isKatakana ? plain + 0x60 : plain)!
  }

  /// Of U+FF66 … U+FF9D.
  private static let fullWidthKana = Array(
    "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン".unicodeScalars)
}
