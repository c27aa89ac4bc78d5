// One LSTM layer over a packed batch (Hochreiter and Schmidhuber 1997 with forget gate; Keras LSTM, gates i f c o):
//
//   z = [x, 1, h_prev]·matrix                              matrix = [kernel; bias; recurrent kernel], (F + 1 + H, 4H)
//   i = σ(z_i)   f = σ(z_f)   g = tanh(z_c)   o = σ(z_o)
//   c = f·c_prev + i·g                                     h = o·tanh(c)
//
// Backward, with dh the gradient of h (its own and what comes back through the next step) and dc that of c:
//
//   do = dh·tanh(c)             dc += dh·o·(1 − tanh²(c))
//   di = dc·g    df = dc·c_prev    dg = dc·i    dc_prev = dc·f
//   dz_i = di·i·(1 − i)   dz_f = df·f·(1 − f)   dz_c = dg·(1 − g²)   dz_o = do·o·(1 − o)
//   dh_prev = dz·recurrentᵀ     d(matrix) = [x, 1, h_prev]ᵀ·dz over all tokens
//
// The products over all tokens at once, [x, 1]·[kernel; bias] before the steps and d(matrix) after them, are gemm.cl's.
// Here is what must go step by step, in one launch each. The sequences alive at a step are a prefix of its rows, so a
// step is given its first token and how many rows live; row r of one step is row r of the next.
// `row_order[r]` is the sequence of row r within the batch, the order in which states enter and leave.

// Writes [x, 1] into each token's operands.
COPY_KERNEL void lstm_inputs(
    global const float *inputs, const ulong inputs_at, global float *operands, const ulong operands_at,
    const uint stride, const uint input_size, const uint token_count) {
  const ulong token = get_group_id(0) * COPY_ROWS + get_local_id(1);
  if (token >= token_count) return;
  global const float *x = inputs + inputs_at + token * input_size;
  global float *to = operands + operands_at + token * stride;
  for (uint column = get_local_id(0); column <= input_size; column += 16)
    to[column] = column < input_size ? x[column] : 1.0f;
}

// Writes the initial hidden state, or zeros, into the operands of the first step.
COPY_KERNEL void lstm_initial_hidden(
    global const float *initial, const ulong initial_at, const int has_initial, global float *operands,
    const ulong operands_at, const uint stride, const uint hidden_column, const uint hidden_size,
    global const uint *row_order, const uint rows) {
  const ulong row = get_group_id(0) * COPY_ROWS + get_local_id(1);
  if (row >= rows) return;
  global const float *h = initial + initial_at + (ulong)row_order[row] * hidden_size;
  global float *to = operands + operands_at + row * stride + hidden_column;
  for (uint unit = get_local_id(0); unit < hidden_size; unit += 16) to[unit] = has_initial ? h[unit] : 0.0f;
}

typedef VECTOR(FORWARD_ITEM_UNITS) units_t;

// Up to `count` values from `from` on; 0 beyond.
PART units_t load_units(global const float *from, const uint count) {
  if (count >= FORWARD_ITEM_UNITS) return LOAD(FORWARD_ITEM_UNITS, from);
  float values[FORWARD_ITEM_UNITS];
#pragma unroll
  for (uint i = 0; i < FORWARD_ITEM_UNITS; i++) values[i] = i < count ? from[i] : 0.0f;
  return LOAD(FORWARD_ITEM_UNITS, values);
}

PART void store_units(const units_t units, global float *to, const uint count) {
  if (count >= FORWARD_ITEM_UNITS) {
    STORE(FORWARD_ITEM_UNITS, units, to);
    return;
  }
  float values[FORWARD_ITEM_UNITS];
  STORE(FORWARD_ITEM_UNITS, units, values);
#pragma unroll
  for (uint i = 0; i < FORWARD_ITEM_UNITS; i++)
    if (i < count) to[i] = values[i];
}

static inline units_t sigmoid(const units_t x) { return 1.0f / (1.0f + exp(-x)); }

#define FORWARD_GROUP_UNITS (FORWARD_UNITS / FORWARD_ITEM_UNITS)
#define FORWARD_GROUP_ROWS (FORWARD_ROWS / FORWARD_ITEM_ROWS)
#define FORWARD_GROUP (FORWARD_GROUP_UNITS * FORWARD_GROUP_ROWS)
// One float more than needed keeps neighbouring rows in different banks.
#define FORWARD_PITCH (FORWARD_DEPTH + 1)

// One time step. On entry `gates` holds [x, 1]·[kernel; bias] of this step's tokens and `operands` their h_prev; on exit
// `gates` holds the activated gates, and h and c are where the next step, or the caller after the last, looks for them.
// A work-group computes FORWARD_ROWS × FORWARD_UNITS; a work-item all four gates of its rows and units.
//
//   previous         where c_prev is: 0 nowhere (zeros), 1 in `cells` at token `previous_token`, 2 in `initial_cell`
//   multiplies       0 when h_prev is known to be all zeros
//   alive, alive_next   rows of this step and of the next; the rows between them end here
kernel __attribute__((reqd_work_group_size(FORWARD_GROUP_UNITS, FORWARD_GROUP_ROWS, 1))) void lstm_forward(
    global const float *recurrent, const ulong recurrent_at, global float *operands, const ulong operands_at,
    const uint stride, const uint hidden_column, const uint hidden_size, global float *gates, const ulong gates_at,
    global float *cells, const ulong cells_at, global float *hiddens, const ulong hiddens_at,
    global const float *initial_cell, const ulong initial_cell_at, global float *final_hidden,
    const ulong final_hidden_at, global float *final_cell, const ulong final_cell_at, global const uint *row_order,
    const uint previous, const int multiplies, const ulong token, const ulong previous_token, const ulong next_token,
    const uint alive, const uint alive_next) {
  local float h_tile[FORWARD_ROWS * FORWARD_PITCH];
  local units_t weight_tile[FORWARD_DEPTH * 4 * FORWARD_GROUP_UNITS];
  const uint item_unit = get_local_id(0);
  const uint item_row = get_local_id(1);
  const uint item = item_row * FORWARD_GROUP_UNITS + item_unit;
  const uint first_row = get_group_id(1) * FORWARD_ROWS;
  const uint first_unit = get_group_id(0) * FORWARD_UNITS;
  const ulong gate_count = 4 * (ulong)hidden_size;

  units_t sums[FORWARD_ITEM_ROWS][4];
#pragma unroll
  for (uint i = 0; i < FORWARD_ITEM_ROWS; i++)
#pragma unroll
    for (uint gate = 0; gate < 4; gate++) sums[i][gate] = (units_t)(0.0f);

  const uint depth = multiplies ? hidden_size : 0;
  for (uint k_tile = 0; k_tile < depth; k_tile += FORWARD_DEPTH) {
    for (uint index = item; index < FORWARD_ROWS * FORWARD_DEPTH; index += FORWARD_GROUP) {
      const uint row = first_row + index / FORWARD_DEPTH, k = k_tile + index % FORWARD_DEPTH;
      h_tile[index / FORWARD_DEPTH * FORWARD_PITCH + index % FORWARD_DEPTH] = row < alive && k < hidden_size
                          ? operands[operands_at + (token + row) * stride + hidden_column + k]
                          : 0.0f;
    }
    for (uint index = item; index < FORWARD_DEPTH * 4 * FORWARD_GROUP_UNITS; index += FORWARD_GROUP) {
      const uint unit = first_unit + index % FORWARD_GROUP_UNITS * FORWARD_ITEM_UNITS;
      const uint gate = index / FORWARD_GROUP_UNITS % 4;
      const uint k = k_tile + index / FORWARD_GROUP_UNITS / 4;
      weight_tile[index] =
          unit < hidden_size && k < hidden_size
              ? load_units(recurrent + recurrent_at + k * gate_count + (ulong)gate * hidden_size + unit,
                           hidden_size - unit)
              : (units_t)(0.0f);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll 4
    for (uint k = 0; k < FORWARD_DEPTH; k++) {
      units_t weights[4];
#pragma unroll
      for (uint gate = 0; gate < 4; gate++)
        weights[gate] = weight_tile[(k * 4 + gate) * FORWARD_GROUP_UNITS + item_unit];
#pragma unroll
      for (uint i = 0; i < FORWARD_ITEM_ROWS; i++) {
        const float h = h_tile[(item_row * FORWARD_ITEM_ROWS + i) * FORWARD_PITCH + k];
#pragma unroll
        for (uint gate = 0; gate < 4; gate++) sums[i][gate] += h * weights[gate];
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

  const uint unit = first_unit + item_unit * FORWARD_ITEM_UNITS;
  if (unit >= hidden_size) return;
  const uint count = hidden_size - unit;
#pragma unroll
  for (uint i = 0; i < FORWARD_ITEM_ROWS; i++) {
    const uint row = first_row + item_row * FORWARD_ITEM_ROWS + i;
    if (row >= alive) return;
    global float *z = gates + gates_at + (token + row) * gate_count + unit;
    const ulong state = (token + row) * hidden_size + unit;
    const ulong batch_state = (ulong)row_order[row] * hidden_size + unit;

    const units_t input_gate = sigmoid(load_units(z, count) + sums[i][0]);
    const units_t forget_gate = sigmoid(load_units(z + hidden_size, count) + sums[i][1]);
    const units_t candidate = tanh(load_units(z + 2 * (ulong)hidden_size, count) + sums[i][2]);
    const units_t output_gate = sigmoid(load_units(z + 3 * (ulong)hidden_size, count) + sums[i][3]);
    units_t c = input_gate * candidate;
    if (previous == 1)
      c += forget_gate * load_units(cells + cells_at + (previous_token + row) * hidden_size + unit, count);
    if (previous == 2) c += forget_gate * load_units(initial_cell + initial_cell_at + batch_state, count);
    const units_t h = output_gate * tanh(c);

    store_units(input_gate, z, count);
    store_units(forget_gate, z + hidden_size, count);
    store_units(candidate, z + 2 * (ulong)hidden_size, count);
    store_units(output_gate, z + 3 * (ulong)hidden_size, count);
    store_units(c, cells + cells_at + state, count);
    store_units(h, hiddens + hiddens_at + state, count);
    if (row < alive_next) {
      store_units(h, operands + operands_at + (next_token + row) * stride + hidden_column + unit, count);
    } else {
      store_units(h, final_hidden + final_hidden_at + batch_state, count);
      store_units(c, final_cell + final_cell_at + batch_state, count);
    }
  }
}

typedef VECTOR(DEPTH_WIDTH) depth_t;
#define BACKWARD_GROUP_UNITS (BACKWARD_UNITS / BACKWARD_ITEM_UNITS)
#define BACKWARD_GROUP_ROWS (BACKWARD_ROWS / BACKWARD_ITEM_ROWS)
#define BACKWARD_GROUP (BACKWARD_GROUP_UNITS * BACKWARD_GROUP_ROWS * DEPTH_SLICES)
#define BACKWARD_VECTORS (BACKWARD_DEPTH / DEPTH_WIDTH)
// One vector more than needed keeps neighbouring rows in different banks.
#define BACKWARD_PITCH (BACKWARD_VECTORS + 1)
#define BACKWARD_SUMS (BACKWARD_ROWS * BACKWARD_UNITS)

// Stages `row_count` rows of a matrix with `depth` columns, columns from `k_tile` on.
PART void stage_rows(
    global const float *matrix, const uint first_row, const uint row_end, const uint depth, const uint k_tile,
    local depth_t *tile, const uint row_count, const uint item) {
  for (uint index = item; index < row_count * BACKWARD_VECTORS; index += BACKWARD_GROUP) {
    const uint row = first_row + index / BACKWARD_VECTORS;
    const uint k = k_tile + index % BACKWARD_VECTORS * DEPTH_WIDTH;
    global const float *from = matrix + (ulong)row * depth + k;
    depth_t values = (depth_t)(0.0f);
    if (row < row_end && k + DEPTH_WIDTH <= depth) {
      values = LOAD(DEPTH_WIDTH, from);
    } else if (row < row_end) {
      float rest[DEPTH_WIDTH];
#pragma unroll
      for (uint i = 0; i < DEPTH_WIDTH; i++) rest[i] = k + i < depth ? from[i] : 0.0f;
      values = LOAD(DEPTH_WIDTH, rest);
    }
    tile[index / BACKWARD_VECTORS * BACKWARD_PITCH + index % BACKWARD_VECTORS] = values;
  }
}

// sums[s][r][u] = the s-th slice of Σ_k dz[r][k]·recurrent[u][k] for this work-group's rows and units; rows from `alive`
// on count as zeros. Both matrices run along k, so a work-item multiplies vectors of k and adds their lanes at the end.
PART void hidden_gradient(
    global const float *dz, const uint alive, global const float *recurrent, const uint hidden_size,
    local depth_t *dz_tile, local depth_t *weight_tile, local float *sums) {
  const uint item_unit = get_local_id(0);
  const uint item_row = get_local_id(1);
  const uint slice = get_local_id(2);
  const uint item = (slice * BACKWARD_GROUP_ROWS + item_row) * BACKWARD_GROUP_UNITS + item_unit;
  const uint first_row = get_group_id(1) * BACKWARD_ROWS;
  const uint first_unit = get_group_id(0) * BACKWARD_UNITS;
  const uint depth = first_row < alive ? 4 * hidden_size : 0;

  depth_t products[BACKWARD_ITEM_ROWS][BACKWARD_ITEM_UNITS];
#pragma unroll
  for (uint i = 0; i < BACKWARD_ITEM_ROWS; i++)
#pragma unroll
    for (uint j = 0; j < BACKWARD_ITEM_UNITS; j++) products[i][j] = (depth_t)(0.0f);
  for (uint k_tile = 0; k_tile < depth; k_tile += BACKWARD_DEPTH) {
    stage_rows(dz, first_row, alive, depth, k_tile, dz_tile, BACKWARD_ROWS, item);
    stage_rows(recurrent, first_unit, hidden_size, depth, k_tile, weight_tile, BACKWARD_UNITS, item);
    barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll 2
    for (uint k = slice; k < BACKWARD_VECTORS; k += DEPTH_SLICES) {
      depth_t weights[BACKWARD_ITEM_UNITS];
#pragma unroll
      for (uint j = 0; j < BACKWARD_ITEM_UNITS; j++)
        weights[j] = weight_tile[(j * BACKWARD_GROUP_UNITS + item_unit) * BACKWARD_PITCH + k];
#pragma unroll
      for (uint i = 0; i < BACKWARD_ITEM_ROWS; i++) {
        const depth_t gradient = dz_tile[(i * BACKWARD_GROUP_ROWS + item_row) * BACKWARD_PITCH + k];
#pragma unroll
        for (uint j = 0; j < BACKWARD_ITEM_UNITS; j++) products[i][j] += gradient * weights[j];
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
#pragma unroll
  for (uint i = 0; i < BACKWARD_ITEM_ROWS; i++)
#pragma unroll
    for (uint j = 0; j < BACKWARD_ITEM_UNITS; j++)
      sums[slice * BACKWARD_SUMS + (i * BACKWARD_GROUP_ROWS + item_row) * BACKWARD_UNITS +
           j * BACKWARD_GROUP_UNITS + item_unit] = SUM_OF(DEPTH_WIDTH, products[i][j]);
  barrier(CLK_LOCAL_MEM_FENCE);
}

// The slices of one vector of units added up, in order.
PART units_t sum_of_slices(local const float *sums, const uint at) {
  units_t sum = LOAD(FORWARD_ITEM_UNITS, sums + at);
  for (uint s = 1; s < DEPTH_SLICES; s++) sum += LOAD(FORWARD_ITEM_UNITS, sums + s * BACKWARD_SUMS + at);
  return sum;
}

#define BACKWARD_KERNEL                                                                             \
  kernel __attribute__((reqd_work_group_size(BACKWARD_GROUP_UNITS, BACKWARD_GROUP_ROWS, DEPTH_SLICES)))
#define BACKWARD_TILES                                    \
  local depth_t dz_tile[BACKWARD_ROWS * BACKWARD_PITCH];  \
  local depth_t weight_tile[BACKWARD_UNITS * BACKWARD_PITCH]; \
  local float sums[DEPTH_SLICES * BACKWARD_SUMS]
// The vectors of units of a work-group's tile, dealt to its work-items.
#define BACKWARD_ITEM \
  ((get_local_id(2) * BACKWARD_GROUP_ROWS + get_local_id(1)) * BACKWARD_GROUP_UNITS + get_local_id(0))

// One time step, from the last to the first: dh from the next step's dz, then dz of this step over its gates.
// `cell_gradients` carries dc from step to step by packed row. (B, H)
//
//   previous            where c_prev is, as in lstm_forward
//   alive, alive_next   rows of this step and of the next; the rows between them ended here, so their dh and dc come
//                       from the gradient of the final state
BACKWARD_KERNEL void lstm_backward(
    global const float *recurrent, const ulong recurrent_at, const uint hidden_size, global float *gates,
    const ulong gates_at, global const float *cells, const ulong cells_at, global const float *hidden_gradients,
    const ulong hidden_gradients_at, const int has_hidden_gradients, global const float *initial_cell,
    const ulong initial_cell_at, global const float *final_hidden, const ulong final_hidden_at,
    global const float *final_cell, const ulong final_cell_at, const int has_final, global float *cell_gradients,
    global const uint *row_order, const uint previous, const ulong token, const ulong previous_token,
    const ulong next_token, const uint alive, const uint alive_next) {
  BACKWARD_TILES;
  const ulong gate_count = 4 * (ulong)hidden_size;
  hidden_gradient(gates + gates_at + next_token * gate_count, alive_next, recurrent + recurrent_at, hidden_size,
                  dz_tile, weight_tile, sums);

  for (uint index = BACKWARD_ITEM; index < BACKWARD_SUMS / FORWARD_ITEM_UNITS; index += BACKWARD_GROUP) {
    const uint at = index * FORWARD_ITEM_UNITS;
    const uint row = get_group_id(1) * BACKWARD_ROWS + at / BACKWARD_UNITS;
    const uint unit = get_group_id(0) * BACKWARD_UNITS + at % BACKWARD_UNITS;
    if (row >= alive || unit >= hidden_size) continue;
    const uint count = hidden_size - unit;
    const ulong state = (token + row) * hidden_size + unit;
    const ulong row_state = (ulong)row * hidden_size + unit;
    const ulong batch_state = (ulong)row_order[row] * hidden_size + unit;

    units_t dh = has_hidden_gradients ? load_units(hidden_gradients + hidden_gradients_at + state, count)
                                      : (units_t)(0.0f);
    units_t dc = (units_t)(0.0f);
    if (row < alive_next) {
      dh += sum_of_slices(sums, at);
      dc = load_units(cell_gradients + row_state, count);
    } else if (has_final) {
      dh += load_units(final_hidden + final_hidden_at + batch_state, count);
      dc = load_units(final_cell + final_cell_at + batch_state, count);
    }

    global float *z = gates + gates_at + (token + row) * gate_count + unit;
    const units_t input_gate = load_units(z, count);
    const units_t forget_gate = load_units(z + hidden_size, count);
    const units_t candidate = load_units(z + 2 * (ulong)hidden_size, count);
    const units_t output_gate = load_units(z + 3 * (ulong)hidden_size, count);
    const units_t tanh_c = tanh(load_units(cells + cells_at + state, count));
    units_t previous_c = (units_t)(0.0f);
    if (previous == 1)
      previous_c = load_units(cells + cells_at + (previous_token + row) * hidden_size + unit, count);
    if (previous == 2) previous_c = load_units(initial_cell + initial_cell_at + batch_state, count);

    dc += dh * output_gate * (1.0f - tanh_c * tanh_c);
    store_units(dc * candidate * input_gate * (1.0f - input_gate), z, count);
    store_units(dc * previous_c * forget_gate * (1.0f - forget_gate), z + hidden_size, count);
    store_units(dc * input_gate * (1.0f - candidate * candidate), z + 2 * (ulong)hidden_size, count);
    store_units(dh * tanh_c * output_gate * (1.0f - output_gate), z + 3 * (ulong)hidden_size, count);
    store_units(dc * forget_gate, cell_gradients + row_state, count);
  }
}

// After the first step's dz: the gradient of the initial state, in batch order.
BACKWARD_KERNEL void lstm_initial_gradient(
    global const float *recurrent, const ulong recurrent_at, const uint hidden_size, global const float *gates,
    const ulong gates_at, global const float *cell_gradients, global float *initial_hidden,
    const ulong initial_hidden_at, global float *initial_cell, const ulong initial_cell_at,
    global const uint *row_order, const uint alive) {
  BACKWARD_TILES;
  hidden_gradient(gates + gates_at, alive, recurrent + recurrent_at, hidden_size, dz_tile, weight_tile, sums);

  for (uint index = BACKWARD_ITEM; index < BACKWARD_SUMS / FORWARD_ITEM_UNITS; index += BACKWARD_GROUP) {
    const uint at = index * FORWARD_ITEM_UNITS;
    const uint row = get_group_id(1) * BACKWARD_ROWS + at / BACKWARD_UNITS;
    const uint unit = get_group_id(0) * BACKWARD_UNITS + at % BACKWARD_UNITS;
    if (row >= alive || unit >= hidden_size) continue;
    const uint count = hidden_size - unit;
    const ulong batch_state = (ulong)row_order[row] * hidden_size + unit;
    store_units(sum_of_slices(sums, at), initial_hidden + initial_hidden_at + batch_state, count);
    store_units(load_units(cell_gradients + (ulong)row * hidden_size + unit, count),
                initial_cell + initial_cell_at + batch_state, count);
  }
}
