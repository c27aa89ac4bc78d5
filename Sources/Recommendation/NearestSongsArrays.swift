internal import CMicroKernels
internal import Files

/// The arrays of the index, in memory or in a mapped file. Layouts: `nearest.h`.
final class NearestSongsArrays: Sendable {
  static let lanes = segueNearestLanes
  static let dimensions = segueNearestDimensions
  /// Floats of a group of 16 bounding boxes.
  static let groupFloats = 2 * dimensions * lanes

  // Not written after init, valid while this object lives.
  /// The cells and the shells behind them.
  nonisolated(unsafe) let cells: UnsafeBufferPointer<SegueNearestCell>
  let cellCount: Int
  nonisolated(unsafe) let centre: UnsafeBufferPointer<Float>  // (10)
  nonisolated(unsafe) let cellBoxes: UnsafeBufferPointer<Float>  // (groups, 10, 2, 16)
  nonisolated(unsafe) let nodes: UnsafeBufferPointer<Float>  // (nodes, 10, 2, 16)
  nonisolated(unsafe) let points: UnsafeBufferPointer<Float>  // (blocks, 10, 16)
  nonisolated(unsafe) let rows: UnsafeBufferPointer<UInt32>  // (blocks, 16)
  nonisolated(unsafe) let codes: UnsafeBufferPointer<UInt8>  // (blocks, 16)
  /// The file that the arrays lie in; nil when this object owns them.
  private let file: SectionFile?

  /// Takes over arrays that were allocated by `allocate`.
  init(
    cells: UnsafeMutableBufferPointer<SegueNearestCell>, cellCount: Int, centre: UnsafeMutableBufferPointer<Float>,
    cellBoxes: UnsafeMutableBufferPointer<Float>, nodes: UnsafeMutableBufferPointer<Float>,
    points: UnsafeMutableBufferPointer<Float>, rows: UnsafeMutableBufferPointer<UInt32>,
    codes: UnsafeMutableBufferPointer<UInt8>
  ) {
    self.cells = UnsafeBufferPointer(cells)
    self.cellCount = cellCount
    self.centre = UnsafeBufferPointer(centre)
    self.cellBoxes = UnsafeBufferPointer(cellBoxes)
    self.nodes = UnsafeBufferPointer(nodes)
    self.points = UnsafeBufferPointer(points)
    self.rows = UnsafeBufferPointer(rows)
    self.codes = UnsafeBufferPointer(codes)
    file = nil
  }

  /// Uses the arrays of a mapped index.
  /// - Throws: `InputError` when sizes, cells or their ranges do not fit together.
  init(file: SectionFile, counts: IndexCounts) throws {
    self.file = file
    cellCount = Int(counts.cells)
    cells = try file.section(1, of: SegueNearestCell.self, count: cellCount + Int(counts.shells))
    cellBoxes = try file.section(
      2, of: Float.self, count: Self.groups(cellCount) * Self.groupFloats)
    nodes = try file.section(3, of: Float.self, count: Int(counts.nodes) * Self.groupFloats)
    points = try file.section(4, of: Float.self, count: Int(counts.blocks) * Self.dimensions * Self.lanes)
    rows = try file.section(5, of: UInt32.self, count: Int(counts.blocks) * Self.lanes)
    codes = try file.section(6, of: UInt8.self, count: Int(counts.blocks) * Self.lanes)
    centre = try file.section(7, of: Float.self, count: Self.dimensions)
    var (songsOfCells, songsOfShells): (UInt64, UInt64) = (0, 0)
    for (number, cell) in cells.enumerated() {
      guard cell.songCount > 0, cell.songCount <= counts.indexed else {
        throw file.damaged("a cell has \(cell.songCount) songs")
      }
      let blocks = UInt64(Self.groups(Int(cell.songCount)))
      guard cell.firstBlock <= counts.blocks, blocks <= counts.blocks - cell.firstBlock,
        cell.firstNode <= counts.nodes,
        UInt64(Self.nodeCount(blocks: Int(blocks))) <= counts.nodes - cell.firstNode
      else { throw file.damaged("a cell lies outside the index") }
      if number < cellCount {
        guard cell.code < CellCode.limit else {
          throw file.damaged("a cell of an unknown key, mode or time signature")
        }
        songsOfCells += cell.songCount
      } else {
        songsOfShells += cell.songCount
      }
    }
    guard songsOfCells == counts.indexed, songsOfShells == counts.indexed else {
      throw file.damaged("cells of \(songsOfCells) and \(songsOfShells) songs instead of \(counts.indexed)")
    }
  }

  deinit {
    guard file == nil else { return }
    cells.deallocate()
    centre.deallocate()
    cellBoxes.deallocate()
    nodes.deallocate()
    points.deallocate()
    rows.deallocate()
    codes.deallocate()
  }

  /// Groups of 16 that hold `count` things.
  static func groups(_ count: Int) -> Int { (count + lanes - 1) / lanes }

  /// Nodes of the tree over `blocks` blocks, all levels.
  static func nodeCount(blocks: Int) -> Int {
    var (total, level) = (0, blocks)
    while level > 1 {
      level = groups(level)
      total += level
    }
    return total
  }

  /// Room for `count` elements at a multiple of 64 bytes.
  static func allocate<Element: BitwiseCopyable>(
    _ type: Element.Type, _ count: Int, repeating value: Element
  ) -> UnsafeMutableBufferPointer<Element> {
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Element>.stride, alignment: SectionFile.alignment)
    let buffer = UnsafeMutableBufferPointer(
      start: bytes.baseAddress!.bindMemory(to: type, capacity: count), count: count)
    buffer.initialize(repeating: value)
    return buffer
  }

  func withIndex<Result>(songCount: Int, rowLimit: Int, _ body: (UnsafePointer<SegueNearestIndex>) -> Result) -> Result
  {
    var index = SegueNearestIndex(
      cells: cells.baseAddress, shells: cells.baseAddress?.advanced(by: cellCount),
      cellBoxes: cellBoxes.baseAddress, nodes: nodes.baseAddress, points: points.baseAddress,
      rows: rows.baseAddress, codes: codes.baseAddress, centre: centre.baseAddress, cellCount: cellCount,
      shellCount: cells.count - cellCount, songCount: songCount, rowLimit: rowLimit)
    return body(&index)
  }
}

/// The first section of the index file.
struct IndexCounts: BitwiseCopyable {
  var songs: UInt64
  var indexed: UInt64
  var cells: UInt64
  var shells: UInt64
  var nodes: UInt64
  var blocks: UInt64
  var fingerprint: UInt64
}

extension NearestSongs {
  /// Maps an index that `write(to:)` wrote; nothing is built.
  /// - Throws: `InputError` for a file that is missing, foreign, truncated, damaged or of another version.
  package init(path: String) throws {
    let file = try SectionFile(path: path, format: Self.format)
    let counts = try file.section(0, of: IndexCounts.self, count: 1)[0]
    let most = UInt64(Int32.max)
    guard counts.songs <= most, counts.indexed <= counts.songs, counts.blocks <= most, counts.nodes <= most,
      counts.cells <= UInt64(segueNearestCellLimit), counts.shells <= UInt64(segueNearestShellLimit)
    else { throw file.damaged("impossible counts") }
    arrays = try NearestSongsArrays(file: file, counts: counts)
    songCount = Int(counts.songs)
    indexedCount = Int(counts.indexed)
    fingerprint = counts.fingerprint
  }

  /// Writes `catalogue.index`.
  /// - Throws: `OutputError`; an old file survives.
  package func write(to path: String) throws {
    let blocks = arrays.rows.count / NearestSongsArrays.lanes
    let counts = [
      IndexCounts(
        songs: UInt64(songCount), indexed: UInt64(indexedCount), cells: UInt64(arrays.cellCount),
        shells: UInt64(arrays.cells.count - arrays.cellCount),
        nodes: UInt64(arrays.nodes.count / NearestSongsArrays.groupFloats), blocks: UInt64(blocks),
        fingerprint: fingerprint)
    ]
    try withExtendedLifetime(arrays) {
      try SectionFile.write(
        [
          .init(counts), .init(arrays.cells), .init(arrays.cellBoxes), .init(arrays.nodes), .init(arrays.points),
          .init(arrays.rows), .init(arrays.codes), .init(arrays.centre),
        ], format: Self.format, to: path)
    }
  }
}
