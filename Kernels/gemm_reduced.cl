// The products of gemm.cl with operands of fewer digits and 32-bit sums, as matrix units compute them:
//
//   C[i][j] = Σ_k round(A[i][k])·round(B[k][j])        A (m, k), B (k, n), C (m, n)
//
//   BFLOAT16     0: TF32, 10 explicit digits, ties away from zero; 1: bfloat16, 7 digits, ties to even
//   MATRIX_UNIT  1: NVIDIA's mma.sync (PTX ISA, m16n8k8 .tf32 and m16n8k16 .bf16, compute capability 8.0)
//                2: the same fragments multiplied by the work-items themselves, which proves the layout on any device
//
// A warp of 32 work-items holds a 16 × 8 piece of C. A word is one TF32 value or two bfloat16 that follow each other in k,
// and a piece takes 8 words of k: with group = lane / 4 and part = lane % 4 a lane holds of
//
//   A   words part and part + 4 of rows group and group + 8      {a0, a1} = part, {a2, a3} = part + 4
//   B   words part and part + 4 of column group
//   C   columns 2·part and 2·part + 1 of rows group and group + 8
//
// Tiles, chunks of k and their partial sums are those of gemm.cl; both operands are staged with k innermost.

#define MATRIX_ROWS 128
#define MATRIX_COLUMNS 64
#define MATRIX_GROUP 256
#if MATRIX_UNIT == 1
#define DEPTH_WORDS 32
#else
#define DEPTH_WORDS 16  // leaves local memory for the fragments, also where there are 32 KiB
#endif
#if BFLOAT16
#define WORD_VALUES 2
#else
#define WORD_VALUES 1
#endif
#define MATRIX_DEPTH (DEPTH_WORDS * WORD_VALUES)
// Four words more put the eight rows that a warp reads at once into different banks.
#define MATRIX_PITCH (DEPTH_WORDS + 4)
// A warp computes WARP_PIECES_M × 16 rows and WARP_PIECES_N × 8 columns.
#define WARP_PIECES_M 2
#define WARP_PIECES_N 4
#define WARPS_ALONG_COLUMNS (MATRIX_COLUMNS / (8 * WARP_PIECES_N))
#define FRAGMENT_WORDS 6

PART uint rounded(const float value) {
  const uint bits = as_uint(value);
  const bool is_finite = (bits & 0x7f800000) != 0x7f800000;
  const uint other = bits & 0x7fffff ? bits | 0x400000 : bits;  // NaN stays NaN without its last digits
#if BFLOAT16
  return (is_finite ? bits + 0x7fff + (bits >> 16 & 1) : other) >> 16;
#else
  return (is_finite ? bits + 0x1000 : other) & 0xffffe000;
#endif
}

// The word that begins at k of a line of values that lie `stride` apart; 0 from k_end on.
PART uint staged_word(global const float *line, const ulong stride, const uint k, const uint k_end) {
#if BFLOAT16
  const uint low = k < k_end ? rounded(line[k * stride]) : 0;
  const uint high = k + 1 < k_end ? rounded(line[(k + 1) * stride]) : 0;
  return low | high << 16;
#else
  return k < k_end ? rounded(line[k * stride]) : 0;
#endif
}

#if MATRIX_UNIT == 1
PART void multiply_pieces(float *c, const uint *a, const uint *b, local uint *fragments) {
#if BFLOAT16
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
#else
  asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
#endif
               "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#define FRAGMENTS 1
#else
PART float word_product(const uint x, const uint y) {
#if BFLOAT16
  return as_float(x << 16) * as_float(y << 16) + as_float(x & 0xffff0000) * as_float(y & 0xffff0000);
#else
  return as_float(x) * as_float(y);
#endif
}

PART void multiply_pieces(float *c, const uint *a, const uint *b, local uint *fragments) {
  const uint item = get_local_id(0), lane = item % 32;
  local uint *own = fragments + item * FRAGMENT_WORDS;
  local const uint *warp = fragments + (item - lane) * FRAGMENT_WORDS;
  for (uint i = 0; i < 4; i++) own[i] = a[i];
  for (uint i = 0; i < 2; i++) own[4 + i] = b[i];
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint i = 0; i < 4; i++) {
    const uint row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
    for (uint word = 0; word < 8; word++) {
      const uint x = warp[(row % 8 * 4 + word % 4) * FRAGMENT_WORDS + word / 4 * 2 + row / 8];
      const uint y = warp[(column * 4 + word % 4) * FRAGMENT_WORDS + 4 + word / 4];
      c[i] += word_product(x, y);
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
}
#define FRAGMENTS (MATRIX_GROUP * FRAGMENT_WORDS)
#endif

// transposed_a: A is stored as (k, m); transposed_b: B is stored as (n, k). Both are constants of the callers.
PART void reduced_tile(
    const uint m, const uint n, const uint k, const uint chunk, global const float *a, const uint lda,
    global const float *b, const uint ldb, global float *c, const uint ldc, local uint *a_tile, local uint *b_tile,
    local uint *fragments, const bool transposed_a, const bool transposed_b) {
  const uint item = get_local_id(0);
  const uint lane = item % 32, lane_group = lane / 4, lane_part = lane % 4;
  const uint warp_row = item / 32 / WARPS_ALONG_COLUMNS * 16 * WARP_PIECES_M;
  const uint warp_column = item / 32 % WARPS_ALONG_COLUMNS * 8 * WARP_PIECES_N;
  const uint first_row = get_group_id(0) * MATRIX_ROWS;
  const uint first_column = get_group_id(1) * MATRIX_COLUMNS;
  const uint k_begin = get_group_id(2) * chunk;
  const uint k_end = min(k, k_begin + chunk);

  float sums[WARP_PIECES_M][WARP_PIECES_N][4];
#pragma unroll
  for (uint i = 0; i < WARP_PIECES_M; i++)
#pragma unroll
    for (uint j = 0; j < WARP_PIECES_N; j++)
#pragma unroll
      for (uint v = 0; v < 4; v++) sums[i][j][v] = 0.0f;

  for (uint k_tile = k_begin; k_tile < k_end; k_tile += MATRIX_DEPTH) {
    for (uint index = item; index < MATRIX_ROWS * DEPTH_WORDS; index += MATRIX_GROUP) {
      const uint i = transposed_a ? index % MATRIX_ROWS : index / DEPTH_WORDS;
      const uint word = transposed_a ? index / MATRIX_ROWS : index % DEPTH_WORDS;
      const uint row = first_row + i;
      global const float *line = transposed_a ? a + row : a + (ulong)row * lda;
      a_tile[i * MATRIX_PITCH + word] =
          row < m ? staged_word(line, transposed_a ? lda : 1, k_tile + word * WORD_VALUES, k_end) : 0;
    }
    for (uint index = item; index < MATRIX_COLUMNS * DEPTH_WORDS; index += MATRIX_GROUP) {
      const uint j = transposed_b ? index / DEPTH_WORDS : index % MATRIX_COLUMNS;
      const uint word = transposed_b ? index % DEPTH_WORDS : index / MATRIX_COLUMNS;
      const uint column = first_column + j;
      global const float *line = transposed_b ? b + (ulong)column * ldb : b + column;
      b_tile[j * MATRIX_PITCH + word] =
          column < n ? staged_word(line, transposed_b ? 1 : ldb, k_tile + word * WORD_VALUES, k_end) : 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
    for (uint word = 0; word < DEPTH_WORDS; word += 8) {
      uint b_words[WARP_PIECES_N][2];
#pragma unroll
      for (uint j = 0; j < WARP_PIECES_N; j++) {
        local const uint *from = b_tile + (warp_column + j * 8 + lane_group) * MATRIX_PITCH + word + lane_part;
        b_words[j][0] = from[0];
        b_words[j][1] = from[4];
      }
#pragma unroll
      for (uint i = 0; i < WARP_PIECES_M; i++) {
        local const uint *from = a_tile + (warp_row + i * 16 + lane_group) * MATRIX_PITCH + word + lane_part;
        const uint a_words[4] = {from[0], from[8 * MATRIX_PITCH], from[4], from[8 * MATRIX_PITCH + 4]};
#pragma unroll
        for (uint j = 0; j < WARP_PIECES_N; j++) multiply_pieces(sums[i][j], a_words, b_words[j], fragments);
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

  c += (ulong)get_group_id(2) * m * n;
#pragma unroll
  for (uint i = 0; i < WARP_PIECES_M; i++)
#pragma unroll
    for (uint j = 0; j < WARP_PIECES_N; j++)
#pragma unroll
      for (uint v = 0; v < 4; v++) {
        const uint row = first_row + warp_row + i * 16 + lane_group + v / 2 * 8;
        const uint column = first_column + warp_column + j * 8 + lane_part * 2 + v % 2;
        if (row < m && column < n) c[(ulong)row * ldc + column] = sums[i][j][v];
      }
}

#define REDUCED_KERNEL(name, transposed_a, transposed_b)                                                              \
  kernel __attribute__((reqd_work_group_size(MATRIX_GROUP, 1, 1))) void name(                                         \
      global const float *a, const ulong a_at, const uint lda, global const float *b, const ulong b_at,               \
      const uint ldb, global float *c, const ulong c_at, const uint ldc, const uint m, const uint n, const uint k,    \
      const uint chunk) {                                                                                             \
    local uint a_tile[MATRIX_ROWS * MATRIX_PITCH], b_tile[MATRIX_COLUMNS * MATRIX_PITCH];                             \
    local uint fragments[FRAGMENTS];                                                                                  \
    reduced_tile(m, n, k, chunk, a + a_at, lda, b + b_at, ldb, c + c_at, ldc, a_tile, b_tile, fragments,              \
                 transposed_a, transposed_b);                                                                         \
  }

REDUCED_KERNEL(gemm_reduced, false, false)
REDUCED_KERNEL(gemm_left_transposed_reduced, true, false)
REDUCED_KERNEL(gemm_right_transposed_reduced, false, true)
