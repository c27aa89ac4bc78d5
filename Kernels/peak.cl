// What a device can reach, for the benchmark's roofline; a program of its own, together with common.cl. CHAINS and LANES
// come from the host, which counts with them.

// Rounds of CHAINS · LANES fused multiply-adds on registers alone, in chains that do not wait for each other.
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void fused_multiply_adds(
    global float *sums, const ulong sums_at, const ulong count, const uint rounds) {
  const ulong i = get_global_id(0);
  if (i >= count) return;
  const VECTOR(LANES) factor = 0.999f;
  const VECTOR(LANES) addend = 0.001f;
  VECTOR(LANES) chain[CHAINS];
#pragma unroll
  for (uint c = 0; c < CHAINS; c++) chain[c] = (float)(i + c);
  for (uint round = 0; round < rounds; round++) {
#pragma unroll
    for (uint c = 0; c < CHAINS; c++) chain[c] = fma(chain[c], factor, addend);
  }
  VECTOR(LANES) sum = chain[0];
#pragma unroll
  for (uint c = 1; c < CHAINS; c++) sum += chain[c];
  sums[sums_at + i] = SUM_OF(LANES, sum);
}

// c = a + b / 2: the triad of STREAM.
kernel __attribute__((reqd_work_group_size(GROUP_SIZE, 1, 1))) void triad(
    global const float *a, const ulong a_at, global const float *b, const ulong b_at, global float *c,
    const ulong c_at, const ulong count) {
  const ulong i = get_global_id(0);
  if (i < count) c[c_at + i] = a[a_at + i] + 0.5f * b[b_at + i];
}
