internal import Music

/// A song while its cell is being arranged: ten coordinates, the bits of its row in lane 10 and of its cell in lane 11.
struct CellPoint {
  var lanes: SIMD16<Float>

  init(row: Int, code: Int, _ vectors: SongVectors) {
    lanes = .zero
    for lane in 0..<NearestSongsArrays.dimensions {
      let value = vectors.values[row * SongVector.width + lane]
      precondition(value.isFinite, "NearestSongs: row \(row) has a number that is not finite")
      lanes[lane] = value
    }
    lanes[10] = Float(bitPattern: UInt32(row))
    lanes[11] = Float(bitPattern: UInt32(code))
  }

  var row: UInt32 { lanes[10].bitPattern }
  var code: UInt8 { UInt8(lanes[11].bitPattern) }
}

/// Puts the songs of a cell into the order of its tree: a k-d tree (Bentley 1975) by median splits on the widest spread
/// whose splits fall on whole subtrees of fan-out 16, so that runs of 16, 256, 4,096, … songs are its nodes.
enum CellOrder {
  static func arrange(_ songs: UnsafeMutableBufferPointer<CellPoint>) {
    var unit = 16  // songs under one child
    while unit * 16 < songs.count { unit *= 16 }
    var pending = [(range: 0..<songs.count, unit: unit)]
    var random = UInt64(songs.count)
    while let (range, largest) = pending.popLast() {
      var unit = largest
      while unit > 16 && range.count <= unit { unit /= 16 }
      let children = (range.count + unit - 1) / unit
      guard children > 1 else { continue }
      let middle = range.lowerBound + children / 2 * unit
      let part = UnsafeMutableBufferPointer(rebasing: songs[range])
      select(middle - range.lowerBound, of: part, dimension: Box(around: part).widestDimension, random: &random)
      pending.append((range.lowerBound..<middle, unit))
      pending.append((middle..<range.upperBound, unit))
    }
  }

  /// Moves the songs so that those before `position` are not above those from it on (Hoare's quickselect). Equal
  /// coordinates are ordered by row, so all keys differ.
  private static func select(
    _ position: Int, of songs: UnsafeMutableBufferPointer<CellPoint>, dimension: Int, random: inout UInt64
  ) {
    func isBefore(_ a: CellPoint, _ b: CellPoint) -> Bool {
      let (x, y) = (a.lanes[dimension], b.lanes[dimension])
      return x < y || (x == y && a.row < b.row)
    }
    var (low, high) = (0, songs.count - 1)
    while low < high {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let pivot = songs[low + Int(random >> 33) % (high - low + 1)]
      var (i, j) = (low, high)
      while i <= j {
        while isBefore(songs[i], pivot) { i += 1 }
        while isBefore(pivot, songs[j]) { j -= 1 }
        if i <= j {
          songs.swapAt(i, j)
          i += 1
          j -= 1
        }
      }
      if position <= j {
        high = j
      } else if position >= i {
        low = i
      } else {
        return
      }
    }
  }
}
