// The loops of the nearest-song search, compiled once for each set of processor features: `VARIANT` names the copy,
// `TARGET` selects the features. Included by nearest.c only.

#ifndef SEGUE_NEAREST_SEARCH_TYPES
#define SEGUE_NEAREST_SEARCH_TYPES
typedef float vector __attribute__((ext_vector_type(16)));
typedef _Bool mask_vector __attribute__((ext_vector_type(16)));
// Bit l set when lane l of a comparison holds.
#define BITS(comparison)                                               \
  ({                                                                   \
    mask_vector mask = __builtin_convertvector(comparison, mask_vector); \
    uint16_t bits;                                                     \
    memcpy(&bits, &mask, sizeof bits);                                 \
    (uint32_t) bits;                                                   \
  })
#endif

// Scans the 16 songs of a block.
TARGET static inline void VARIANT(scan_block)(struct search *search, const struct segue_nearest_cell *cell,
                                              size_t block, float offset) {
  const vector *point = (const vector *)(search->index->points + block * dimensions * lanes);
  vector even = {0}, odd = {0};
  for (int d = 0; d < dimensions; d += 2) {
    vector first = search->query[d] - point[d];
    vector second = search->query[d + 1] - point[d + 1];
    even += first * first;
    odd += second * second;
  }
  vector distance = even + odd + offset;
  search->effort.blocks++;
  uint32_t bits = BITS(distance <= search->threshold);
  while (bits) {
    int lane = __builtin_ctz(bits);
    bits &= bits - 1;
    if (distance[lane] <= search->threshold) consider(search, cell, block, lane);
  }
}

// Lower bounds of 16 boxes: offset + squared distance from the query to each box.
TARGET static inline void VARIANT(bound_group)(const float *group, const float *query, const float *offsets,
                                               float *bounds) {
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
  vector result = even + odd + *(const vector *)offsets;
  memcpy(bounds, &result, sizeof result);
}

TARGET static void VARIANT(search_cell)(struct search *search, const struct segue_nearest_cell *cell, float offset) {
  search->effort.cells++;
  size_t block_count = (cell->song_count + lanes - 1) / lanes;
  if (block_count == 1) {
    VARIANT(scan_block)(search, cell, cell->first_block, offset);
    return;
  }
  // first_nodes[l] and child_counts[l]: where level l begins and how many boxes it holds; level 0 bounds the blocks.
  size_t first_nodes[level_limit], child_counts[level_limit];
  int level = 0;
  first_nodes[0] = cell->first_node;
  child_counts[0] = block_count;
  while (child_counts[level] > lanes) {
    size_t node_count = (child_counts[level] + lanes - 1) / lanes;
    first_nodes[level + 1] = first_nodes[level] + node_count;
    child_counts[level + 1] = node_count;
    level++;
  }

  struct {
    size_t node;
    float bound;
    int level;
  } stack[level_limit * lanes];
  int depth = 0;
  stack[depth].node = 0, stack[depth].bound = 0, stack[depth].level = level, depth++;

  float offsets[lanes] __attribute__((aligned(64)));
  for (int lane = 0; lane < lanes; lane++) offsets[lane] = offset;
  while (depth > 0) {
    depth--;
    if (stack[depth].bound > search->threshold) continue;
    size_t node = stack[depth].node;
    level = stack[depth].level;
    float bounds[lanes] __attribute__((aligned(64)));
    VARIANT(bound_group)
    (search->index->nodes + (first_nodes[level] + node) * group_floats, search->query, offsets, bounds);
    search->effort.nodes++;

    size_t children = child_counts[level] - node * lanes;
    uint32_t bits = BITS(*(const vector *)bounds <= search->threshold);
    if (children < lanes) bits &= (1u << children) - 1;
    // Insertion sort of the children worth a visit, farthest first: a stack is left from its top.
    int order[lanes], count = 0;
    while (bits) {
      int lane = __builtin_ctz(bits), place = count++;
      bits &= bits - 1;
      for (; place > 0 && bounds[order[place - 1]] < bounds[lane]; place--) order[place] = order[place - 1];
      order[place] = lane;
    }
    if (level > 0) {
      for (int i = 0; i < count; i++, depth++) {
        stack[depth].node = node * lanes + order[i];
        stack[depth].bound = bounds[order[i]];
        stack[depth].level = level - 1;
      }
    } else {
      for (int i = count; i-- > 0 && bounds[order[i]] <= search->threshold;)
        VARIANT(scan_block)(search, cell, cell->first_block + node * lanes + order[i], offset);
    }
  }
}

TARGET static void VARIANT(search_cells)(struct search *search) {
  const struct segue_nearest_index *index = search->index;
  enum { padded_limit = (segue_nearest_cell_limit + lanes - 1) / lanes * lanes };
  float offsets[padded_limit] __attribute__((aligned(64)));
  float bounds[padded_limit] __attribute__((aligned(64)));
  size_t group_count = (index->cell_count + lanes - 1) / lanes;
  for (size_t i = 0; i < group_count * lanes; i++) {
    const struct segue_nearest_cell *cell = &index->cells[i];
    offsets[i] = i < index->cell_count
                     ? (float)(search->key_terms[cell->key] + search->mode_terms[cell->mode] +
                               search->time_signature_terms[cell->time_signature])
                     : INFINITY;
  }
  for (size_t g = 0; g < group_count; g++)
    VARIANT(bound_group)(index->cell_boxes + g * group_floats, search->query, offsets + g * lanes, bounds + g * lanes);

  size_t nearest = 0;
  for (size_t i = 1; i < index->cell_count; i++)
    if (bounds[i] < bounds[nearest]) nearest = i;
  VARIANT(search_cell)(search, &index->cells[nearest], offsets[nearest]);

  // The others that can still matter, in the order of their bounds.
  uint8_t order[padded_limit];
  int count = 0;
  for (size_t i = 0; i < index->cell_count; i++) {
    if (i == nearest || !(bounds[i] <= search->threshold)) continue;
    int place = count++;
    for (; place > 0 && bounds[order[place - 1]] > bounds[i]; place--) order[place] = order[place - 1];
    order[place] = (uint8_t)i;
  }
  for (int i = 0; i < count && bounds[order[i]] <= search->threshold; i++)
    VARIANT(search_cell)(search, &index->cells[order[i]], offsets[order[i]]);
}
