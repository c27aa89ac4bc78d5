// Scores of a whole catalogue and the softmax cross-entropy over it, several songs being right. The product
// states·vectorsᵀ is gemm.cl's, and so are those of the gradients.
//
//   z_j = product_j + bias_j + offset_j        m = max z
//   loss = weight·(|targets|·log Σ exp(z_j − m) − Σ_{t ∈ targets} (z_t − m))
//   ∂z_j = weight·(|targets|·exp(z_j − m) / Σ exp(z − m) − [j ∈ targets]) / denominator
//
// An offset of −∞ makes exp(z_j − m) 0. A work-group takes one sequence.

// scores[b][j] += bias[j]. (B, V)
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void catalogue_scores(
    global float *scores, const ulong scores_at, global const float *bias, const ulong bias_at, const uint song_count) {
  const uint j = get_global_id(0);
  if (j < song_count) scores[scores_at + (ulong)get_global_id(1) * song_count + j] += bias[bias_at + j];
}

// ∂z over the products when they are wanted, else they are spoiled, (B, V); and each sequence's loss, (B).
//
// `targets` is where each sequence's targets begin and the end (B + 1), the same of its offsets (B + 1), the targets'
// rows, the offsets' rows, the offsets' bits and the bits of the targets' weights (B).
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void catalogue_loss(
    global float *products, global const float *bias, const ulong bias_at, global const int *targets,
    const uint batch_size, const uint song_count, const float denominator, const int wants_gradients,
    global float *losses) {
  local float parts[GROUP_SIZE];
  const uint item = get_local_id(0);
  const uint b = get_group_id(0);
  global float *z = products + (ulong)b * song_count;
  global const float *biases = bias + bias_at;
  global const int *offset_starts = targets + batch_size + 1;
  global const int *target_rows = offset_starts + batch_size + 1;
  global const int *offset_rows = target_rows + targets[batch_size];
  global const int *offsets = offset_rows + offset_starts[batch_size];
  const float weight = as_float(offsets[offset_starts[batch_size] + (int)b]);
  const int first = targets[b], end = targets[b + 1];

  if (first == end) {
    if (wants_gradients)
      for (uint j = item; j < song_count; j += GROUP_SIZE) z[j] = 0.0f;
    if (item == 0) losses[b] = 0.0f;
    return;
  }
  for (int e = offset_starts[b] + (int)item; e < offset_starts[b + 1]; e += GROUP_SIZE)
    z[offset_rows[e]] += as_float(offsets[e]);
  barrier(CLK_GLOBAL_MEM_FENCE);

  float largest = -INFINITY;
  for (uint j = item; j < song_count; j += GROUP_SIZE) largest = fmax(largest, z[j] + biases[j]);
  largest = group_maximum(largest, item, parts);
  float target_sum = 0.0f;
  for (int t = first + (int)item; t < end; t += GROUP_SIZE)
    target_sum += z[target_rows[t]] + biases[target_rows[t]] - largest;
  target_sum = group_sum(target_sum, item, parts);
  barrier(CLK_GLOBAL_MEM_FENCE);
  float sum = 0.0f;
  for (uint j = item; j < song_count; j += GROUP_SIZE) {
    const float exponential = exp(z[j] + biases[j] - largest);
    z[j] = exponential;
    sum += exponential;
  }
  sum = group_sum(sum, item, parts);
  const float target_count = end - first;
  if (item == 0) losses[b] = weight * (target_count * log(sum) - target_sum);
  if (!wants_gradients) return;

  const float scale = weight * target_count / sum / denominator;
  for (uint j = item; j < song_count; j += GROUP_SIZE) z[j] *= scale;
  barrier(CLK_GLOBAL_MEM_FENCE);
  for (int t = first + (int)item; t < end; t += GROUP_SIZE) z[target_rows[t]] -= weight / denominator;
}
