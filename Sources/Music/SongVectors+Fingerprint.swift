/// FNV-1a over 64-bit words (Fowler, Noll and Vo), each step followed by a rotation so that high bits spread.
struct FNV1a {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func mix(_ word: UInt64) {
    value = (value ^ word) &* 0x100_0000_01B3
    value = value << 29 | value >> 35
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
