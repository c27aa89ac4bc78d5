/// FNV-1a over 64-bit words (Fowler, Noll and Vo), each step followed by a rotation so that high bits spread.
package struct FNV1a {
  package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  package mutating func mix(_ word: UInt64) {
    value = (value ^ word) &* 0x100_0000_01B3
    value = value << 29 | value >> 35
  }

  /// A hash of bytes, a word each.
  package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash = FNV1a()
    for byte in bytes { hash.mix(UInt64(byte)) }
    return hash.value
  }
}

extension SongVectors {
  /// A number that tells these vectors from others. Files that belong together carry it.
  package var fingerprint: UInt64 {
    var hash = FNV1a()
    hash.mix(UInt64(count))
    for value in values { hash.mix(UInt64(value.bitPattern)) }
    for bits in present { hash.mix(UInt64(bits)) }
    return hash.value
  }
}
