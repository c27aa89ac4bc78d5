// Rows of a table, by their numbers: what the host sends is four bytes a row, not the row.

// result[i] = table[rows[i]], and `absent` in every column where rows[i] is negative. Rows of `width` numbers.
COPY_KERNEL void gather_rows(
    global const float *table, const ulong table_at, global const int *rows, const uint row_count, const uint width,
    const float absent, global float *result, const ulong result_at) {
  const ulong i = get_group_id(0) * COPY_ROWS + get_local_id(1);
  if (i >= row_count) return;
  const int row = rows[i];
  global const float *from = table + table_at + (ulong)max(row, 0) * width;
  global float *to = result + result_at + i * width;
  for (uint column = get_local_id(0); column < width; column += 16) to[column] = row >= 0 ? from[column] : absent;
}
