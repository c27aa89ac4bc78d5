// The output heads: blocks of columns of one dense layer, each with its activation and loss. logits = hidden·kernel + bias,
// the product being gemm.cl's; a work-item takes one head of one token.
//
//   sigmoid head:  p = σ(z)                     loss = Σ_j w_j·(p_j − t_j)² / width
//                                               dz_j = 2·w_j·(p_j − t_j)·p_j·(1 − p_j) / width / denominator
//   softmax head:  p = exp(z − m) / Σ exp(z − m), m = max z
//                                               loss = −Σ_j t_j·(z_j − m − log Σ exp(z − m))
//                                               dz_j = (p_j·Σt − t_j) / denominator
//
// A denominator of 0 says that the batch holds no target for the head; then its gradient is 0.
//
// A head is described by four uints: first column, width, 1 for softmax or 0 for sigmoid, and the first column of its
// weights, which only sigmoid heads have.

// The column of a head's largest logit. Logits are subtracted from it product by product and bias by bias, which keeps
// the last bits when large biases cancel.
static inline uint largest_logit(global const float *product, global const float *bias, const uint width) {
  uint largest = 0;
  for (uint j = 1; j < width; j++)
    if (product[j] + bias[j] > product[largest] + bias[largest]) largest = j;
  return largest;
}

// Predictions over the logits, which come without bias. (N, O)
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void heads_forward(
    global float *logits, const ulong logits_at, global const float *bias, const ulong bias_at,
    global const uint4 *heads, const uint output_count, const uint token_count) {
  const ulong token = get_global_id(0);
  if (token >= token_count) return;
  const uint4 head = heads[get_global_id(1)];
  const uint first = head.s0, width = head.s1;
  global float *z = logits + logits_at + token * output_count + first;
  global const float *b = bias + bias_at + first;

  if (head.s2 == 0) {
    for (uint j = 0; j < width; j++) z[j] = 1.0f / (1.0f + exp(-(z[j] + b[j])));
    return;
  }
  const uint largest = largest_logit(z, b, width);
  const float z_largest = z[largest], b_largest = b[largest];
  float sum = 0.0f;
  for (uint j = 0; j < width; j++) {
    z[j] = exp((z[j] - z_largest) + (b[j] - b_largest));
    sum += z[j];
  }
  for (uint j = 0; j < width; j++) z[j] /= sum;
}

// Logit gradients over the logits, which come without bias, (N, O); and each work-group's sum of its tokens' losses,
// partials (heads, groups).
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void heads_loss(
    global float *logits, const ulong logits_at, global const float *bias, const ulong bias_at,
    global const float *targets, const ulong targets_at, global const float *weights, const ulong weights_at,
    const int has_weights, const uint weight_count, global const uint4 *heads, global const float *denominators,
    const uint output_count, const uint token_count, global float *partials) {
  local float losses[GROUP_SIZE];
  const uint item = get_local_id(0);
  const ulong token = get_global_id(0);
  const uint4 head = heads[get_global_id(1)];
  const float denominator = denominators[get_global_id(1)];
  const float scale = denominator > 0.0f ? 1.0f / denominator : 0.0f;
  const uint first = head.s0, width = head.s1;
  float loss = 0.0f;

  if (token < token_count) {
    global float *z = logits + logits_at + token * output_count + first;
    global const float *b = bias + bias_at + first;
    global const float *t = targets + targets_at + token * output_count + first;
    if (head.s2 == 0) {
      global const float *w = weights + weights_at + token * weight_count + head.s3;
      for (uint j = 0; j < width; j++) {
        const float p = 1.0f / (1.0f + exp(-(z[j] + b[j])));
        const float weighted = (has_weights ? w[j] : 1.0f) * (p - t[j]) / width;
        loss += weighted * (p - t[j]);
        z[j] = 2.0f * weighted * p * (1.0f - p) * scale;
      }
    } else {
      const uint largest = largest_logit(z, b, width);
      const float z_largest = z[largest], b_largest = b[largest];
      float sum = 0.0f, present = 0.0f;
      for (uint j = 0; j < width; j++) {
        sum += exp((z[j] - z_largest) + (b[j] - b_largest));
        present += t[j];
      }
      const float log_sum = log(sum);
      for (uint j = 0; j < width; j++) {
        const float shifted = (z[j] - z_largest) + (b[j] - b_largest);
        loss -= t[j] * (shifted - log_sum);
        z[j] = (exp(shifted) / sum * present - t[j]) * scale;
      }
    }
  }

  losses[item] = loss;
  for (uint half_size = GROUP_SIZE / 2; half_size > 0; half_size /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < half_size) losses[item] += losses[item + half_size];
  }
  if (item == 0) partials[get_global_id(1) * get_num_groups(0) + get_group_id(0)] = losses[0];
}

// sums[i] = Σ_j values[i][j]; values (rows, count), one work-group for each row.
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void heads_loss_sums(
    global const float *values, const uint count, global float *sums, const ulong sums_at) {
  local float parts[GROUP_SIZE];
  const uint item = get_local_id(0);
  const uint row = get_group_id(0);
  float sum = 0.0f;
  for (uint j = item; j < count; j += GROUP_SIZE) sum += values[(ulong)row * count + j];
  parts[item] = sum;
  for (uint half_size = GROUP_SIZE / 2; half_size > 0; half_size /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < half_size) parts[item] += parts[item + half_size];
  }
  if (item == 0) sums[sums_at + row] = parts[0];
}
