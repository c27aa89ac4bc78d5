#include "scan.h"

#include <math.h>
#include <stdint.h>

enum { lanes = 16, numbers = 29 };
typedef float vector __attribute__((ext_vector_type(16)));
typedef int32_t integers __attribute__((ext_vector_type(16)));

#if defined(__x86_64__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
float segueScan(const float *songs, size_t blockCount, const float *query, size_t *nearest) {
  vector best = (vector){0} + INFINITY;
  integers bestBlock = {0};
  for (size_t block = 0; block < blockCount; block++) {
    const vector *song = (const vector *)songs + block * numbers;
    vector difference = query[0] - song[0], even = difference * difference, odd = {0};
#pragma clang loop unroll(full)
    for (int i = 1; i < numbers; i += 2) {
      difference = query[i] - song[i], odd += difference * difference;
      difference = query[i + 1] - song[i + 1], even += difference * difference;
    }
    vector distance = even + odd;
    integers isNearer = distance < best;
    best = isNearer ? distance : best;
    bestBlock = isNearer ? (integers){0} + (int32_t)block : bestBlock;
  }
  int lane = 0;
  for (int i = 1; i < lanes; i++) lane = best[i] < best[lane] ? i : lane;
  *nearest = (size_t)bestBlock[lane] * lanes + lane;
  return best[lane];
}
