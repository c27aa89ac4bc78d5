// Exact nearest song. A song vector is ten numbers c and three one-hot blocks, so that
//
//     ‖q − x‖² = ‖c' − c‖² + offset(key, mode, time signature)
//
// with an offset that is the same for all songs of a cell. Cells are visited in the order of their lower bounds;
// inside a cell a tree of bounding boxes of fan-out 16 leads to blocks of 16 songs. When the offsets say little, so that
// many cells remain after the first, one tree over all songs takes their place.
// Bounds and scans are float, rounded by at most 14 units in the last place; whatever lies within a margin above that of the
// best is computed again in double by the definition, so the answer is that of the exact scan.
#include "nearest.h"

#include <math.h>
#include <string.h>

enum { lanes = segue_nearest_lanes, dimensions = segue_nearest_dimensions, group_floats = 2 * dimensions * lanes };
// The tree over all songs is searched when the cells that remain hold more than one in so many of them.
enum { whole_share = 3 };
// Levels of a tree over 2^64 blocks.
enum { level_limit = 16 };

// A block to be scanned.
struct pending {
  size_t block;
  float bound;
  // The offset of its songs, NaN when each has its own.
  float offset;
};

// Blocks are collected before they are scanned: two short loops are predicted better than one inside the other.
enum { pending_limit = 32 };

struct search {
  const struct segue_nearest_index *index;
  const float *query;
  const uint64_t *excluded;
  struct segue_neighbour *found;  // a heap, farthest first, once it is full
  size_t count, limit;
  // Nothing whose float distance or bound lies above this can be among the nearest.
  float threshold;
  struct segue_nearest_effort effort;
  // The block that was scanned before all others of its cell.
  size_t first_block;
  // Offset by code; NaN, which no comparison passes, where there is no cell or it has been searched.
  float offsets[256];
  struct pending pending[pending_limit + lanes];
  int pending_count;
};

// Float distances are wrong by 14 · 2⁻²⁴ ≈ 8.4e-7 of themselves, on both sides of the comparison.
static float threshold_above(double squared_distance) {
  double bound = squared_distance * (1 + 4e-6) + 1e-30;
  return bound < 3e38 ? (float)bound : INFINITY;
}

static int is_farther(struct segue_neighbour a, struct segue_neighbour b) {
  return a.squared_distance > b.squared_distance || (a.squared_distance == b.squared_distance && a.row > b.row);
}

static void sift_down(struct segue_neighbour *heap, size_t count, size_t parent, struct segue_neighbour item) {
  for (;;) {
    size_t child = 2 * parent + 1;
    if (child >= count) break;
    if (child + 1 < count && is_farther(heap[child + 1], heap[child])) child++;
    if (!is_farther(heap[child], item)) break;
    heap[parent] = heap[child];
    parent = child;
  }
  heap[parent] = item;
}

static void offer(struct search *search, struct segue_neighbour item) {
  struct segue_neighbour *found = search->found;
  if (search->count < search->limit) {
    found[search->count++] = item;
    if (search->count < search->limit) return;
    for (size_t parent = search->limit / 2; parent-- > 0;) sift_down(found, search->limit, parent, found[parent]);
  } else {
    if (!is_farther(found[0], item)) return;
    sift_down(found, search->limit, 0, item);
  }
  search->threshold = threshold_above(found[0].squared_distance);
}

static double add_block(double sum, const float *query, int width, int value) {
#pragma STDC FP_CONTRACT OFF
  for (int i = 0; i < width; i++) {
    double difference = (double)query[i] - (i == value ? 1.0 : 0.0);
    double square = difference * difference;
    sum += square;
  }
  return sum;
}

// Computes one song of a block again and offers it.
static void consider(struct search *search, size_t block, int lane) {
#pragma STDC FP_CONTRACT OFF
  uint32_t row = search->index->rows[block * lanes + lane];
  if (row >= search->index->row_limit) return;
  if (search->excluded && search->excluded[row >> 6] >> (row & 63) & 1) return;
  const float *point = search->index->points + block * dimensions * lanes + lane;
  double sum = 0;
  for (int d = 0; d < dimensions; d++) {
    double difference = (double)search->query[d] - (double)point[d * lanes];
    double square = difference * difference;
    sum += square;
  }
  int code = search->index->codes[block * lanes + lane];
  sum = add_block(sum, search->query + 10, 12, code / 18);
  sum = add_block(sum, search->query + 22, 2, code / 6 % 3);
  sum = add_block(sum, search->query + 24, 5, code % 6);
  search->effort.candidates++;
  offer(search, (struct segue_neighbour){sum, row});
}

// terms[v] = Σ (p_i − [i = v])², and Σ p_i² for a missing block, which is value `width`.
static void block_terms(const float *query, int width, double *terms) {
  double sum = 0;
  for (int i = 0; i < width; i++) sum += (double)query[i] * query[i];
  for (int i = 0; i < width; i++) {
    double p = query[i], rest = 0;
    for (int j = 0; j < width; j++) rest += j == i ? 0 : (double)query[j] * query[j];
    terms[i] = rest + (1 - p) * (1 - p);
  }
  terms[width] = sum;
}

#define VARIANT(name) name##_plain
#define TARGET
#include "nearest_search.h"
#undef VARIANT
#undef TARGET

#if defined(__x86_64__)
#define VARIANT(name) name##_avx2
#define TARGET __attribute__((target("avx2,fma")))
#include "nearest_search.h"
#undef VARIANT
#undef TARGET

#define VARIANT(name) name##_avx512
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#include "nearest_search.h"
#undef VARIANT
#undef TARGET
#endif

typedef void (*search_cells)(struct search *);

static search_cells choose(enum segue_nearest_kernel kernel) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (kernel >= segue_nearest_avx512 && avx512) return search_cells_avx512;
  if (kernel >= segue_nearest_avx2 && avx2) return search_cells_avx2;
#endif
  (void)kernel;
  return search_cells_plain;
}

size_t segue_nearest(const struct segue_nearest_index *index, const float *query, const uint64_t *excluded,
                     size_t count, struct segue_neighbour *found, struct segue_nearest_effort *effort,
                     enum segue_nearest_kernel kernel) {
  if (count == 0 || index->cell_count == 0) return 0;
  struct search search;
  search.index = index, search.query = query, search.excluded = excluded;
  search.found = found, search.count = 0, search.limit = count, search.threshold = INFINITY;
  search.first_block = SIZE_MAX, search.pending_count = 0;
  search.effort = (struct segue_nearest_effort){0};
  double key_terms[13], mode_terms[3], time_signature_terms[6];
  block_terms(query + 10, 12, key_terms);
  block_terms(query + 22, 2, mode_terms);
  block_terms(query + 24, 5, time_signature_terms);
  for (int code = 0; code < 256; code++) search.offsets[code] = NAN;
  for (size_t i = 0; i < index->cell_count; i++) {
    int code = (int)index->cells[i].code;
    search.offsets[code] = (float)(key_terms[code / 18] + mode_terms[code / 6 % 3] + time_signature_terms[code % 6]);
  }
  choose(kernel)(&search);

  // Heap sort, nearest first.
  if (search.count < search.limit)
    for (size_t parent = search.count / 2; parent-- > 0;) sift_down(found, search.count, parent, found[parent]);
  for (size_t end = search.count; end-- > 1;) {
    struct segue_neighbour last = found[end];
    found[end] = found[0];
    sift_down(found, end, 0, last);
  }
  if (effort) {
    effort->cells += search.effort.cells;
    effort->nodes += search.effort.nodes;
    effort->blocks += search.effort.blocks;
    effort->candidates += search.effort.candidates;
  }
  return search.count;
}
