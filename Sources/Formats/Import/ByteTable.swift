internal import CSimdjson
internal import Glibc

/// Bytes of a field or a name, valid during a call.
typealias Bytes = UnsafeRawBufferPointer

/// Different byte strings, numbered in the order in which they come: a hash table that keeps 9 to 18 bytes for each beside
/// its text, its number and an offset.
///
/// A table of millions of songs is larger than any cache, so that a look-up costs two waits for memory. `prefetch` lets the
/// waits of many look-ups overlap.
struct ByteTable {
  /// Number and text of each string, in blocks, so that growing copies nothing.
  private var text = ByteArena()
  /// Where each string lies in `text`.
  private var places: [UInt64] = []
  /// The upper 24 bits of a string's hash, and its place + 1, 0 where there is none; linear probing.
  private var slots = [UInt64](repeating: 0, count: 1 << 10)
  private static let placeBits: UInt64 = 40

  var count: Int { places.count }

  /// The number of a string, and whether it was there before.
  mutating func number(of bytes: Bytes) -> (number: Int, isNew: Bool) {
    if 8 * (count + 1) > 7 * slots.count { grow() }
    let hash = Self.hash(bytes)
    let slot = slot(of: bytes, hash: hash)
    if slots[slot] > 0 { return (number(at: slots[slot]), false) }
    let number = places.count
    places.append(text.append(bytes, number: UInt32(number)))
    slots[slot] = Self.slot(hash, places[number])
    return (number, true)
  }

  func number(ifPresent bytes: Bytes) -> Int? {
    let found = slots[slot(of: bytes, hash: Self.hash(bytes))]
    return found > 0 ? number(at: found) : nil
  }

  /// Valid while the table lives and is not written to.
  subscript(number: Int) -> Bytes { ByteArena.string(at: text.pointer(places[number]) + 4) }

  /// Has memory fetched that looking these strings up will need.
  func prefetch(_ strings: [Bytes]) {
    let homes = strings.map { Int(Self.hash($0) & UInt64(slots.count - 1)) }
    slots.withUnsafeBufferPointer { slots in
      for home in homes { segue_prefetch(slots.baseAddress! + home) }
      for home in homes where slots[home] > 0 { segue_prefetch(text.pointer(Self.place(slots[home]))) }
    }
  }

  /// Has memory fetched that reading these strings will need.
  func prefetch(numbers: some Sequence<Int>) {
    places.withUnsafeBufferPointer { places in
      for number in numbers { segue_prefetch(places.baseAddress! + number) }
      for number in numbers { segue_prefetch(text.pointer(places[number])) }
    }
  }

  private static func slot(_ hash: UInt64, _ place: UInt64) -> UInt64 {
    (hash >> placeBits) << placeBits | (place + 1)
  }
  private static func place(_ slot: UInt64) -> UInt64 { (slot & ((1 << placeBits) - 1)) - 1 }

  private func number(at slot: UInt64) -> Int {
    Int(text.pointer(Self.place(slot)).loadUnaligned(as: UInt32.self))
  }

  private func slot(of bytes: Bytes, hash: UInt64) -> Int {
    var slot = Int(hash & UInt64(slots.count - 1))
    while slots[slot] > 0 {
      if slots[slot] >> Self.placeBits == hash >> Self.placeBits,
        Self.areEqual(ByteArena.string(at: text.pointer(Self.place(slots[slot])) + 4), bytes)
      {
        break
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  private mutating func grow() {
    slots = [UInt64](repeating: 0, count: 2 * slots.count)
    for number in 0..<count {
      let hash = Self.hash(self[number])
      var slot = Int(hash & UInt64(slots.count - 1))
      while slots[slot] > 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Self.slot(hash, places[number])
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
    let product = hash.multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
    return product.high ^ product.low
  }
}

/// Byte strings, each behind its length, in blocks that never move.
struct ByteArena {
  private var blocks: [UnsafeMutableRawPointer] = []
  private let owner = Owner()
  private var used = Self.blockSize
  private static let blockBits = 20
  private static let blockSize = 1 << blockBits

  /// Frees the blocks when nobody needs them any more.
  private final class Owner {
    var blocks: [UnsafeMutableRawPointer] = []
    deinit { for block in blocks { block.deallocate() } }
  }

  /// - Parameter number: is written before the string in four bytes.
  /// - Returns: where it lies, for `pointer`: less than 2^40.
  mutating func append(_ string: Bytes, number: UInt32? = nil) -> UInt64 {
    let needed = string.count + 9
    if used + needed > Self.blockSize {
      blocks.append(.allocate(byteCount: max(Self.blockSize, needed), alignment: 8))
      owner.blocks.append(blocks[blocks.count - 1])
      used = 0
    }
    let block = blocks[blocks.count - 1]
    let place = UInt64(blocks.count - 1) << UInt64(Self.blockBits) | UInt64(used)
    if let number {
      block.storeBytes(of: number, toByteOffset: used, as: UInt32.self)
      used += 4
    }
    Self.forEachLengthByte(string.count) {
      block.storeBytes(of: $0, toByteOffset: used, as: UInt8.self)
      used += 1
    }
    if !string.isEmpty { memcpy(block + used, string.baseAddress!, string.count) }
    used += string.count
    return place
  }

  func pointer(_ place: UInt64) -> UnsafeRawPointer {
    UnsafeRawPointer(blocks[Int(place >> UInt64(Self.blockBits))]) + (Int(place) & (Self.blockSize - 1))
  }

  subscript(place: UInt64) -> Bytes { Self.string(at: pointer(place)) }

  /// The string behind its length.
  static func string(at start: UnsafeRawPointer) -> Bytes {
    var start = start
    var (length, shift) = (0, 0)
    while true {
      let byte = start.load(as: UInt8.self)
      start += 1
      length |= Int(byte & 0x7F) << shift
      if byte & 0x80 == 0 { break }
      shift += 7
    }
    return Bytes(start: start, count: length)
  }

  /// The same at the end of an array.
  static func append(_ string: Bytes, to array: inout [UInt8]) {
    forEachLengthByte(string.count) { array.append($0) }
    array.append(contentsOf: string)
  }

  /// LEB128
  private static func forEachLengthByte(_ length: Int, _ body: (UInt8) -> Void) {
    var rest = length
    repeat {
      body(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
  }
}
