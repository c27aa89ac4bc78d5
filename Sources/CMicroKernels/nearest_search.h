// The loops of the nearest-song search, compiled once for each set of processor features: `VARIANT` names the copy,
// `TARGET` selects the features. Included by nearest.c only.

#ifndef SEGUE_NEAREST_SEARCH_TYPES
#define SEGUE_NEAREST_SEARCH_TYPES
typedef float vector __attribute__((ext_vector_type(16)));
typedef uint32_t countVector __attribute__((ext_vector_type(16)));
typedef _Bool maskVector __attribute__((ext_vector_type(16)));
// Bit l set when lane l of a comparison holds.
#define BITS(comparison) ({ \
    maskVector mask = __builtin_convertvector(comparison, maskVector); \
    uint16_t maskBits; \
    memcpy(&maskBits, &mask, sizeof maskBits); \
    (uint32_t)maskBits; \
  })
#endif

// `bits` without the lanes whose songs have the ten numbers of the nearest song so far and cannot be nearer.
TARGET static uint32_t VARIANT(withoutEquals)(const struct search *search, size_t block, uint32_t bits) {
  const vector *point = (const vector *)(search->index->points + block * dimensions * lanes);
  uint32_t equal = bits;
  for (int d = 0; d < dimensions && equal; d++) equal &= BITS(point[d] == search->equals.point[d]);
  if (!equal) return bits;
  // Once every code is known, the nearest of the equal songs is; then only lower rows matter.
  if (search->equals.knownCount < search->index->cellCount) return bits & ~settled(search, block, equal);
  const countVector *rows = (const countVector *)(search->index->rows + block * lanes);
  return bits & ~(equal & BITS(*rows > search->found[0].row));
}

// Scans the blocks that wait, 16 songs at once.
TARGET static void VARIANT(scanPending)(struct search *search) {
  const float *query = search->query;
  const vector q0 = query[0], q1 = query[1], q2 = query[2], q3 = query[3], q4 = query[4];
  const vector q5 = query[5], q6 = query[6], q7 = query[7], q8 = query[8], q9 = query[9];
  int count = search->pendingCount;
  search->pendingCount = 0;
  for (int i = 0; i < count; i++) {
    const struct pending *pending = &search->pending[i];
    if (pending->bound > search->threshold) continue;
    const vector *point = (const vector *)(search->index->points + pending->block * dimensions * lanes);
    vector even = q0 - point[0], odd = q1 - point[1], difference;
    even *= even, odd *= odd;
    difference = q2 - point[2], even += difference * difference;
    difference = q3 - point[3], odd += difference * difference;
    difference = q4 - point[4], even += difference * difference;
    difference = q5 - point[5], odd += difference * difference;
    difference = q6 - point[6], even += difference * difference;
    difference = q7 - point[7], odd += difference * difference;
    difference = q8 - point[8], even += difference * difference;
    difference = q9 - point[9], odd += difference * difference;
    search->effort.blocks++;
    const int hasOffset = pending->offset == pending->offset;
    vector distance = even + odd + (hasOffset ? pending->offset : search->leastOffset);
    uint32_t bits = BITS(distance <= search->threshold);
    if (search->equals.knownCount > 0 && __builtin_popcount(bits) > equalsLimit)
      bits = VARIANT(withoutEquals)(search, pending->block, bits);
    if (!bits) continue;
    if (!hasOffset) {
      const uint8_t *codes = search->index->codes + pending->block * lanes;
      float offsets[lanes] __attribute__((aligned(64)));
      for (int lane = 0; lane < lanes; lane++) offsets[lane] = search->offsets[codes[lane]];
      distance = even + odd + *(const vector *)offsets;
      bits &= BITS(distance <= search->threshold);
      if (!bits) continue;
    }
    // The nearest first, so that it rules the others out.
    uint32_t least = BITS(distance == __builtin_reduce_min(distance)) & bits;
    int nearest = __builtin_ctz(least ? least : bits);
    consider(search, pending->block, nearest);
    bits &= ~(1u << nearest) & BITS(distance <= search->threshold);
    while (bits) {
      int lane = __builtin_ctz(bits);
      bits &= bits - 1;
      if (distance[lane] <= search->threshold) consider(search, pending->block, lane);
    }
  }
}

// Lower bounds of 16 boxes: offset + squared distance from the query to each box.
TARGET static inline void VARIANT(boundGroup)(const float *group, const float *query, float offset, float *bounds) {
  const vector *box = (const vector *)group;
  vector even = {0}, odd = {0}, zero = {0};
  for (int d = 0; d < dimensions; d += 2) {
    vector below = box[2 * d] - query[d], above = query[d] - box[2 * d + 1];
    vector outside = below > above ? below : above;
    outside = outside > zero ? outside : zero;
    even += outside * outside;
    below = box[2 * d + 2] - query[d + 1], above = query[d + 1] - box[2 * d + 3];
    outside = below > above ? below : above;
    outside = outside > zero ? outside : zero;
    odd += outside * outside;
  }
  vector result = even + odd + offset;
  memcpy(bounds, &result, sizeof result);
}

// The levels of a cell's tree: where each begins and how many boxes it holds. Level 0 bounds the blocks.
TARGET static inline int VARIANT(levels)(const SegueNearestCell *cell, size_t *firstNodes, size_t *boxes) {
  int level = 0;
  firstNodes[0] = cell->firstNode;
  boxes[0] = (cell->songCount + lanes - 1) / lanes;
  while (boxes[level] > lanes) {
    size_t nodeCount = (boxes[level] + lanes - 1) / lanes;
    firstNodes[level + 1] = firstNodes[level] + nodeCount;
    boxes[level + 1] = nodeCount;
    level++;
  }
  return level;
}

TARGET static inline void VARIANT(addPending)(struct search *search, size_t block, float bound, float offset) {
  if (block == search->firstBlock) return;
  search->pending[search->pendingCount++] = (struct pending){block, bound, offset};
}

// Goes down to the nearest block only: a first guess, without which nothing can be skipped.
TARGET static void VARIANT(scanFirstBlock)(struct search *search, const SegueNearestCell *cell, float offset) {
  size_t firstNodes[levelLimit], boxes[levelLimit], node = 0;
  if (cell->songCount > lanes) {
    for (int level = VARIANT(levels)(cell, firstNodes, boxes); level >= 0; level--) {
      float bounds[lanes] __attribute__((aligned(64)));
      const float *group = search->index->nodes + (firstNodes[level] + node) * groupFloats;
      VARIANT(boundGroup)(group, search->query, offset, bounds);
      search->effort.nodes++;
      int nearest = 0;
      for (int lane = 1; lane < lanes; lane++) nearest = bounds[lane] < bounds[nearest] ? lane : nearest;
      node = node * lanes + nearest;
    }
    if (node >= boxes[0]) return;
  }
  search->pending[search->pendingCount++] = (struct pending){cell->firstBlock + node, 0, offset};
  VARIANT(scanPending)(search);
  search->firstBlock = cell->firstBlock + node;
}

// Searches a cell or a shell. No song of it that can still be among the nearest has a smaller offset than `least`; songs
// of cells already ruled out may. All have `offset` unless that is NaN.
TARGET static void VARIANT(searchCell)(
  struct search *search, const SegueNearestCell *cell, float bound, float least, float offset) {
  search->effort.cells++;
  if (cell->songCount <= lanes) {
    VARIANT(addPending)(search, cell->firstBlock, bound, offset);
    if (search->pendingCount >= pendingLimit) VARIANT(scanPending)(search);
    return;
  }
  size_t firstNodes[levelLimit], boxes[levelLimit];
  int level = VARIANT(levels)(cell, firstNodes, boxes), depth = 0;
  struct {
    size_t node;
    float bound;
    int level;
  } stack[levelLimit * lanes];
  stack[depth].node = 0, stack[depth].bound = bound, stack[depth].level = level, depth++;

  while (depth > 0) {
    depth--;
    if (stack[depth].bound > search->threshold) continue;
    size_t node = stack[depth].node;
    level = stack[depth].level;
    float bounds[lanes] __attribute__((aligned(64)));
    const float *group = search->index->nodes + (firstNodes[level] + node) * groupFloats;
    VARIANT(boundGroup)(group, search->query, least, bounds);
    search->effort.nodes++;
    size_t children = boxes[level] - node * lanes;
    uint32_t bits = BITS(*(const vector *)bounds <= search->threshold);
    if (children < lanes) bits &= (1u << children) - 1;
    int first = depth;
    while (bits) {
      int lane = __builtin_ctz(bits);
      bits &= bits - 1;
      if (level == 0) {
        VARIANT(addPending)(search, cell->firstBlock + node * lanes + lane, bounds[lane], offset);
        continue;
      }
      // Insertion sort, farthest first: a stack is left from its top.
      int place = depth++;
      for (; place > first && stack[place - 1].bound < bounds[lane]; place--) stack[place] = stack[place - 1];
      stack[place].node = node * lanes + lane, stack[place].bound = bounds[lane], stack[place].level = level - 1;
    }
    if (search->pendingCount >= pendingLimit) VARIANT(scanPending)(search);
  }
}

TARGET static void VARIANT(searchShells)(struct search *search) {
  const SegueNearestIndex *index = search->index;
  double square = 0;
  for (int d = 0; d < dimensions; d++) {
    double difference = (double)search->query[d] - index->centre[d];
    square += difference * difference;
  }
  float bounds[segueNearestShellLimit];
  uint8_t order[segueNearestShellLimit];
  for (size_t i = 0; i < index->shellCount; i++) {  // insertion sort by bound
    bounds[i] = search->leastOffset + shellBound(&index->shells[i], sqrt(square));
    size_t place = i;
    for (; place > 0 && bounds[order[place - 1]] > bounds[i]; place--) order[place] = order[place - 1];
    order[place] = (uint8_t)i;
  }
  for (size_t i = 0; i < index->shellCount; i++) {
    if (bounds[order[i]] > search->threshold) break;
    VARIANT(searchCell)(search, &index->shells[order[i]], bounds[order[i]], search->leastOffset, NAN);
    VARIANT(scanPending)(search);
  }
}

TARGET static void VARIANT(searchCells)(struct search *search) {
  const SegueNearestIndex *index = search->index;
  enum { groupLimit = (segueNearestCellLimit + lanes - 1) / lanes };
  union {
    vector groups[groupLimit];
    float cells[groupLimit * lanes];
  } bounds, offsets;
  union {
    countVector groups[groupLimit];
    uint32_t cells[groupLimit * lanes];
  } songCounts;
  size_t groupCount = (index->cellCount + lanes - 1) / lanes;
  offsets.groups[groupCount - 1] = (vector){0}, songCounts.groups[groupCount - 1] = (countVector){0};
#pragma clang loop vectorize(disable)
  for (size_t i = 0; i < index->cellCount; i++) {
    offsets.cells[i] = search->offsets[index->cells[i].code];
    songCounts.cells[i] = (uint32_t)index->cells[i].songCount;
  }
  vector nearestBounds = (vector){0} + INFINITY;
  for (size_t group = 0; group < groupCount; group++) {
    VARIANT(boundGroup)(
      index->cellBoxes + group * groupFloats, search->query, 0, &bounds.cells[group * lanes]);
    bounds.groups[group] += offsets.groups[group];
    nearestBounds = bounds.groups[group] < nearestBounds ? bounds.groups[group] : nearestBounds;
  }
  const float nearestBound = __builtin_reduce_min(nearestBounds);
  size_t nearest = 0;
  for (size_t group = groupCount; group-- > 0;) {
    uint32_t bits = BITS(bounds.groups[group] == nearestBound);
    if (bits) nearest = group * lanes + __builtin_ctz(bits);
  }
  if (nearest >= index->cellCount) nearest = 0;  // all bounds are infinite
  const SegueNearestCell *first = &index->cells[nearest];
  VARIANT(scanFirstBlock)(search, first, offsets.cells[nearest]);
  VARIANT(searchCell)(search, first, bounds.cells[nearest], offsets.cells[nearest], offsets.cells[nearest]);
  VARIANT(scanPending)(search);
  bounds.cells[nearest] = INFINITY;

  // The cells that can still matter.
  uint32_t remaining[groupLimit];
  countVector remainingSongs = {0};
  vector leastOffsets = (vector){0} + INFINITY, infinity = leastOffsets;
  int count = 0;
  for (size_t group = 0; group < groupCount; group++) {
    uint32_t bits = BITS(bounds.groups[group] <= search->threshold);
    if (group == nearest / lanes) bits &= ~(1u << nearest % lanes);
    if (group == groupCount - 1 && index->cellCount % lanes) bits &= (1u << index->cellCount % lanes) - 1;
    remaining[group] = bits;
    count += __builtin_popcount(bits);
    remainingSongs += bounds.groups[group] <= search->threshold ? songCounts.groups[group] : (countVector){0};
    vector remainingOffsets = bounds.groups[group] <= search->threshold ? offsets.groups[group] : infinity;
    leastOffsets = remainingOffsets < leastOffsets ? remainingOffsets : leastOffsets;
  }
  if (count == 0) return;
  if (count > 1 && __builtin_reduce_add(remainingSongs) > index->songCount / shellShare) {
    search->offsets[first->code] = NAN;
    search->leastOffset = __builtin_reduce_min(leastOffsets);
    VARIANT(searchShells)(search);
  } else {
    uint8_t order[groupLimit * lanes];
    count = 0;
    for (size_t group = 0; group < groupCount; group++) {
      for (uint32_t bits = remaining[group]; bits; bits &= bits - 1) {  // insertion sort by bound
        uint8_t cell = (uint8_t)(group * lanes + __builtin_ctz(bits));
        int place = count++;
        for (; place > 0 && bounds.cells[order[place - 1]] > bounds.cells[cell]; place--)
          order[place] = order[place - 1];
        order[place] = cell;
      }
    }
    for (int i = 0; i < count && bounds.cells[order[i]] <= search->threshold; i++) {
      float offset = offsets.cells[order[i]];
      VARIANT(searchCell)(search, &index->cells[order[i]], bounds.cells[order[i]], offset, offset);
    }
  }
  VARIANT(scanPending)(search);
}
