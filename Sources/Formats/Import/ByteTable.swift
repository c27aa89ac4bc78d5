internal import Glibc

/// Bytes of a field or a name, valid during a call.
typealias Bytes = UnsafeRawBufferPointer

/// Different byte strings, numbered in the order in which they come: a hash table that keeps 4 to 8 bytes for each beside
/// its text and an offset.
struct ByteTable {
  /// Records one after the other in blocks, so that growing copies nothing.
  private var text = ByteArena()
  private var offsets: [UInt64] = []
  /// Number + 1 of the string with this hash, 0 where there is none; linear probing.
  private var slots = [UInt32](repeating: 0, count: 1 << 10)

  var count: Int { offsets.count }

  /// The number of a string, and whether it was there before.
  mutating func number(of bytes: Bytes) -> (number: Int, isNew: Bool) {
    if 4 * (count + 1) > 3 * slots.count { grow() }
    let slot = slot(of: bytes)
    if slots[slot] > 0 { return (Int(slots[slot]) - 1, false) }
    let number = offsets.count
    offsets.append(text.append(bytes))
    slots[slot] = UInt32(number + 1)
    return (number, true)
  }

  func number(ifPresent bytes: Bytes) -> Int? {
    let found = slots[slot(of: bytes)]
    return found > 0 ? Int(found) - 1 : nil
  }

  /// Valid while the table lives and is not written to.
  subscript(number: Int) -> Bytes { text[offsets[number]] }

  private func slot(of bytes: Bytes) -> Int {
    var slot = Int(truncatingIfNeeded: Self.hash(bytes)) & (slots.count - 1)
    while slots[slot] > 0, !Self.areEqual(self[Int(slots[slot]) - 1], bytes) { slot = (slot + 1) & (slots.count - 1) }
    return slot
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: 2 * slots.count)
    for number in 0..<count {
      var slot = Int(truncatingIfNeeded: Self.hash(self[number])) & (slots.count - 1)
      while slots[slot] > 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(number + 1)
    }
  }

  private static func areEqual(_ one: Bytes, _ other: Bytes) -> Bool {
    one.count == other.count && (one.isEmpty || memcmp(one.baseAddress!, other.baseAddress!, one.count) == 0)
  }

  /// Eight bytes at a time, multiplied and folded (after Wang Yi's wyhash).
  private static func hash(_ bytes: Bytes) -> UInt64 {
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
    var position = 0
    while position < bytes.count {
      var word: UInt64 = 0
      let count = min(8, bytes.count - position)
      memcpy(&word, bytes.baseAddress! + position, count)
      let product = (hash ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
      hash = product.high ^ product.low
      position += count
    }
    return hash ^ (hash >> 32)
  }
}

/// Byte strings, each behind its length, in blocks that never move.
struct ByteArena {
  private var blocks: [Block] = []
  private var used = Self.blockSize
  private static let blockSize = 1 << 20

  private final class Block {
    let bytes: UnsafeMutableRawBufferPointer
    init(byteCount: Int) { bytes = .allocate(byteCount: byteCount, alignment: 8) }
    deinit { bytes.deallocate() }
  }

  /// - Returns: where it lies.
  mutating func append(_ string: Bytes) -> UInt64 {
    let needed = string.count + 5
    if used + needed > Self.blockSize {
      blocks.append(Block(byteCount: max(Self.blockSize, needed)))
      used = 0
    }
    let block = blocks[blocks.count - 1].bytes
    let place = UInt64(blocks.count - 1) << 32 | UInt64(used)
    var rest = string.count
    repeat {  // LEB128
      block[used] = UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0)
      used += 1
      rest >>= 7
    } while rest > 0
    if !string.isEmpty { memcpy(block.baseAddress! + used, string.baseAddress!, string.count) }
    used += string.count
    return place
  }

  subscript(place: UInt64) -> Bytes {
    let block = blocks[Int(place >> 32)].bytes
    var position = Int(place & 0xFFFF_FFFF)
    var (length, shift) = (0, 0)
    while true {
      let byte = block[position]
      position += 1
      length |= Int(byte & 0x7F) << shift
      if byte & 0x80 == 0 { break }
      shift += 7
    }
    return Bytes(rebasing: block[position..<position + length])
  }
}
