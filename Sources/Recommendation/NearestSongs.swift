internal import CMicroKernels
internal import Files
internal import Music

/// A song that a search found.
package struct Neighbour: Sendable, Equatable {
  package var row: Int32
  /// Σ (query − song)² over the 29 numbers, in double.
  package var squaredDistance: Double

  package init(row: Int32, squaredDistance: Double) {
    self.row = row
    self.squaredDistance = squaredDistance
  }

  /// Euclidean distance.
  package var distance: Double { squaredDistance.squareRoot() }
}

/// The song whose 29 numbers are nearest to a vector, exactly.
///
/// Three of a song's four blocks are one-hot, so songs with the same key, mode and time signature (each may be missing)
/// form a cell in which the distance is the distance in the other ten numbers plus a constant. Cells whose bound cannot
/// win are skipped; inside a cell a tree of bounding boxes over blocks of 16 songs is searched (`nearest.c`). A query as
/// far from all cells is answered by shells of all songs around the mean song, a tree over each. The answer is that of a
/// scan in double precision on every query, equal distances going to the lowest row.
/// Songs without any number are not in the index.
package struct NearestSongs: Sendable {
  package static let fileName = "catalogue.index"
  static let format = SectionFile.Format(
    magic: "SEGUEIDX", version: 2, sectionCount: 8, name: "a search index of Segue",
    remedy: "Train the model again or copy its whole folder again.")

  /// Rows of the catalogue, those without numbers included.
  package let songCount: Int
  /// Songs that can be found.
  package let indexedCount: Int
  /// `SongVectors.fingerprint` of the vectors that were indexed.
  package let fingerprint: UInt64
  let arrays: NearestSongsArrays

  /// What a search looked at.
  package struct Effort: Sendable, Equatable {
    package var cells = 0
    /// Groups of 16 bounding boxes.
    package var nodes = 0
    /// Blocks of 16 songs.
    package var blocks = 0
    /// Songs computed again in double.
    package var candidates = 0

    package init() {}
  }

  /// Which instructions a search uses. What the processor lacks falls to the next plainer.
  package enum Kernel: UInt32, CaseIterable, Sendable {
    case plain = 0, avx2, avx512, best
  }

  /// - Parameter query: 29 finite numbers.
  /// - Returns: nil when every song is excluded.
  package func nearest(to query: UnsafeBufferPointer<Float>, excluding excluded: SongSet? = nil) -> Neighbour? {
    var found = SegueNeighbour()
    let count = search(query, excluded, 1, &found, nil, .best)
    return count == 0 ? nil : Neighbour(row: Int32(found.row), squaredDistance: found.squaredDistance)
  }

  package func nearest(to query: [Float], excluding excluded: SongSet? = nil) -> Neighbour? {
    query.withUnsafeBufferPointer { nearest(to: $0, excluding: excluded) }
  }

  /// The `count` nearest songs, nearest first, equal distances in order of rows; fewer when there are fewer.
  /// - Parameters:
  ///   - query: 29 finite numbers.
  ///   - effort: added to.
  package func nearest(
    to query: [Float], count: Int, excluding excluded: SongSet? = nil, kernel: Kernel = .best, effort: inout Effort
  ) -> [Neighbour] {
    let limit = min(count, indexedCount)
    guard limit > 0 else { return [] }
    var counts = SegueNearestEffort()
    let found = [SegueNeighbour](unsafeUninitializedCapacity: limit) { buffer, initializedCount in
      initializedCount = query.withUnsafeBufferPointer {
        search($0, excluded, limit, buffer.baseAddress!, &counts, kernel)
      }
    }
    effort.cells += Int(counts.cells)
    effort.nodes += Int(counts.nodes)
    effort.blocks += Int(counts.blocks)
    effort.candidates += Int(counts.candidates)
    return found.map { Neighbour(row: Int32($0.row), squaredDistance: $0.squaredDistance) }
  }

  package func nearest(to query: [Float], count: Int, excluding excluded: SongSet? = nil) -> [Neighbour] {
    var effort = Effort()
    return nearest(to: query, count: count, excluding: excluded, effort: &effort)
  }

  private func search(
    _ query: UnsafeBufferPointer<Float>, _ excluded: SongSet?, _ limit: Int,
    _ found: UnsafeMutablePointer<SegueNeighbour>, _ effort: UnsafeMutablePointer<SegueNearestEffort>?,
    _ kernel: Kernel
  ) -> Int {
    precondition(query.count == SongVector.width, "NearestSongs: a query has 29 numbers, got \(query.count)")
    precondition(query.allSatisfy { $0.isFinite }, "NearestSongs: a query must be finite")
    precondition(
      excluded.map { $0.capacity == songCount } ?? true, "NearestSongs: exclusion of another number of songs")
    return withExtendedLifetime(arrays) {
      arrays.withIndex(songCount: indexedCount, rowLimit: songCount) { index in
        let kernel = SegueNearestKernel(kernel.rawValue)
        guard let excluded else { return segueNearest(index, query.baseAddress, nil, limit, found, effort, kernel) }
        return excluded.words.withUnsafeBufferPointer {
          segueNearest(index, query.baseAddress, $0.baseAddress, limit, found, effort, kernel)
        }
      }
    }
  }
}
