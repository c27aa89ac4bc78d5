#pragma once
#include <stddef.h>
#include <stdint.h>

/// Songs of one block: the lanes of one leaf scan.
enum { segue_nearest_lanes = 16 };
/// Coordinates of a song inside its cell: the regression features of the song vector.
enum { segue_nearest_dimensions = 10 };
/// Children of one node of a cell's tree: one vector of lower bounds.
enum { segue_nearest_fan_out = 16 };
/// Cells there can be: (12 keys + missing) × (2 modes + missing) × (5 time signatures + missing).
enum { segue_nearest_cell_limit = 13 * 3 * 6 };

/// The songs of one (key, mode, time signature), or all songs. Its songs fill blocks of 16, the last one padded with infinities.
/// Over the blocks stands a tree of fan-out 16 without pointers: child c of node n is node 16n + c of the level below.
/// A node is a group of 16 bounding boxes, one for each child. A cell of one block has no nodes.
struct segue_nearest_cell {
  uint64_t first_block;
  /// First node; the lowest level comes first, the root last.
  uint64_t first_node;
  uint64_t song_count;
  /// 18 · key + 6 · mode + time signature: 0…11, 0…1 and 0…4; 12, 2 and 5 stand for a missing one.
  uint64_t code;
};

/// The index. Every array begins at a multiple of 64 bytes.
struct segue_nearest_index {
  const struct segue_nearest_cell *cells;
  /// All songs once more as one cell, for queries that are about as far from all cells.
  const struct segue_nearest_cell *whole;
  /// Bounding boxes of the cells in groups of 16. (groups, 10, [minimum, maximum], 16)
  const float *cell_boxes;
  /// Bounding boxes of the trees. (nodes, 10, [minimum, maximum], 16)
  const float *nodes;
  /// (blocks, 10, 16)
  const float *points;
  /// Row of each song, UINT32_MAX in padded lanes. (blocks, 16)
  const uint32_t *rows;
  /// Code of each song's cell. (blocks, 16)
  const uint8_t *codes;
  size_t cell_count;
  /// Rows from here on are taken for padding.
  size_t row_limit;
};

struct segue_neighbour {
  /// Σ (q − x)² over the 29 numbers in order, in double.
  double squared_distance;
  uint32_t row;
};

/// What a search looked at.
struct segue_nearest_effort {
  uint64_t cells, nodes, blocks, candidates;
};

enum segue_nearest_kernel {
  segue_nearest_plain = 0, segue_nearest_avx2 = 1, segue_nearest_avx512 = 2, segue_nearest_best = 3,
};

/// The `count` nearest songs of `query`, nearest first, equal distances in order of rows.
///
/// @param query    29 finite numbers in the order of the song vector.
/// @param excluded bit r set when row r is not wanted (`row_limit` bits); NULL for none.
/// @param found    receives up to `count` songs.
/// @param effort   added to; may be NULL.
/// @param kernel   `segue_nearest_best`, or a plainer one for tests; what the processor lacks falls to the next plainer.
/// @return how many there are.
size_t segue_nearest(const struct segue_nearest_index *index, const float *query, const uint64_t *excluded,
                     size_t count, struct segue_neighbour *found, struct segue_nearest_effort *effort,
                     enum segue_nearest_kernel kernel);
