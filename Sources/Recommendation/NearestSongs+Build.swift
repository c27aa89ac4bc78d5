internal import CMicroKernels
package import Music

extension NearestSongs {
  /// Builds the index, O(n log n), without recursion.
  /// - Parameter vectors: finite, each categorical block one-hot or zeros; songs without numbers are left out.
  package init(_ vectors: SongVectors) {
    precondition(vectors.count <= Int(Int32.max), "NearestSongs: at most 2³¹ − 1 songs")
    let rows = (0..<vectors.count).filter { vectors.hasNumbers($0) }
    songCount = vectors.count
    indexedCount = rows.count
    fingerprint = vectors.fingerprint

    // Rows in the order of their cells; within a cell ascending.
    let codes = rows.map { CellCode(vectors.vector($0)) }
    var starts = [Int](repeating: 0, count: CellCode.limit + 1)
    for code in codes { starts[code.number + 1] += 1 }
    for code in 0..<CellCode.limit { starts[code + 1] += starts[code] }
    var next = starts
    var ordered = [Int](repeating: 0, count: rows.count)
    for (row, code) in zip(rows, codes) {
      ordered[next[code.number]] = row
      next[code.number] += 1
    }

    typealias Arrays = NearestSongsArrays
    var groups = (0..<CellCode.limit).map { (code: $0, rows: ordered[starts[$0]..<starts[$0 + 1]]) }
    groups.removeAll(where: \.rows.isEmpty)
    let cellCount = groups.count
    if !rows.isEmpty { groups.append((CellCode.whole, rows[...])) }

    let blockCounts = groups.map { Arrays.groups($0.rows.count) }
    let blockCount = blockCounts.reduce(0, +)
    let nodeCount = blockCounts.reduce(0) { $0 + Arrays.nodeCount(blocks: $1) }
    let cells = Arrays.allocate(SegueNearestCell.self, groups.count, repeating: SegueNearestCell())
    let cellBoxes = Arrays.allocate(Float.self, Arrays.groups(cellCount) * Arrays.groupFloats, repeating: .infinity)
    let nodes = Arrays.allocate(Float.self, nodeCount * Arrays.groupFloats, repeating: .infinity)
    let points = Arrays.allocate(Float.self, blockCount * Arrays.dimensions * Arrays.lanes, repeating: .infinity)
    let blockRows = Arrays.allocate(UInt32.self, blockCount * Arrays.lanes, repeating: .max)
    let blockCodes = Arrays.allocate(UInt8.self, blockCount * Arrays.lanes, repeating: .max)

    var (firstBlock, firstNode) = (0, 0)
    for (cell, group) in groups.enumerated() {
      var songs = group.rows.map { row in
        CellPoint(
          row: UInt32(row), code: CellCode(vectors.vector(row)).number,
          coordinates: vectors.vector(row).prefix(Arrays.dimensions))
      }
      songs.withUnsafeMutableBufferPointer { CellOrder.arrange($0) }
      let tree = CellTree(
        nodes: UnsafeMutableBufferPointer(rebasing: nodes[(firstNode * Arrays.groupFloats)...]),
        points: UnsafeMutableBufferPointer(rebasing: points[(firstBlock * Arrays.dimensions * Arrays.lanes)...]),
        rows: UnsafeMutableBufferPointer(rebasing: blockRows[(firstBlock * Arrays.lanes)...]),
        codes: UnsafeMutableBufferPointer(rebasing: blockCodes[(firstBlock * Arrays.lanes)...]))
      let box = tree.fill(with: songs)
      if cell < cellCount { box.store(in: cellBoxes, at: cell) }
      cells[cell] = SegueNearestCell(
        firstBlock: UInt64(firstBlock), firstNode: UInt64(firstNode), songCount: UInt64(songs.count),
        code: UInt64(group.code))
      firstBlock += blockCounts[cell]
      firstNode += Arrays.nodeCount(blocks: blockCounts[cell])
    }
    arrays = NearestSongsArrays(
      cells: cells, cellBoxes: cellBoxes, nodes: nodes, points: points, rows: blockRows, codes: blockCodes)
  }
}

/// Key, mode and time signature of a cell; the width of a block stands for a missing value.
struct CellCode {
  static let limit = 13 * 3 * 6
  /// The code of the cell of all songs.
  static let whole = 255
  let number: Int

  init(_ vector: ArraySlice<Float>) {
    func code(_ block: Range<Int>) -> Int {
      let values = vector.dropFirst(block.lowerBound).prefix(block.count)
      let hot = values.enumerated().filter { $0.element != 0 }
      precondition(
        hot.count <= 1 && hot.allSatisfy { $0.element == 1 },
        "NearestSongs: a categorical block must be one-hot or zeros, got \(Array(values))")
      return hot.first?.offset ?? block.count
    }
    number = code(SongVector.key) * 18 + code(SongVector.mode) * 6 + code(SongVector.timeSignature)
  }
}

/// Writes the blocks of a cell and the boxes above them.
private struct CellTree {
  let nodes: UnsafeMutableBufferPointer<Float>
  let points: UnsafeMutableBufferPointer<Float>
  let rows: UnsafeMutableBufferPointer<UInt32>
  let codes: UnsafeMutableBufferPointer<UInt8>

  /// - Parameter songs: in the order of `CellOrder.arrange`.
  /// - Returns: the box around all of them.
  func fill(with songs: [CellPoint]) -> Box {
    let lanes = NearestSongsArrays.lanes
    for (position, song) in songs.enumerated() {
      let (block, lane) = position.quotientAndRemainder(dividingBy: lanes)
      for dimension in 0..<NearestSongsArrays.dimensions {
        points[(block * NearestSongsArrays.dimensions + dimension) * lanes + lane] = song.lanes[dimension]
      }
      rows[position] = song.row
      codes[position] = song.code
    }
    var level = stride(from: 0, to: songs.count, by: lanes).map { start in
      Box(around: songs[start..<min(start + lanes, songs.count)])
    }
    var firstNode = 0
    while level.count > 1 {
      for (child, box) in level.enumerated() { box.store(in: nodes, at: firstNode * lanes + child) }
      firstNode += NearestSongsArrays.groups(level.count)
      level = stride(from: 0, to: level.count, by: lanes).map { start in
        Box(around: level[start..<min(start + lanes, level.count)])
      }
    }
    return level[0]
  }
}

/// The smallest box around some songs.
struct Box {
  var minimum = SIMD16<Float>(repeating: .infinity)
  var maximum = SIMD16<Float>(repeating: -.infinity)

  init(around songs: some Sequence<CellPoint>) {
    for song in songs {
      minimum = pointwiseMin(minimum, song.lanes)
      maximum = pointwiseMax(maximum, song.lanes)
    }
  }

  init(around boxes: some Sequence<Box>) {
    for box in boxes {
      minimum = pointwiseMin(minimum, box.minimum)
      maximum = pointwiseMax(maximum, box.maximum)
    }
  }

  /// The dimension in which the box is longest.
  var widestDimension: Int {
    let spread = maximum - minimum
    return (0..<NearestSongsArrays.dimensions).max { spread[$0] < spread[$1] }!
  }

  /// Stores the box in lane `position % 16` of group `position / 16`. (groups, 10, [minimum, maximum], 16)
  func store(in groups: UnsafeMutableBufferPointer<Float>, at position: Int) {
    let (group, lane) = position.quotientAndRemainder(dividingBy: NearestSongsArrays.lanes)
    for dimension in 0..<NearestSongsArrays.dimensions {
      let offset = group * NearestSongsArrays.groupFloats + 2 * dimension * NearestSongsArrays.lanes + lane
      groups[offset] = minimum[dimension]
      groups[offset + NearestSongsArrays.lanes] = maximum[dimension]
    }
  }
}
