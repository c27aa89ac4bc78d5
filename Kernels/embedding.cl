// Sums of rows, and what their gradients add to the table's.
//
//   forward:   result[b] = Σ w_e·table[row_e]            entries e of bag b, in their order
//   backward:  sums[target_i] += Σ w_e·gradient[bag_e]   entries e of target row i, in their order
//
// `bags` is where each bag's entries begin and the end (count + 1), then the entries' rows, then their weights' bits. A
// work-item takes one column of one bag. For the backward pass the host sorts the entries by row, so that the targets
// are the bags, and puts the targets' rows before all else.

PART float bag_sum(
    const float start, global const int *bags, const uint count, const uint bag, global const float *table,
    const uint width, const uint column) {
  global const int *rows = bags + count + 1;
  global const int *weights = rows + bags[count];
  float sum = start;
  for (int e = bags[bag]; e < bags[bag + 1]; e++)
    sum += as_float(weights[e]) * table[(ulong)rows[e] * width + column];
  return sum;
}

// Groups are numbered by bags in dimension 0, by columns in dimension 1.
#define BAG (get_group_id(0) * COPY_ROWS + get_local_id(1))
#define BAG_COLUMN (get_group_id(1) * 16 + get_local_id(0))

COPY_KERNEL void embedding_bag_forward(
    global const float *table, const ulong table_at, global const int *bags, const uint count, const uint width,
    global float *result, const ulong result_at) {
  const uint bag = BAG, column = BAG_COLUMN;
  if (bag >= count || column >= width) return;
  result[result_at + (ulong)bag * width + column] =
      bag_sum(0.0f, bags, count, bag, table + table_at, width, column);
}

COPY_KERNEL void embedding_bag_backward(
    global const float *gradient, const ulong gradient_at, global const int *bags, const uint count, const uint width,
    global float *sums, const ulong sums_at) {
  const uint bag = BAG, column = BAG_COLUMN;
  if (bag >= count || column >= width) return;
  global float *sum = sums + sums_at + (ulong)bags[bag] * width + column;
  *sum = bag_sum(*sum, bags + count, count, bag, gradient + gradient_at, width, column);
}
