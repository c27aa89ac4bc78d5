#pragma once
#include <stddef.h>
#include <stdint.h>

/// Songs of a block and children of a node: the lanes of one scan.
enum { segueNearestLanes = 16 };
/// Coordinates of a song inside its cell: the regression features of the song vector.
enum { segueNearestDimensions = 10 };
/// Cells there can be: (12 keys + missing) × (2 modes + missing) × (5 time signatures + missing).
enum { segueNearestCellLimit = 13 * 3 * 6 };
/// Shells there can be.
enum { segueNearestShellLimit = 32 };

/// The songs of one (key, mode, time signature), or of one shell, in blocks of 16, the last one padded with infinities.
/// Over the blocks stands a tree of fan-out 16 without pointers: child c of node n is node 16n + c of the level below.
/// A node is a group of 16 bounding boxes, one for each child. A cell of one block has no nodes.
typedef struct {
  uint64_t firstBlock;
  /// First node; the lowest level comes first, the root last.
  uint64_t firstNode;
  uint64_t songCount;
  /// 18 · key + 6 · mode + time signature: 0…11, 0…1 and 0…4; 12, 2 and 5 stand for a missing one. Means nothing in a
  /// shell, whose songs have codes of their own.
  uint64_t code;
  /// The least and the largest distance of its songs from the centre of the index, in the ten coordinates.
  float innerRadius, outerRadius;
} SegueNearestCell;

/// The index. Every array begins at a multiple of 64 bytes.
typedef struct {
  const SegueNearestCell *cells;
  /// All songs once more, cut by their distance from the centre, for queries that are about as far from all cells.
  const SegueNearestCell *shells;
  /// Bounding boxes of the cells in groups of 16. (groups, 10, [minimum, maximum], 16)
  const float *cellBoxes;
  /// Bounding boxes of the trees. (nodes, 10, [minimum, maximum], 16)
  const float *nodes;
  /// (blocks, 10, 16)
  const float *points;
  /// Row of each song, UINT32_MAX in padded lanes. (blocks, 16)
  const uint32_t *rows;
  /// Code of each song's cell. (blocks, 16)
  const uint8_t *codes;
  /// The mean song. (10)
  const float *centre;
  size_t cellCount, shellCount;
  /// Songs of all cells.
  size_t songCount;
  /// Rows from here on are taken for padding.
  size_t rowLimit;
} SegueNearestIndex;

typedef struct {
  /// Σ (q − x)² over the 29 numbers in order, in double.
  double squaredDistance;
  uint32_t row;
} SegueNeighbour;

/// What a search looked at.
typedef struct {
  uint64_t cells, nodes, blocks, candidates;
} SegueNearestEffort;

typedef enum {
  segueNearestPlain = 0, segueNearestAvx2 = 1, segueNearestAvx512 = 2, segueNearestBest = 3,
} SegueNearestKernel;

/// The `count` nearest songs of `query`, nearest first, equal distances in order of rows.
///
/// @param query    29 finite numbers in the order of the song vector.
/// @param excluded bit r set when row r is not wanted (`rowLimit` bits); NULL for none.
/// @param found    receives up to `count` songs.
/// @param effort   added to; may be NULL.
/// @param kernel   `segueNearestBest`, or a plainer one for tests; what the processor lacks falls to the next plainer.
/// @return how many there are.
size_t segueNearest(
  const SegueNearestIndex *index, const float *query, const uint64_t *excluded, size_t count, SegueNeighbour *found,
  SegueNearestEffort *effort, SegueNearestKernel kernel);
