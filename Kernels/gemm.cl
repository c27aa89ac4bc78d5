// Matrix products C = A·B of any size, with A or B transposed, and sums over rows.
//
//   C[i][j] = Σ_k A[i][k]·B[k][j]        A (m, k), B (k, n), C (m, n)
//
// A work-group computes a PRODUCT_ROWS × PRODUCT_COLUMNS tile of C, PRODUCT_DEPTH products at a time, which it stages in
// local memory; a work-item keeps PRODUCT_ITEM_ROWS × PRODUCT_ITEM_COLUMNS sums in registers. Each stage is added up by
// itself before it joins the total, which keeps the rounding error of a long k small. What lies outside the matrices is
// staged as 0 and not stored.
//
// Tiles of rows are numbered by dimension 0, because many devices allow only 65,535 groups in the others.
//
// A small C with a long k would leave most of the device idle, so k can be cut into chunks: work-groups with
// get_group_id(2) = s add up the s-th chunk into C + s·m·n, and `sum_partials` adds the parts in the order of s.

#define PRODUCT_GROUP_COLUMNS (PRODUCT_COLUMNS / PRODUCT_ITEM_COLUMNS)
#define PRODUCT_GROUP_ROWS (PRODUCT_ROWS / PRODUCT_ITEM_ROWS)
#define PRODUCT_GROUP (PRODUCT_GROUP_COLUMNS * PRODUCT_GROUP_ROWS)
// A row of the staged A is one column of A; four floats more keep neighbouring rows in different banks.
#define PRODUCT_PITCH (PRODUCT_ROWS + 4)
typedef VECTOR(PRODUCT_ITEM_COLUMNS) columns_t;

// transposed_a: A is stored as (k, m); transposed_b: B is stored as (n, k). Both are constants of the callers.
PART void gemm_tile(
    const uint m, const uint n, const uint k, const uint chunk, global const float *a, const uint lda,
    global const float *b, const uint ldb, global float *c, const uint ldc, local float *a_tile,
    local columns_t *b_tile, const bool transposed_a, const bool transposed_b) {
  local float *b_values = (local float *)b_tile;
  const uint item_column = get_local_id(0);
  const uint item_row = get_local_id(1);
  const uint item = item_row * PRODUCT_GROUP_COLUMNS + item_column;
  const uint first_row = get_group_id(0) * PRODUCT_ROWS;
  const uint first_column = get_group_id(1) * PRODUCT_COLUMNS;
  const uint k_begin = get_group_id(2) * chunk;
  const uint k_end = min(k, k_begin + chunk);

  columns_t sums[PRODUCT_ITEM_ROWS];
#pragma unroll
  for (uint i = 0; i < PRODUCT_ITEM_ROWS; i++) sums[i] = (columns_t)(0.0f);

  for (uint k_tile = k_begin; k_tile < k_end; k_tile += PRODUCT_DEPTH) {
    for (uint index = item; index < PRODUCT_ROWS * PRODUCT_DEPTH; index += PRODUCT_GROUP) {
      const uint i = transposed_a ? index % PRODUCT_ROWS : index / PRODUCT_DEPTH;
      const uint d = transposed_a ? index / PRODUCT_ROWS : index % PRODUCT_DEPTH;
      const uint row = first_row + i, depth = k_tile + d;
      const ulong at = transposed_a ? (ulong)depth * lda + row : (ulong)row * lda + depth;
      a_tile[d * PRODUCT_PITCH + i] = row < m && depth < k_end ? a[at] : 0.0f;
    }
    for (uint index = item; index < PRODUCT_COLUMNS * PRODUCT_DEPTH; index += PRODUCT_GROUP) {
      const uint j = transposed_b ? index / PRODUCT_DEPTH : index % PRODUCT_COLUMNS;
      const uint d = transposed_b ? index % PRODUCT_DEPTH : index / PRODUCT_COLUMNS;
      const uint column = first_column + j, depth = k_tile + d;
      const ulong at = transposed_b ? (ulong)column * ldb + depth : (ulong)depth * ldb + column;
      b_values[d * PRODUCT_COLUMNS + j] = column < n && depth < k_end ? b[at] : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    columns_t stage[PRODUCT_ITEM_ROWS];
#pragma unroll
    for (uint i = 0; i < PRODUCT_ITEM_ROWS; i++) stage[i] = (columns_t)(0.0f);
#pragma unroll 4
    for (uint d = 0; d < PRODUCT_DEPTH; d++) {
      const columns_t b_row = b_tile[d * PRODUCT_GROUP_COLUMNS + item_column];
#pragma unroll
      for (uint i = 0; i < PRODUCT_ITEM_ROWS; i++)
        stage[i] += a_tile[d * PRODUCT_PITCH + item_row * PRODUCT_ITEM_ROWS + i] * b_row;
    }
#pragma unroll
    for (uint i = 0; i < PRODUCT_ITEM_ROWS; i++) sums[i] += stage[i];
    barrier(CLK_LOCAL_MEM_FENCE);
  }

  c += (ulong)get_group_id(2) * m * n;
  const uint column = first_column + item_column * PRODUCT_ITEM_COLUMNS;
#pragma unroll
  for (uint i = 0; i < PRODUCT_ITEM_ROWS; i++) {
    const uint row = first_row + item_row * PRODUCT_ITEM_ROWS + i;
    if (row >= m || column >= n) continue;
    global float *to = c + (ulong)row * ldc + column;
    if (column + PRODUCT_ITEM_COLUMNS <= n) {
      STORE(PRODUCT_ITEM_COLUMNS, sums[i], to);
    } else {
      float values[PRODUCT_ITEM_COLUMNS];
      STORE(PRODUCT_ITEM_COLUMNS, sums[i], values);
#pragma unroll
      for (uint j = 0; j < PRODUCT_ITEM_COLUMNS; j++)
        if (column + j < n) to[j] = values[j];
    }
  }
}

#define PRODUCT_KERNEL(name, transposed_a, transposed_b)                                                              \
  kernel __attribute__((reqd_work_group_size(PRODUCT_GROUP_COLUMNS, PRODUCT_GROUP_ROWS, 1))) void name(               \
      global const float *a, const ulong a_at, const uint lda, global const float *b, const ulong b_at,               \
      const uint ldb, global float *c, const ulong c_at, const uint ldc, const uint m, const uint n, const uint k,    \
      const uint chunk) {                                                                                             \
    local float a_tile[PRODUCT_DEPTH * PRODUCT_PITCH] __attribute__((aligned(64)));                                   \
    local columns_t b_tile[PRODUCT_DEPTH * PRODUCT_GROUP_COLUMNS];                                                    \
    gemm_tile(m, n, k, chunk, a + a_at, lda, b + b_at, ldb, c + c_at, ldc, a_tile, b_tile, transposed_a,              \
              transposed_b);                                                                                          \
  }

PRODUCT_KERNEL(gemm, false, false)
PRODUCT_KERNEL(gemm_left_transposed, true, false)
PRODUCT_KERNEL(gemm_right_transposed, false, true)

// sums[i] = Σ_s partials[s·count + i], s in order.
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void sum_partials(
    global const float *partials, const uint parts, const ulong count, global float *sums, const ulong sums_at) {
  const ulong i = get_global_id(0);
  if (i >= count) return;
  float sum = 0.0f;
  for (uint s = 0; s < parts; s++) sum += partials[s * count + i];
  sums[sums_at + i] = sum;
}

// partials[s·n + j] = Σ matrix[i][j] over the s-th chunk of rows; matrix (m, n).
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void column_sums(
    global const float *matrix, const ulong matrix_at, const uint m, const uint n, const uint chunk,
    global float *partials) {
  const uint j = get_global_id(0);
  const uint s = get_global_id(1);
  if (j >= n) return;
  const uint end = min(m, (s + 1) * chunk);
  float sum = 0.0f;
  for (uint i = s * chunk; i < end; i++) sum += matrix[matrix_at + (ulong)i * n + j];
  partials[(ulong)s * n + j] = sum;
}
