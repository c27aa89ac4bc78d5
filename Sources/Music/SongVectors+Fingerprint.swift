extension SongVectors {
  /// A number that tells these vectors from others: FNV-1a over 64-bit words (Fowler, Noll and Vo), each step followed
  /// by a rotation so that high bits spread. Files that belong together carry it.
  package var fingerprint: UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func mix(_ word: UInt64) {
      hash = (hash ^ word) &* 0x100_0000_01B3
      hash = hash << 29 | hash >> 35
    }
    mix(UInt64(count))
    for value in values { mix(UInt64(value.bitPattern)) }
    for bits in present { mix(UInt64(bits)) }
    return hash
  }
}
