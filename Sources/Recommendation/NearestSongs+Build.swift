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

    // By row; songs without numbers have none.
    let codes = (0..<vectors.count).map { vectors.hasNumbers($0) ? CellCode.code(of: vectors, row: $0) : 0 }
    let cellRows = Self.cells(of: rows, codes)
    let centre = Self.centre(of: rows, vectors)
    let radii = Self.radii(vectors, around: centre)
    let shellRows = Self.shells(of: rows, radii)

    typealias Arrays = NearestSongsArrays
    let groups = cellRows + shellRows
    let blockCounts = groups.map { Arrays.groups($0.count) }
    let blockCount = blockCounts.reduce(0, +)
    let nodeCount = blockCounts.reduce(0) { $0 + Arrays.nodeCount(blocks: $1) }
    let cells = Arrays.allocate(SegueNearestCell.self, groups.count, repeating: SegueNearestCell())
    let cellBoxes = Arrays.allocate(
      Float.self, Arrays.groups(cellRows.count) * Arrays.groupFloats, repeating: .infinity)
    let nodes = Arrays.allocate(Float.self, nodeCount * Arrays.groupFloats, repeating: .infinity)
    let points = Arrays.allocate(Float.self, blockCount * Arrays.dimensions * Arrays.lanes, repeating: .infinity)
    let blockRows = Arrays.allocate(UInt32.self, blockCount * Arrays.lanes, repeating: .max)
    let blockCodes = Arrays.allocate(UInt8.self, blockCount * Arrays.lanes, repeating: .max)
    let centreOfIndex = Arrays.allocate(Float.self, Arrays.dimensions, repeating: 0)
    for (dimension, value) in centre.enumerated() { centreOfIndex[dimension] = value }

    var (firstBlock, firstNode) = (0, 0)
    for (number, rows) in groups.enumerated() {
      var songs = rows.map { CellPoint(row: $0, code: codes[$0], vectors) }
      songs.withUnsafeMutableBufferPointer { CellOrder.arrange($0) }
      let tree = CellTree(
        nodes: UnsafeMutableBufferPointer(rebasing: nodes[(firstNode * Arrays.groupFloats)...]),
        points: UnsafeMutableBufferPointer(rebasing: points[(firstBlock * Arrays.dimensions * Arrays.lanes)...]),
        rows: UnsafeMutableBufferPointer(rebasing: blockRows[(firstBlock * Arrays.lanes)...]),
        codes: UnsafeMutableBufferPointer(rebasing: blockCodes[(firstBlock * Arrays.lanes)...]))
      let box = songs.withUnsafeBufferPointer { tree.fill(with: $0) }
      let isCell = number < cellRows.count
      if isCell { box.store(in: cellBoxes, at: number) }
      let radiiOfSongs = rows.lazy.map { radii[$0] }
      cells[number] = SegueNearestCell(
        firstBlock: UInt64(firstBlock), firstNode: UInt64(firstNode), songCount: UInt64(songs.count),
        code: isCell ? UInt64(codes[rows.first!]) : 0, innerRadius: radiiOfSongs.min()!,
        outerRadius: radiiOfSongs.max()!)
      firstBlock += blockCounts[number]
      firstNode += Arrays.nodeCount(blocks: blockCounts[number])
    }
    arrays = NearestSongsArrays(
      cells: cells, cellCount: cellRows.count, centre: centreOfIndex, cellBoxes: cellBoxes, nodes: nodes,
      points: points, rows: blockRows, codes: blockCodes)
  }

  /// The rows of each cell that has any, ascending, in the order of the cells' codes.
  private static func cells(of rows: [Int], _ codes: [Int]) -> [ArraySlice<Int>] {
    var starts = [Int](repeating: 0, count: CellCode.limit + 1)
    for row in rows { starts[codes[row] + 1] += 1 }
    for code in 0..<CellCode.limit { starts[code + 1] += starts[code] }
    var next = starts
    var ordered = [Int](repeating: 0, count: rows.count)
    for row in rows {
      ordered[next[codes[row]]] = row
      next[codes[row]] += 1
    }
    return (0..<CellCode.limit).map { ordered[starts[$0]..<starts[$0 + 1]] }.filter { !$0.isEmpty }
  }

  /// Songs of the innermost shell at most.
  private static let innermostCount = 512

  /// The rows of each shell: the outer seven eighths of all songs, the outer seven eighths of the rest, and so on. Most
  /// songs stay in one tree, for queries far from the centre; the inner shells are for those near it.
  private static func shells(of rows: [Int], _ radii: [Float]) -> [ArraySlice<Int>] {
    // A radius is not negative, so its bits are in its order.
    let ordered = rows.map { UInt64(radii[$0].bitPattern) << 32 | UInt64($0) }
      .sorted().map { Int($0 & 0xFFFF_FFFF) }
    var shells: [ArraySlice<Int>] = []
    var end = ordered.count
    while end > 0 {
      let start = end > innermostCount ? end / 8 : 0
      shells.append(ordered[start..<end])
      end = start
    }
    return shells
  }

  /// The mean song, summed in double. (10)
  private static func centre(of rows: [Int], _ vectors: SongVectors) -> [Float] {
    var sums = [Double](repeating: 0, count: NearestSongsArrays.dimensions)
    for row in rows {
      for dimension in sums.indices { sums[dimension] += Double(vectors.values[row * SongVector.width + dimension]) }
    }
    return sums.map { Float($0 / Double(max(1, rows.count))) }
  }

  /// Distance of each song from the centre in the ten coordinates. (songs)
  private static func radii(_ vectors: SongVectors, around centre: [Float]) -> [Float] {
    vectors.values.withUnsafeBufferPointer { values in
      (0..<vectors.count).map { row in
        var sum = 0.0
        for dimension in centre.indices {
          let difference = Double(values[row * SongVector.width + dimension]) - Double(centre[dimension])
          sum += difference * difference
        }
        return Float(sum.squareRoot())
      }
    }
  }
}

/// Key, mode and time signature of a cell: 18 · key + 6 · mode + time signature, each the position of the 1 in its
/// block; the width of the block stands for a missing value.
enum CellCode {
  static let limit = 13 * 3 * 6

  static func code(of vectors: SongVectors, row: Int) -> Int {
    func position(_ block: Range<Int>) -> Int {
      var position = block.count
      for (offset, column) in block.enumerated() {
        let value = vectors.values[row * SongVector.width + column]
        if value == 0 { continue }
        precondition(
          value == 1 && position == block.count, "NearestSongs: a categorical block must be one-hot or zeros")
        position = offset
      }
      return position
    }
    return position(SongVector.key) * 18 + position(SongVector.mode) * 6 + position(SongVector.timeSignature)
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
  func fill(with songs: UnsafeBufferPointer<CellPoint>) -> Box {
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
      minimum.replace(with: song.lanes, where: song.lanes .< minimum)
      maximum.replace(with: song.lanes, where: song.lanes .> maximum)
    }
  }

  init(around boxes: some Sequence<Box>) {
    for box in boxes {
      minimum.replace(with: box.minimum, where: box.minimum .< minimum)
      maximum.replace(with: box.maximum, where: box.maximum .> maximum)
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
