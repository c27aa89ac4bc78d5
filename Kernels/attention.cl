// Scaled dot-product attention of queries over the states of their own sequence, which are keys and values.
//
//   forward:   α = softmax(q·kᵀ / √H)           context = Σ α·k
//   backward:  dα = dc·kᵀ                        dz = α·(dα − Σ α·dα) / √H
//              dq = Σ_s dz_s·k_s                 dk_s = Σ_t (dz_ts·q_t) + Σ_t (α_ts·dc_t), queries t in time order
//
// Queries and keys are packed, time-major, and sorted differently. `places` says where things lie: the first query of
// each time step and the end (Q + 1), the first key of each time step and the end (K + 1), and for each packed row of the
// queries the row of its sequence among the keys (B), the number of its keys (B) and of its queries (B).

typedef struct {
  global const int *query_offsets, *key_offsets;
  int key_row, key_count, query_count;
} Places;

PART Places places_of(
    global const int *places, const uint query_steps, const uint key_steps, const uint batch_size, const uint row) {
  Places result;
  result.query_offsets = places;
  result.key_offsets = places + query_steps + 1;
  global const int *rows = result.key_offsets + key_steps + 1;
  result.key_row = rows[row];
  result.key_count = rows[batch_size + row];
  result.query_count = rows[2 * batch_size + row];
  return result;
}

// dots[s] = factor·(vector · key s): sixteen work-items to a key. All of the group see the result.
PART void dots_with_keys(
    global const float *vector, global const float *keys, const Places at, const uint width, const float factor,
    local float *parts, global float *dots) {
  const uint lane = get_local_id(0);
  local float *own = parts + 16 * get_local_id(1);
  for (int first = 0; first < at.key_count; first += COPY_ROWS) {
    const int s = first + (int)get_local_id(1);
    float sum = 0.0f;
    if (s < at.key_count) {
      global const float *key = keys + (ulong)(at.key_offsets[s] + at.key_row) * width;
      for (uint column = lane; column < width; column += 16) sum += vector[column] * key[column];
    }
    own[lane] = sum;
    for (uint half_size = 8; half_size > 0; half_size /= 2) {
      barrier(CLK_LOCAL_MEM_FENCE);
      if (lane < half_size) own[lane] += own[lane + half_size];
    }
    if (lane == 0 && s < at.key_count) dots[s] = factor * own[0];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  barrier(CLK_GLOBAL_MEM_FENCE);
}

// to = Σ_s weights[s]·key s. All work-items walk through the keys together: PoCL 3.1 puts a barrier into the inner loop,
// whoever is there.
PART void sum_of_keys(
    global const float *weights, global const float *keys, const Places at, const uint width, const uint item,
    global float *to) {
  for (uint first = 0; first < width; first += GROUP_SIZE) {
    const uint column = min(first + item, width - 1);
    float sum = 0.0f;
    for (int s = 0; s < at.key_count; s++)
      sum += weights[s] * keys[(ulong)(at.key_offsets[s] + at.key_row) * width + column];
    if (first + item < width) to[column] = sum;
  }
}

// A work-group takes one query: packed row get_group_id(0) at time step get_group_id(1). weights (queries, capacity).
COPY_KERNEL void attention_forward(
    global const float *queries, const ulong queries_at, global const float *keys, const ulong keys_at,
    global const int *places, const uint query_steps, const uint key_steps, const uint batch_size, const uint width,
    const float scale, const uint capacity, global float *contexts, const ulong contexts_at, global float *weights,
    const ulong weights_at) {
  local float parts[GROUP_SIZE];
  const uint item = get_local_id(1) * 16 + get_local_id(0);
  const uint row = get_group_id(0), step = get_group_id(1);
  const Places at = places_of(places, query_steps, key_steps, batch_size, row);
  if ((int)step >= at.query_count) return;
  const ulong query = at.query_offsets[step] + row;
  global float *alpha = weights + weights_at + query * capacity;
  keys += keys_at;

  dots_with_keys(queries + queries_at + query * width, keys, at, width, scale, parts, alpha);
  float largest = -INFINITY;
  for (int s = item; s < at.key_count; s += GROUP_SIZE) largest = fmax(largest, alpha[s]);
  largest = group_maximum(largest, item, parts);
  float sum = 0.0f;
  for (int s = item; s < at.key_count; s += GROUP_SIZE) {
    alpha[s] = exp(alpha[s] - largest);
    sum += alpha[s];
  }
  sum = group_sum(sum, item, parts);
  for (int s = item; s < at.key_count; s += GROUP_SIZE) alpha[s] /= sum;
  barrier(CLK_GLOBAL_MEM_FENCE);
  sum_of_keys(alpha, keys, at, width, item, contexts + contexts_at + query * width);
}

// dz and dq of one query, by a work-group. score_gradients as the weights.
COPY_KERNEL void attention_backward_queries(
    global const float *context_gradient, const ulong context_gradient_at, global const float *keys,
    const ulong keys_at, global const int *places, const uint query_steps, const uint key_steps, const uint batch_size,
    const uint width, const float scale, const uint capacity, global const float *weights, const ulong weights_at,
    global float *score_gradients, global float *query_gradient, const ulong query_gradient_at) {
  local float parts[GROUP_SIZE];
  const uint item = get_local_id(1) * 16 + get_local_id(0);
  const uint row = get_group_id(0), step = get_group_id(1);
  const Places at = places_of(places, query_steps, key_steps, batch_size, row);
  if ((int)step >= at.query_count) return;
  const ulong query = at.query_offsets[step] + row;
  global const float *alpha = weights + weights_at + query * capacity;
  global float *dz = score_gradients + query * capacity;
  keys += keys_at;

  dots_with_keys(context_gradient + context_gradient_at + query * width, keys, at, width, 1.0f, parts, dz);
  float mean = 0.0f;
  for (int s = item; s < at.key_count; s += GROUP_SIZE) mean += alpha[s] * dz[s];
  mean = group_sum(mean, item, parts);
  for (int s = item; s < at.key_count; s += GROUP_SIZE) dz[s] = scale * alpha[s] * (dz[s] - mean);
  barrier(CLK_GLOBAL_MEM_FENCE);
  sum_of_keys(dz, keys, at, width, item, query_gradient + query_gradient_at + query * width);
}

// dk: sixteen work-items take one key of the sequence in row get_group_id(0) of the queries.
COPY_KERNEL void attention_backward_keys(
    global const float *queries, const ulong queries_at, global const float *context_gradient,
    const ulong context_gradient_at, global const int *places, const uint query_steps, const uint key_steps,
    const uint batch_size, const uint width, const uint capacity, global const float *weights, const ulong weights_at,
    global const float *score_gradients, global float *key_gradient, const ulong key_gradient_at) {
  const uint row = get_group_id(0);
  const int step = get_group_id(1) * COPY_ROWS + get_local_id(1);
  const Places at = places_of(places, query_steps, key_steps, batch_size, row);
  if (step >= at.key_count) return;
  global float *to = key_gradient + key_gradient_at + (ulong)(at.key_offsets[step] + at.key_row) * width;
  for (uint column = get_local_id(0); column < width; column += 16) {
    float as_key = 0.0f, as_value = 0.0f;
    for (int t = 0; t < at.query_count; t++) {
      const ulong query = at.query_offsets[t] + row;
      as_key += score_gradients[query * capacity + step] * queries[queries_at + query * width + column];
      as_value += weights[weights_at + query * capacity + step] *
                  context_gradient[context_gradient_at + query * width + column];
    }
    to[column] = as_key + as_value;
  }
}
