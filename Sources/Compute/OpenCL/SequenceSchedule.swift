package import Sequences

/// A packed batch as the groups of `lstm_sequence.cl` take it: tiles of consecutive rows, and which group takes which.
///
/// Tiles are dealt on the host, the costliest first and each to the group that has least to do (Graham 1969, longest
/// processing time first). The lengths are known, so nothing is gained from a queue on the device, and the same batch is
/// always dealt in the same way.
package struct SequenceSchedule: Equatable, Sendable {
  package struct Tile: Equatable, Sendable {
    package var rows: Range<Int>
    /// Group that takes it.
    package var group: Int
  }

  /// Rows of the largest tile.
  package let tileRows: Int
  package let groupCount: Int
  /// Every row of the batch once; for each group in the order in which it takes them.
  package let tiles: [Tile]

  /// - Parameters:
  ///   - groupLimit: groups that can run beside each other.
  ///   - chunkRows: rows that a work-group computes at once.
  package init(layout: PackedLayout, groupLimit: Int, chunkRows: Int) {
    let batch = layout.batchSize
    // Tiles that fill all groups once, and smaller ones, which let groups with short sequences take several.
    var sizes: [Int] = []
    var size = batch.divided(roundingUpBy: groupLimit)
    while size > chunkRows {
      sizes.append(size)
      size = size.divided(roundingUpBy: 2)
    }
    let dealt = (sizes + [size]).map { size in Self.deal(layout, size, groupLimit, chunkRows) }
    let best = dealt.min { $0.cost < $1.cost }!
    tiles = best.tiles
    tileRows = tiles.map(\.rows.count).max() ?? 0
    groupCount = (tiles.map(\.group).max() ?? -1) + 1
  }

  /// Tiles of `size` rows.
  private static func deal(
    _ layout: PackedLayout, _ size: Int, _ groupLimit: Int, _ chunkRows: Int
  ) -> (tiles: [Tile], cost: Int) {
    let rows = stride(from: 0, to: layout.batchSize, by: max(size, 1)).map { $0..<min($0 + size, layout.batchSize) }
    var loads = [Int](repeating: 0, count: min(groupLimit, rows.count))
    var tiles: [Tile] = []
    for rows in rows {  // sequences are sorted by length, so tiles by cost
      let group = loads.indices.min { loads[$0] < loads[$1] }!
      loads[group] += cost(of: rows, layout, chunkRows)
      tiles.append(Tile(rows: rows, group: group))
    }
    return (tiles, loads.max() ?? 0)
  }

  /// What a tile costs, in units of one chunk of rows in one step. To wait for the others costs about as much.
  private static func cost(of rows: Range<Int>, _ layout: PackedLayout, _ chunkRows: Int) -> Int {
    rows.enumerated().reduce(0) { sum, item in
      let length = layout.lengths[layout.rowOrder[item.element]]
      return sum + (item.offset == 0 ? length : 0) + (item.offset % chunkRows == 0 ? length : 0)
    }
  }

  /// Tiles of the group that has most.
  package var rounds: Int {
    tiles.reduce(into: [Int](repeating: 0, count: groupCount)) { $0[$1.group] += 1 }.max() ?? 0
  }

  /// Each group's tiles as (first row, row after the last), filled up with tiles after all rows. (groups, rounds, 2)
  package var table: [UInt32] {
    let rounds = rounds
    var table = [UInt32](repeating: .max, count: 2 * groupCount * rounds)
    var next = [Int](repeating: 0, count: groupCount)
    for tile in tiles {
      let at = 2 * (tile.group * rounds + next[tile.group])
      table[at] = UInt32(tile.rows.lowerBound)
      table[at + 1] = UInt32(tile.rows.upperBound)
      next[tile.group] += 1
    }
    return table
  }
}
