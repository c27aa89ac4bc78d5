// Exact nearest song. A song vector is ten numbers c and three one-hot blocks, so that
//
//     ‖q − x‖² = ‖c' − c‖² + offset(key, mode, time signature)
//
// with an offset that is the same for all songs of a cell. Cells are visited in the order of their lower bounds;
// inside a cell a tree of bounding boxes of fan-out 16 leads to blocks of 16 songs. When the offsets say little, so that
// many cells remain after the first, shells of all songs around the mean song take their place, a tree over each: what
// an unsure model predicts lies near the mean, where the boxes of a tree all meet, but only few songs do.
// Bounds and scans are float, rounded by at most 14 units in the last place; whatever lies within a margin above the
// best is computed again in double by the definition, so the answer is that of the exact scan.
#include "nearest.h"

#include <math.h>
#include <string.h>

enum { lanes = segueNearestLanes, dimensions = segueNearestDimensions, groupFloats = 2 * dimensions * lanes };
// The shells are searched when the cells that remain hold more than one in so many of all songs.
enum { shellShare = 3 };
// Songs of one block that may be nearest before duplicates are looked for.
enum { equalsLimit = 2 };
// Levels of a tree over 2^64 blocks.
enum { levelLimit = 16 };

// A block to be scanned.
struct pending {
  size_t block;
  float bound;
  // The offset of its songs, NaN when each has its own.
  float offset;
};

// The nearest song so far, when only one is wanted, and what is known of songs with the same ten numbers: their
// distances differ by code only. Catalogues hold duplicates, and to compute each again in double would be slow.
struct equals {
  float point[dimensions];
  uint64_t isKnown[4];  // a bit for each code
  size_t knownCount;
  double squaredDistances[256];  // of the known codes
};

// Blocks are collected before they are scanned: two short loops are predicted better than one inside the other.
enum { pendingLimit = 32 };

struct search {
  const SegueNearestIndex *index;
  const float *query;
  const uint64_t *excluded;
  SegueNeighbour *found;  // a heap, farthest first, once it is full
  size_t count, limit;
  // Nothing whose float distance or bound lies above this can be among the nearest.
  float threshold;
  SegueNearestEffort effort;
  struct equals equals;
  // The block that was scanned before all others of its cell.
  size_t firstBlock;
  // No song that can still be among the nearest has a smaller offset; songs of cells already ruled out may.
  float leastOffset;
  // Offset by code; NaN, which no comparison passes, for padding and for the cell that was searched first.
  float offsets[256];
  struct pending pending[pendingLimit + lanes];
  int pendingCount;
};

// Float distances are wrong by 14 · 2⁻²⁴ ≈ 8.4e-7 of themselves, on both sides of the comparison.
static float thresholdAbove(double squaredDistance) {
  double bound = squaredDistance * (1 + 4e-6) + 1e-30;
  return bound < 3e38 ? (float)bound : INFINITY;
}

static int isFarther(SegueNeighbour a, SegueNeighbour b) {
  return a.squaredDistance > b.squaredDistance || (a.squaredDistance == b.squaredDistance && a.row > b.row);
}

static void siftDown(SegueNeighbour *heap, size_t count, size_t parent, SegueNeighbour item) {
  for (;;) {
    size_t child = 2 * parent + 1;
    if (child >= count) break;
    if (child + 1 < count && isFarther(heap[child + 1], heap[child])) child++;
    if (!isFarther(heap[child], item)) break;
    heap[parent] = heap[child];
    parent = child;
  }
  heap[parent] = item;
}

static void offer(struct search *search, SegueNeighbour item) {
  SegueNeighbour *found = search->found;
  if (search->count < search->limit) {
    found[search->count++] = item;
    if (search->count < search->limit) return;
    for (size_t parent = search->limit / 2; parent-- > 0;) siftDown(found, search->limit, parent, found[parent]);
  } else {
    if (!isFarther(found[0], item)) return;
    siftDown(found, search->limit, 0, item);
  }
  search->threshold = thresholdAbove(found[0].squaredDistance);
}

static double addBlock(double sum, const float *query, int width, int value) {
#pragma STDC FP_CONTRACT OFF
  for (int i = 0; i < width; i++) {
    double difference = (double)query[i] - (i == value ? 1.0 : 0.0);
    double square = difference * difference;
    sum += square;
  }
  return sum;
}

// Keeps what was computed for a song; `isNearest` when it is the nearest so far.
static void remember(struct search *search, const float *point, int code, double squaredDistance, int isNearest) {
  struct equals *equals = &search->equals;
  int isEqual = equals->knownCount > 0;
  for (int d = 0; d < dimensions; d++) isEqual &= equals->point[d] == point[d * lanes];
  if (!isEqual) {
    if (!isNearest) return;
    for (int d = 0; d < dimensions; d++) equals->point[d] = point[d * lanes];
    memset(equals->isKnown, 0, sizeof equals->isKnown);
    equals->knownCount = 0;
  }
  if (equals->isKnown[code >> 6] >> (code & 63) & 1) return;
  equals->isKnown[code >> 6] |= UINT64_C(1) << (code & 63);
  equals->squaredDistances[code] = squaredDistance;
  equals->knownCount++;
}

// The lanes of `equal`, whose ten numbers are those of the nearest song so far, that cannot be nearer than it.
static uint32_t settled(const struct search *search, size_t block, uint32_t equal) {
  const struct equals *equals = &search->equals;
  const SegueNeighbour nearest = search->found[0];
  uint32_t result = 0;
  for (; equal; equal &= equal - 1) {
    int lane = __builtin_ctz(equal);
    int code = search->index->codes[block * lanes + lane];
    if (!(equals->isKnown[code >> 6] >> (code & 63) & 1)) continue;
    SegueNeighbour song = {equals->squaredDistances[code], search->index->rows[block * lanes + lane]};
    if (isFarther(song, nearest)) result |= 1u << lane;
  }
  return result;
}

// Computes one song of a block again and offers it.
static void consider(struct search *search, size_t block, int lane) {
#pragma STDC FP_CONTRACT OFF
  uint32_t row = search->index->rows[block * lanes + lane];
  if (row >= search->index->rowLimit) return;
  if (search->excluded && search->excluded[row >> 6] >> (row & 63) & 1) return;
  const float *point = search->index->points + block * dimensions * lanes + lane;
  double sum = 0;
  for (int d = 0; d < dimensions; d++) {
    double difference = (double)search->query[d] - (double)point[d * lanes];
    double square = difference * difference;
    sum += square;
  }
  int code = search->index->codes[block * lanes + lane];
  sum = addBlock(sum, search->query + 10, 12, code / 18);
  sum = addBlock(sum, search->query + 22, 2, code / 6 % 3);
  sum = addBlock(sum, search->query + 24, 5, code % 6);
  search->effort.candidates++;
  offer(search, (SegueNeighbour){sum, row});
  if (search->limit == 1) remember(search, point, code, sum, search->found[0].row == row);
}

// terms[v] = Σ (p_i − [i = v])², and Σ p_i² for a missing block, which is value `width`. Only additions, so that small
// terms keep all their digits.
static void blockTerms(const float *query, int width, double *terms) {
  double before = 0, after = 0;
  for (int i = 0; i < width; i++) {
    double p = query[i];
    terms[i] = before + (1 - p) * (1 - p);
    before += p * p;
  }
  terms[width] = before;
  for (int i = width; i-- > 0;) {
    terms[i] += after;
    after += (double)query[i] * query[i];
  }
}

// Lower bound of the squared distance between the query, `distance` away from the centre, and the songs of a shell (the
// triangle inequality). Radii and `distance` may be wrong by their last place.
static float shellBound(const SegueNearestCell *shell, double distance) {
  double inside = shell->innerRadius - distance, outside = distance - shell->outerRadius;
  double gap = (inside > outside ? inside : outside) - 1e-6 * (distance + shell->outerRadius);
  return gap > 0 ? (float)(gap * gap) : 0;
}

#define VARIANT(name) name##Plain
#define TARGET
#include "nearest_search.h"
#undef VARIANT
#undef TARGET

#if defined(__x86_64__)
#define VARIANT(name) name##Avx2
#define TARGET __attribute__((target("avx2,fma")))
#include "nearest_search.h"
#undef VARIANT
#undef TARGET

#define VARIANT(name) name##Avx512
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#include "nearest_search.h"
#undef VARIANT
#undef TARGET
#endif

typedef void (*SearchCells)(struct search *);

static SearchCells choose(SegueNearestKernel kernel) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
    && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (kernel >= segueNearestAvx512 && avx512) return searchCellsAvx512;
  if (kernel >= segueNearestAvx2 && avx2) return searchCellsAvx2;
#endif
  (void)kernel;
  return searchCellsPlain;
}

size_t segueNearest(
  const SegueNearestIndex *index, const float *query, const uint64_t *excluded, size_t count, SegueNeighbour *found,
  SegueNearestEffort *effort, SegueNearestKernel kernel) {
  if (count == 0 || index->cellCount == 0) return 0;
  struct search search;
  search.index = index, search.query = query, search.excluded = excluded;
  search.found = found, search.count = 0, search.limit = count, search.threshold = INFINITY;
  search.firstBlock = SIZE_MAX, search.pendingCount = 0, search.leastOffset = 0;
  search.effort = (SegueNearestEffort){0}, search.equals.knownCount = 0;
  double keyTerms[13], modeTerms[3], timeSignatureTerms[6], modeTimeTerms[3 * 6];
  blockTerms(query + 10, 12, keyTerms);
  blockTerms(query + 22, 2, modeTerms);
  blockTerms(query + 24, 5, timeSignatureTerms);
  for (int i = 0; i < 3 * 6; i++) modeTimeTerms[i] = modeTerms[i / 6] + timeSignatureTerms[i % 6];
  for (int key = 0; key < 13; key++)
    for (int i = 0; i < 3 * 6; i++) search.offsets[key * 3 * 6 + i] = (float)(keyTerms[key] + modeTimeTerms[i]);
  for (int code = segueNearestCellLimit; code < 256; code++) search.offsets[code] = NAN;
  choose(kernel)(&search);

  // Heap sort, nearest first.
  if (search.count < search.limit)
    for (size_t parent = search.count / 2; parent-- > 0;) siftDown(found, search.count, parent, found[parent]);
  for (size_t end = search.count; end-- > 1;) {
    SegueNeighbour last = found[end];
    found[end] = found[0];
    siftDown(found, end, 0, last);
  }
  if (effort) {
    effort->cells += search.effort.cells;
    effort->nodes += search.effort.nodes;
    effort->blocks += search.effort.blocks;
    effort->candidates += search.effort.candidates;
  }
  return search.count;
}
