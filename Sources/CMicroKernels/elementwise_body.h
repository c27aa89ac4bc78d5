// What takes each number of a slab by itself: optimisers and dropout. A part of lstm_kernels_body.h.

static void rmspropUpdate(
  float *parameters, const float *gradients, float *meanSquares, size_t count, float learningRate, float rho,
  float epsilon) {
  for (size_t n = 0; n < count; n += LANES) {
    size_t width = count - n < LANES ? count - n : LANES;
    Vector g = loadLanes(gradients + n, width);
    Vector v = rho * loadLanes(meanSquares + n, width) + (1.0f - rho) * (g * g);
    storeLanes(meanSquares + n, v, width);
    Vector step = learningRate * g / __builtin_elementwise_sqrt(v + epsilon);
    storeLanes(parameters + n, loadLanes(parameters + n, width) - step, width);
  }
}

static void adamwUpdate(
  float *parameters, const float *gradients, float *firstMoments, float *secondMoments, size_t count, SegueAdamW s) {
  for (size_t n = 0; n < count; n += LANES) {
    size_t width = count - n < LANES ? count - n : LANES;
    Vector g = loadLanes(gradients + n, width);
    Vector m = s.beta1 * loadLanes(firstMoments + n, width) + s.gradientShare * g;
    Vector v = s.beta2 * loadLanes(secondMoments + n, width) + s.squareShare * (g * g);
    storeLanes(firstMoments + n, m, width);
    storeLanes(secondMoments + n, v, width);
    Vector step = s.stepSize * m / (__builtin_elementwise_sqrt(v) * s.rootScale + s.epsilon);
    storeLanes(parameters + n, s.decay * loadLanes(parameters + n, width) - step, width);
  }
}

typedef uint32_t Words __attribute__((vector_size(LANES * 4), aligned(4)));
typedef uint64_t LongWords __attribute__((vector_size(LANES * 4), aligned(4)));

// The two halves of all products a · factor.
INLINE void multiplyLong(Words a, uint64_t factor, Words *high, Words *low) {
  LongWords even = ((LongWords)a & 0xFFFFFFFF) * factor, odd = ((LongWords)a >> 32) * factor;
  *high = (Words)((even >> 32) | (odd & 0xFFFFFFFF00000000));
  *low = (Words)((even & 0xFFFFFFFF) | (odd << 32));
}

#if LANES == 4
#define ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define NUMBERS {0, 1, 2, 3}
#elif LANES == 8
#define ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define NUMBERS {0, 1, 2, 3, 4, 5, 6, 7}
#else
#define ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define NUMBERS {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
#endif

// The words of LANES blocks of a stream from `first` on, in the order of the stream (Philox.swift; Salmon et al. 2011).
INLINE void streamWords(const uint32_t *key, const uint32_t *stream, uint32_t first, Words ordered[4]) {
  const Words numbers = NUMBERS, zero = {0};
  Words c0 = numbers + first, c1 = zero, c2 = zero + stream[0], c3 = zero + stream[1], low0, high0, low1, high1;
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++, k0 += 0x9E3779B9, k1 += 0xBB67AE85) {
    multiplyLong(c0, 0xD2511F53, &high0, &low0);
    multiplyLong(c2, 0xCD9E8D57, &high1, &low1);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
  }
  Words even = ZIP_LOW(c0, c2), odd = ZIP_LOW(c1, c3);
  ordered[0] = ZIP_LOW(even, odd);
  ordered[1] = ZIP_HIGH(even, odd);
  even = ZIP_HIGH(c0, c2), odd = ZIP_HIGH(c1, c3);
  ordered[2] = ZIP_LOW(even, odd);
  ordered[3] = ZIP_HIGH(even, odd);
}

static void dropout(const SegueDropout *s) {
  for (size_t n = 0; n < s->count; n += 4 * LANES) {
    Words words[4];
    streamWords(s->key, s->stream, s->firstBlock + (uint32_t)(n / 4), words);
    for (size_t v = 0; v < 4 && n + v * LANES < s->count; v++) {
      size_t at = n + v * LANES, width = s->count - at < LANES ? s->count - at : LANES;
      Vector value = s->values ? loadLanes(s->values + at, width) * s->scale : splat(s->scale);
      storeLanes(s->result + at, choose(words[v] >= s->threshold, value, (Vector){0}), width);
    }
  }
}
