// Dense layers, whose products are gemm.cl's, and what takes each number by itself: dropout and sums.
//
//   forward:  y = x·kernel + bias, with ReLU max(y, 0)
//   backward: dy ← dy where y > 0, else 0; then dkernel = xᵀ·dy, dbias = Σ dy, dx = dy·kernelᵀ

// outputs ← activation(outputs + bias); outputs (rows, width). A NaN stays one.
COPY_KERNEL void dense_forward(
    global float *outputs, const ulong outputs_at, global const float *bias, const ulong bias_at,
    const uint row_count, const uint width, const int is_relu) {
  const ulong row = get_group_id(0) * COPY_ROWS + get_local_id(1);
  if (row >= row_count) return;
  global float *y = outputs + outputs_at + row * width;
  for (uint column = get_local_id(0); column < width; column += 16) {
    const float value = y[column] + bias[bias_at + column];
    y[column] = is_relu && value < 0.0f ? 0.0f : value;
  }
}

// gradients ← the gradients before ReLU, which gave `outputs`.
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void relu_backward(
    global const float *outputs, const ulong outputs_at, global float *gradients, const ulong gradients_at,
    const ulong count) {
  const ulong i = get_global_id(0);
  if (i < count && outputs[outputs_at + i] <= 0.0f) gradients[gradients_at + i] = 0.0f;
}

// result[i] = scale·values[i], or 0 where word i of the stream is below the threshold. A work-item takes one block of
// the stream, four numbers. `result` may be `values`.
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void dropout(
    global const float *values, const ulong values_at, global float *result, const ulong result_at,
    const ulong count, const uint4 stream, const uint threshold, const float scale) {
  const ulong first = 4 * get_global_id(0);
  if (first >= count) return;
  const uint4 block = philox_block((uint)get_global_id(0), stream);
  const uint words[4] = {block.s0, block.s1, block.s2, block.s3};
  for (uint word = 0; word < 4 && first + word < count; word++) {
    const ulong i = first + word;
    result[result_at + i] = words[word] < threshold ? 0.0f : scale * values[values_at + i];
  }
}

// sum[i] += factor·values[i].
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void add(
    global const float *values, const ulong values_at, global float *sum, const ulong sum_at, const ulong count,
    const float factor) {
  const ulong i = get_global_id(0);
  if (i < count) sum[sum_at + i] += factor * values[values_at + i];
}
