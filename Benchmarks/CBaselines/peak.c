#include "peak.h"

// Enough independent chains to hide the latency of the unit on every processor so far, few enough for 16 registers.
enum { CHAINS = 12 };

// The sum is written to a volatile, so that the compiler cannot leave the work out.
#define ROUNDS(lanes, multiplyAdd)                                                       \
  typedef float Vector __attribute__((vector_size(4 * (lanes))));                        \
  Vector chain[CHAINS], factor = (Vector){0} + 0.999f, addend = (Vector){0} + 0.001f;    \
  for (int c = 0; c < CHAINS; c++) chain[c] = (Vector){0} + (float)c;                    \
  for (long round = 0; round < rounds; round++)                                          \
    _Pragma("clang loop unroll(full)") for (int c = 0; c < CHAINS; c++)                  \
      chain[c] = multiplyAdd(chain[c], factor, addend);                                  \
  Vector sum = {0};                                                                      \
  for (int c = 0; c < CHAINS; c++) sum += chain[c];                                      \
  volatile float kept = sum[0];                                                          \
  (void)kept;                                                                            \
  return 2.0 * (lanes) * CHAINS * (double)rounds;

#define FUSED(a, b, c) __builtin_elementwise_fma(a, b, c)
#define SEPARATE(a, b, c) ((a) * (b) + (c))

#if defined(__x86_64__)
__attribute__((target("avx512f"))) static double roundsAVX512(long rounds) { ROUNDS(16, FUSED) }
__attribute__((target("avx2,fma"))) static double roundsAVX2(long rounds) { ROUNDS(8, FUSED) }
static double roundsPlain(long rounds) { ROUNDS(4, SEPARATE) }

double seguePeakRounds(long rounds) {
  if (__builtin_cpu_supports("avx512f")) return roundsAVX512(rounds);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return roundsAVX2(rounds);
  return roundsPlain(rounds);
}
#else
double seguePeakRounds(long rounds) { ROUNDS(4, FUSED) }
#endif
