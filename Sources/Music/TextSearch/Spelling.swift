/// Words that differ by one typo: a letter too many, too few, another one, or two neighbours exchanged.
///
/// The words to compare with are found by the letters that they have: each has a signature of 32 bits, a set of letters;
/// one typo takes at most one letter away and brings at most one. A walk over the signatures of all distinct words, a
/// few hundred thousand for a million songs, takes less than a millisecond and leaves few to be compared.
struct Spelling {
  /// The shortest word that may be mistyped, in letters.
  static let leastLetters = 4

  let letters: [UInt32]
  let signature: UInt32
  /// Whether only the beginning of the other word counts.
  let isUnfinished: Bool
  private var other: [UInt32] = []

  /// - Returns: nil for a word that is too short.
  init?(_ word: [UInt8], isUnfinished: Bool) {
    letters = String(decoding: word, as: UTF8.self).unicodeScalars.map(\.value)
    guard letters.count >= Self.leastLetters else { return nil }
    signature = word.withUnsafeBytes { Self.signature($0) }
    self.isUnfinished = isUnfinished
  }

  /// A bit for each letter that there is, that of its last byte's low five bits: a … z have one each.
  static func signature(_ word: UnsafeRawBufferPointer) -> UInt32 {
    var bits: UInt32 = 0
    for place in word.indices where place + 1 == word.count || word[place + 1] & 0xC0 != 0x80 {
      bits |= 1 << UInt32(word[place] & 31)
    }
    return bits
  }

  /// False where more than one letter would have to change.
  func mayEqual(_ signature: UInt32) -> Bool {
    let missing = self.signature & ~signature
    guard missing & (missing &- 1) == 0 else { return false }
    let more = isUnfinished ? 0 : signature & ~self.signature
    return more & (more &- 1) == 0
  }

  /// Whether exactly one typo makes this word, or a beginning of it, the one that was typed.
  mutating func isOneTypo(from word: UnsafeRawBufferPointer) -> Bool {
    other.removeAll(keepingCapacity: true)
    if word.allSatisfy({ $0 < 0x80 }) {
      for byte in word { other.append(UInt32(byte)) }
    } else {
      for scalar in String(decoding: word, as: UTF8.self).unicodeScalars { other.append(scalar.value) }
    }
    return letters.withUnsafeBufferPointer { typed in
      other.withUnsafeBufferPointer { word in Self.isOneTypo(typed, word, isUnfinished: isUnfinished) }
    }
  }

  private typealias Letters = UnsafeBufferPointer<UInt32>

  private static func isOneTypo(_ typed: Letters, _ word: Letters, isUnfinished: Bool) -> Bool {
    let difference = word.count - typed.count
    guard difference >= -1, isUnfinished || difference <= 1 else { return false }
    var same = 0
    while same < typed.count, same < word.count, typed[same] == word[same] { same += 1 }
    /// Whether the rests agree.
    func agree(_ typedStart: Int, _ wordStart: Int) -> Bool {
      guard typedStart <= typed.count, wordStart <= word.count else { return false }
      let (typedRest, wordRest) = (typed.count - typedStart, word.count - wordStart)
      guard isUnfinished ? wordRest >= typedRest : wordRest == typedRest else { return false }
      for place in 0..<typedRest where typed[typedStart + place] != word[wordStart + place] { return false }
      return true
    }
    if same == typed.count { return !isUnfinished && difference == 1 }
    return agree(same + 1, same + 1) || agree(same + 1, same) || agree(same, same + 1)
      || same + 1 < typed.count && same + 1 < word.count && typed[same] == word[same + 1]
        && typed[same + 1] == word[same] && agree(same + 2, same + 2)
  }
}
