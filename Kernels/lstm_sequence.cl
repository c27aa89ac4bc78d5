// The steps of lstm.cl, all in one launch. A group of MEMBERS work-groups takes a tile of sequences through all its time
// steps. Each member owns UNITS = HIDDEN / MEMBERS units with their four gates, so only the hidden state, forward, and
// sums of its gradient, backward, go from member to member; they go through global memory, one wait for each step
// (Diamos et al. 2016, "Persistent RNNs"). A tile needs no other group.
//
//   RESIDENT 1   a work-item keeps its share of the recurrent weights in registers from the first step to the last
//   RESIDENT 0   it reads them again in every step; with MEMBERS 1 nobody waits for anybody
//
// A work-item adds up SLICE of the products of a sum, for every PARTS-th of the ROWS rows that are computed together;
// the SLICES parts of a sum are added in order through local memory.

#define UNITS (HIDDEN / MEMBERS)
#define GATES (4 * (ulong)HIDDEN)
#define QUADS (HIDDEN / 4)
#define COLUMNS (4 * UNITS)

// A step's first token and how many sequences it holds.
#define TOKEN(step) steps[step].s0
#define ALIVE(step) steps[step].s1

#if EXCHANGE
#define MEMBER (get_group_id(0) % MEMBERS)
#define GROUP (get_group_id(0) / MEMBERS)
#else
#define MEMBER 0
#define GROUP get_group_id(0)
#endif

static inline float sigmoid_1(const float x) { return 1.0f / (1.0f + exp(-x)); }

// The values of one unit's gates i f c o, which lie HIDDEN apart.
PART float4 load_gates(global const float *from) {
  return (float4)(from[0], from[HIDDEN], from[2 * HIDDEN], from[3 * HIDDEN]);
}

PART void store_gates(const float4 gates, global float *to) {
  to[0] = gates.s0;
  to[HIDDEN] = gates.s1;
  to[2 * HIDDEN] = gates.s2;
  to[3 * HIDDEN] = gates.s3;
}

// sum += h·(weights of one unit's four gates), four terms.
#define ADD_4(sum, values, weights, at) \
  sum += values.s0 * weights[at] + values.s1 * weights[at + 1] + values.s2 * weights[at + 2] + values.s3 * weights[at + 3]

// --- Forward

#define FORWARD_ITEMS (UNITS * FORWARD_SLICES * FORWARD_PARTS)
#define FORWARD_SLICE (HIDDEN / FORWARD_SLICES)
#define FORWARD_ITEM_ROWS (FORWARD_ROWS / FORWARD_PARTS)
#define FORWARD_PAIRS (FORWARD_ROWS * UNITS)
#define FORWARD_OWNED ((FORWARD_PAIRS + FORWARD_ITEMS - 1) / FORWARD_ITEMS)
#define FORWARD_STAGED ((FORWARD_ROWS * QUADS + FORWARD_ITEMS - 1) / FORWARD_ITEMS)
// In float4; one more than needed keeps the slices in different banks.
#define FORWARD_SLICE_PITCH (FORWARD_SLICE / 4 + 1)
#define FORWARD_PITCH (FORWARD_SLICES * FORWARD_SLICE_PITCH)

// The four gates' weights of `unit` for FORWARD_DEPTH hidden units from `k` on.
PART void load_gate_weights(global const float *recurrent, const uint k, const uint unit, float4 *weights) {
#pragma unroll
  for (uint d = 0; d < FORWARD_DEPTH; d++) {
    global const float *from = recurrent + (k + d) * GATES + unit;
    weights[d] = load_gates(from);
  }
}

// All time steps of this group's tiles. On entry `gates` holds [x, 1]·[kernel; bias]; results as of lstm_forward.
//
//   steps    (first token, sequences alive) of each step, and of one more in which none is
//   tiles    (first row, row after the last) of each of a group's `rounds` tiles; those that are none begin after all
//            rows
//   flags    what each member has published, FLAGS_OF_GROUP for each group; this launch's phases follow `phase`
kernel __attribute__((reqd_work_group_size(FORWARD_ITEMS, 1, 1))) void lstm_sequence_forward(
    global const float *recurrent, const ulong recurrent_at, global float *operands, const ulong operands_at,
    const uint stride, const uint hidden_column, global float *gates, const ulong gates_at, global float *cells,
    const ulong cells_at, global float *hiddens, const ulong hiddens_at, global const float *initial_hidden,
    const ulong initial_hidden_at, global const float *initial_cell, const ulong initial_cell_at,
    const int has_initial, global float *final_hidden, const ulong final_hidden_at, global float *final_cell,
    const ulong final_cell_at, global const uint *row_order, global const uint2 *steps, global const uint2 *tiles,
    const uint rounds, volatile global uint *flags, uint phase, volatile global uint *fault, const uint patience) {
  local float4 h_tile[FORWARD_ROWS * FORWARD_PITCH];
#if FORWARD_SLICES > 1
  local float4 slice_sums[FORWARD_SLICES * FORWARD_PAIRS];
#endif
#if EXCHANGE
  local int intact;
  volatile global uint *group_flags = flags + GROUP * FLAGS_OF_GROUP;
#endif
  const uint item = get_local_id(0);
  const uint item_unit = item % UNITS;
  const uint slice = item / UNITS % FORWARD_SLICES;
  const uint part = item / (UNITS * FORWARD_SLICES);
  const uint first_unit = MEMBER * UNITS;
  recurrent += recurrent_at;
  gates += gates_at;
  cells += cells_at;
  hiddens += hiddens_at;

  float4 weights[FORWARD_DEPTH];
#if RESIDENT
  load_gate_weights(recurrent, slice * FORWARD_SLICE, first_unit + item_unit, weights);
#endif
#if EXCHANGE
  if (item == 0) intact = 1;
  barrier(CLK_LOCAL_MEM_FENCE);
#endif

  for (uint round = 0; round < rounds; round++) {
    const uint2 tile = tiles[GROUP * rounds + round];
    const uint first_row = tile.s0;
    for (uint step = 0; ALIVE(step) > first_row; step++) {
      const uint rows = min(ALIVE(step), tile.s1) - first_row;
      const uint rows_next = clamp(ALIVE(step + 1), first_row, tile.s1) - first_row;
      const ulong first_token = TOKEN(step) + first_row;
      const ulong previous_token = step > 0 ? TOKEN(step - 1) + first_row : 0;
      for (uint chunk = 0; chunk < rows; chunk += FORWARD_ROWS) {
        // What no other member computes is asked for before the wait.
        float4 z[FORWARD_OWNED];
        float c_previous[FORWARD_OWNED];
#pragma unroll
        for (uint o = 0; o < FORWARD_OWNED; o++) {
          const uint pair = item + o * FORWARD_ITEMS, row = chunk + pair / UNITS, unit = first_unit + pair % UNITS;
          z[o] = (float4)(0.0f);
          c_previous[o] = 0.0f;
          if (pair < FORWARD_PAIRS && row < rows) {
            global const float *from = gates + (first_token + row) * GATES + unit;
            z[o] = load_gates(from);
            if (step > 0)
              c_previous[o] = cells[(previous_token + row) * HIDDEN + unit];
            else if (has_initial)
              c_previous[o] = initial_cell[initial_cell_at + (ulong)row_order[first_row + row] * HIDDEN + unit];
          }
        }

        float4 sums[FORWARD_ITEM_ROWS];
#pragma unroll
        for (uint i = 0; i < FORWARD_ITEM_ROWS; i++) sums[i] = (float4)(0.0f);
#if EXCHANGE
        if (chunk == 0 && step > 0 && !wait_for(group_flags, phase, patience, fault, &intact)) return;
#endif
#if FORWARD_SLICES == 1
        barrier(CLK_LOCAL_MEM_FENCE);  // before h_tile is written again
#endif
        // All loads, then all stores: each load would otherwise wait for the one before it.
        float4 h[FORWARD_STAGED];
#pragma unroll
        for (uint i = 0; i < FORWARD_STAGED; i++) {
          const uint index = item + i * FORWARD_ITEMS, row = chunk + index / QUADS, quad = index % QUADS;
          h[i] = (float4)(0.0f);
          const bool is_alive = index < FORWARD_ROWS * QUADS && row < rows;
          if (is_alive && step > 0)
            h[i] = exchanged_4(hiddens + (previous_token + row) * HIDDEN + 4 * quad);
          else if (is_alive && has_initial)
            h[i] = vload4(quad, initial_hidden + initial_hidden_at + (ulong)row_order[first_row + row] * HIDDEN);
        }
#pragma unroll
        for (uint i = 0; i < FORWARD_STAGED; i++) {
          const uint index = item + i * FORWARD_ITEMS, quad = index % QUADS;
          if (index < FORWARD_ROWS * QUADS)
            h_tile[index / QUADS * FORWARD_PITCH + quad / (FORWARD_SLICE / 4) * FORWARD_SLICE_PITCH +
                   quad % (FORWARD_SLICE / 4)] = h[i];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
#if RESIDENT
#pragma unroll
#endif
        for (uint block = 0; block < FORWARD_SLICE / FORWARD_DEPTH; block++) {
#if !RESIDENT
          load_gate_weights(recurrent, slice * FORWARD_SLICE + block * FORWARD_DEPTH, first_unit + item_unit, weights);
#endif
#pragma unroll
          for (uint i = 0; i < FORWARD_ITEM_ROWS; i++) {
            local const float4 *from = h_tile + (part + i * FORWARD_PARTS) * FORWARD_PITCH +
                                       slice * FORWARD_SLICE_PITCH + block * (FORWARD_DEPTH / 4);
#pragma unroll
            for (uint d = 0; d < FORWARD_DEPTH / 4; d++) {
              const float4 values = from[d];
              ADD_4(sums[i], values, weights, 4 * d);
            }
          }
        }
#if FORWARD_SLICES > 1
#pragma unroll
        for (uint i = 0; i < FORWARD_ITEM_ROWS; i++)
          slice_sums[slice * FORWARD_PAIRS + (part + i * FORWARD_PARTS) * UNITS + item_unit] = sums[i];
        barrier(CLK_LOCAL_MEM_FENCE);
#endif

#pragma unroll
        for (uint o = 0; o < FORWARD_OWNED; o++) {
          const uint pair = item + o * FORWARD_ITEMS, row = chunk + pair / UNITS, unit = first_unit + pair % UNITS;
          if (pair < FORWARD_PAIRS && row < rows) {
#if FORWARD_SLICES > 1
            for (uint s = 0; s < FORWARD_SLICES; s++) z[o] += slice_sums[s * FORWARD_PAIRS + pair];
#else
            z[o] += sums[o];
#endif
            const float input_gate = sigmoid_1(z[o].s0), forget_gate = sigmoid_1(z[o].s1);
            const float candidate = tanh(z[o].s2), output_gate = sigmoid_1(z[o].s3);
            const float c = input_gate * candidate + forget_gate * c_previous[o];
            const float h = output_gate * tanh(c);
            hiddens[(first_token + row) * HIDDEN + unit] = h;
            cells[(first_token + row) * HIDDEN + unit] = c;
            global float *to = gates + (first_token + row) * GATES + unit;
            store_gates((float4)(input_gate, forget_gate, candidate, output_gate), to);
            const ulong batch_state = (ulong)row_order[first_row + row] * HIDDEN + unit;
            if (row < rows_next) {
              operands[operands_at + ((ulong)TOKEN(step + 1) + first_row + row) * stride + hidden_column + unit] = h;
            } else {
              final_hidden[final_hidden_at + batch_state] = h;
              final_cell[final_cell_at + batch_state] = c;
            }
          }
        }
      }
      STEP_BARRIER();
#if EXCHANGE
      phase++;
      if (item == 0) publish(group_flags + MEMBER, phase);
#endif
    }
  }
}

// --- Backward

#define BACKWARD_ITEMS (QUADS * BACKWARD_SLICES * BACKWARD_PARTS)
#define BACKWARD_SLICE (COLUMNS / BACKWARD_SLICES)
#define BACKWARD_ITEM_ROWS (BACKWARD_ROWS / BACKWARD_PARTS)
#define BACKWARD_PAIRS (BACKWARD_ROWS * UNITS)
#define BACKWARD_OWNED ((BACKWARD_PAIRS + BACKWARD_ITEMS - 1) / BACKWARD_ITEMS)
#define BACKWARD_SUMS (BACKWARD_ROWS * QUADS)

// to = fromᵀ; from (rows, columns). A work-group turns TRANSPOSE × TRANSPOSE.
#define TRANSPOSE 16
kernel __attribute__((reqd_work_group_size(TRANSPOSE, TRANSPOSE, 1))) void transpose(
    global const float *from, const ulong from_at, const uint rows, const uint columns, global float *to) {
  local float tile[TRANSPOSE][TRANSPOSE + 1];
  const uint x = get_local_id(0), y = get_local_id(1);
  const uint first_column = get_group_id(0) * TRANSPOSE, first_row = get_group_id(1) * TRANSPOSE;
  if (first_row + y < rows && first_column + x < columns)
    tile[y][x] = from[from_at + (ulong)(first_row + y) * columns + first_column + x];
  barrier(CLK_LOCAL_MEM_FENCE);
  if (first_column + y < columns && first_row + x < rows)
    to[(ulong)(first_column + y) * rows + first_row + x] = tile[x][y];
}

// The weights of BACKWARD_DEPTH of this member's columns, gates of a unit together, towards four hidden units.
PART void load_column_weights(
    global const float *transposed, const uint column, const uint first_unit, const uint quad, float4 *weights) {
#pragma unroll
  for (uint d = 0; d < BACKWARD_DEPTH; d++) {
    const uint unit = first_unit + (column + d) / 4, gate = (column + d) % 4;
    weights[d] = ((global const float4 *)(transposed + ((ulong)gate * HIDDEN + unit) * HIDDEN))[quad];
  }
}

// All time steps of this group's tiles, from the last to the first: dz over the gates, and dc in `cell_gradients`, as of
// lstm_backward. A member multiplies its own dz and leaves its part of dh for all units; a unit's owner adds the parts.
//
//   transposed   the recurrent kernel, transposed: (4H, H)
//   partials     (groups, 2, MEMBERS, tile_rows, H): the two halves take turns, so that nobody overwrites what is read
kernel __attribute__((reqd_work_group_size(BACKWARD_ITEMS, 1, 1))) void lstm_sequence_backward(
    global const float *transposed, global float *gates, const ulong gates_at, global const float *cells,
    const ulong cells_at, global const float *hidden_gradients, const ulong hidden_gradients_at,
    const int has_hidden_gradients, global const float *initial_cell, const ulong initial_cell_at,
    const int has_initial, global const float *final_hidden, const ulong final_hidden_at,
    global const float *final_cell, const ulong final_cell_at, const int has_final, global float *cell_gradients,
    global const uint *row_order, global const uint2 *steps, const uint step_count, global const uint2 *tiles,
    const uint rounds, const uint tile_rows, global float *partials, volatile global uint *flags, uint phase,
    volatile global uint *fault, const uint patience) {
  local float4 dz_tile[BACKWARD_PAIRS];
#if BACKWARD_SLICES > 1
  local float4 slice_sums[BACKWARD_SLICES * BACKWARD_SUMS];
#endif
#if EXCHANGE
  local int intact;
  volatile global uint *group_flags = flags + GROUP * FLAGS_OF_GROUP;
#endif
  const uint item = get_local_id(0);
  const uint item_quad = item % QUADS;
  const uint slice = item / QUADS % BACKWARD_SLICES;
  const uint part = item / (QUADS * BACKWARD_SLICES);
  const uint first_unit = MEMBER * UNITS;
  const ulong member_partials = (ulong)tile_rows * HIDDEN;
  gates += gates_at;
  cells += cells_at;
  partials += GROUP * 2 * MEMBERS * member_partials;

  float4 weights[BACKWARD_DEPTH];
#if RESIDENT
  load_column_weights(transposed, slice * BACKWARD_SLICE, first_unit, item_quad, weights);
#endif
#if EXCHANGE
  if (item == 0) intact = 1;
  barrier(CLK_LOCAL_MEM_FENCE);
#endif

  for (uint round = 0; round < rounds; round++) {
    const uint2 tile = tiles[GROUP * rounds + round];
    const uint first_row = tile.s0;
    uint tile_steps = step_count;
    while (tile_steps > 0 && ALIVE(tile_steps - 1) <= first_row) tile_steps--;
    for (uint step = tile_steps; step-- > 0;) {
      const uint rows = min(ALIVE(step), tile.s1) - first_row;
      const uint rows_next = clamp(ALIVE(step + 1), first_row, tile.s1) - first_row;
      const ulong first_token = TOKEN(step) + first_row;
      const ulong previous_token = step > 0 ? TOKEN(step - 1) + first_row : 0;
      global const float *parts_of_next = partials + (step + 1) % 2 * MEMBERS * member_partials;
      global float *own_part = partials + (step % 2 * MEMBERS + MEMBER) * member_partials;
      for (uint chunk = 0; chunk < rows; chunk += BACKWARD_ROWS) {
        // What no other member computes is asked for before the wait.
        float4 gate_values[BACKWARD_OWNED];
        float dh[BACKWARD_OWNED], dc[BACKWARD_OWNED], c[BACKWARD_OWNED], c_previous[BACKWARD_OWNED];
#pragma unroll
        for (uint o = 0; o < BACKWARD_OWNED; o++) {
          const uint pair = item + o * BACKWARD_ITEMS, row = chunk + pair / UNITS, unit = first_unit + pair % UNITS;
          gate_values[o] = (float4)(0.0f);
          dh[o] = dc[o] = c[o] = c_previous[o] = 0.0f;
          if (pair < BACKWARD_PAIRS && row < rows) {
            const ulong state = (first_token + row) * HIDDEN + unit;
            const ulong batch_state = (ulong)row_order[first_row + row] * HIDDEN + unit;
            global const float *from = gates + (first_token + row) * GATES + unit;
            gate_values[o] = load_gates(from);
            c[o] = cells[state];
            if (step > 0)
              c_previous[o] = cells[(previous_token + row) * HIDDEN + unit];
            else if (has_initial)
              c_previous[o] = initial_cell[initial_cell_at + batch_state];
            if (has_hidden_gradients) dh[o] = hidden_gradients[hidden_gradients_at + state];
            if (row < rows_next) {
              dc[o] = cell_gradients[(ulong)(first_row + row) * HIDDEN + unit];
            } else if (has_final) {
              dh[o] += final_hidden[final_hidden_at + batch_state];
              dc[o] = final_cell[final_cell_at + batch_state];
            }
          }
        }
#if EXCHANGE
        if (chunk == 0 && (rows_next > 0 || round > 0) && !wait_for(group_flags, phase, patience, fault, &intact)) return;
#endif
#pragma unroll
        for (uint o = 0; o < BACKWARD_OWNED; o++) {
          const uint pair = item + o * BACKWARD_ITEMS, row = chunk + pair / UNITS, unit = first_unit + pair % UNITS;
          float4 dz = (float4)(0.0f);
          if (pair < BACKWARD_PAIRS && row < rows) {
            if (row < rows_next) {
              float sum = 0.0f;
#pragma unroll 8
              for (uint member = 0; member < MEMBERS; member++)
                sum += exchanged(parts_of_next + member * member_partials + (ulong)row * HIDDEN + unit);
              dh[o] += sum;
            }
            const float input_gate = gate_values[o].s0, forget_gate = gate_values[o].s1;
            const float candidate = gate_values[o].s2, output_gate = gate_values[o].s3;
            const float tanh_c = tanh(c[o]);
            dc[o] += dh[o] * output_gate * (1.0f - tanh_c * tanh_c);
            dz = (float4)(
                dc[o] * candidate * input_gate * (1.0f - input_gate),
                dc[o] * c_previous[o] * forget_gate * (1.0f - forget_gate),
                dc[o] * input_gate * (1.0f - candidate * candidate),
                dh[o] * tanh_c * output_gate * (1.0f - output_gate));
            global float *to = gates + (first_token + row) * GATES + unit;
            store_gates(dz, to);
            cell_gradients[(ulong)(first_row + row) * HIDDEN + unit] = dc[o] * forget_gate;
          }
          if (pair < BACKWARD_PAIRS) dz_tile[pair] = dz;
        }
        barrier(CLK_LOCAL_MEM_FENCE);

        float4 sums[BACKWARD_ITEM_ROWS];
#pragma unroll
        for (uint i = 0; i < BACKWARD_ITEM_ROWS; i++) sums[i] = (float4)(0.0f);
#if RESIDENT
#pragma unroll
#endif
        for (uint block = 0; block < BACKWARD_SLICE / BACKWARD_DEPTH; block++) {
          const uint column = slice * BACKWARD_SLICE + block * BACKWARD_DEPTH;
#if !RESIDENT
          load_column_weights(transposed, column, first_unit, item_quad, weights);
#endif
#pragma unroll
          for (uint i = 0; i < BACKWARD_ITEM_ROWS; i++) {
            local const float4 *from = dz_tile + (part + i * BACKWARD_PARTS) * UNITS + column / 4;
#pragma unroll
            for (uint d = 0; d < BACKWARD_DEPTH / 4; d++) {
              const float4 values = from[d];
              ADD_4(sums[i], values, weights, 4 * d);
            }
          }
        }
#if BACKWARD_SLICES > 1
#pragma unroll
        for (uint i = 0; i < BACKWARD_ITEM_ROWS; i++)
          slice_sums[slice * BACKWARD_SUMS + (part + i * BACKWARD_PARTS) * QUADS + item_quad] = sums[i];
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint index = item; index < BACKWARD_SUMS; index += BACKWARD_ITEMS) {
          const uint row = chunk + index / QUADS;
          float4 sum = slice_sums[index];
#pragma unroll
          for (uint s = 1; s < BACKWARD_SLICES; s++) sum += slice_sums[s * BACKWARD_SUMS + index];
          if (row < rows)
            ((global float4 *)(own_part + (ulong)row * HIDDEN))[index % QUADS] = sum;
        }
#else
#pragma unroll
        for (uint i = 0; i < BACKWARD_ITEM_ROWS; i++) {
          const uint row = chunk + part + i * BACKWARD_PARTS;
          if (row < rows) ((global float4 *)(own_part + (ulong)row * HIDDEN))[item_quad] = sums[i];
        }
        barrier(CLK_LOCAL_MEM_FENCE);  // before dz_tile is written again
#endif
      }
      STEP_BARRIER();
#if EXCHANGE
      phase++;
      if (item == 0) publish(group_flags + MEMBER, phase);
#endif
    }
  }
}
