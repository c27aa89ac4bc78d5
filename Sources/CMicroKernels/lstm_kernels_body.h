// The body of one instruction set's kernels. The including file defines LANES (floats in a vector), ROWS (rows of a
// register tile), NAME and SET_NAME, and pushes the target attribute.
//
// A packed matrix is a row of panels; a panel is 4 · LANES columns wide and stored inner-index-major, so that a tile of
// ROWS × 4 vectors of sums stays in registers while the panel streams by. Columns past the end are zeros.

#include "lstm_kernels.h"

#include <string.h>

typedef float Vector __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t Integers __attribute__((vector_size(LANES * 4), aligned(4)));
#define INLINE static inline __attribute__((always_inline))

INLINE Vector load(const float *p) { return *(const Vector *)p; }
INLINE void store(float *p, Vector v) { *(Vector *)p = v; }
INLINE Vector splat(float x) { return x - (Vector){0}; }
INLINE Vector choose(Integers mask, Vector yes, Vector no) {
  return (Vector)((mask & (Integers)yes) | (~mask & (Integers)no));
}
INLINE Vector clamp(Vector x, float low, float high) {
  x = choose(x < low, splat(low), x);
  return choose(x > high, splat(high), x);
}

// e^x within 2 ulp: x = n ln 2 + r, a polynomial of degree 6 for e^r (Cephes expf), 2^n through the exponent bits.
INLINE Vector exponential(Vector x) {
  x = clamp(x, -87.0f, 88.0f);
  Vector n = (x * 1.44269504088896341f + 12582912.0f) - 12582912.0f;
  Vector r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  Vector p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  return (Vector)((Integers)p + (__builtin_convertvector(n, Integers) << 23));
}

INLINE Vector sigmoid(Vector x) { return 1.0f / (1.0f + exponential(-x)); }

// tanh as a rational function of degrees 13 and 6 (Eigen's coefficients): 6 ulp over the whole range, one division.
INLINE Vector hyperbolicTangent(Vector x) {
  x = clamp(x, -7.90531110763549805f, 7.90531110763549805f);
  Vector s = x * x;
  Vector p = splat(-2.76076847742355e-16f);
  p = p * s + 2.00018790482477e-13f;
  p = p * s + -8.60467152213735e-11f;
  p = p * s + 5.12229709037114e-08f;
  p = p * s + 1.48572235717979e-05f;
  p = p * s + 6.37261928875436e-04f;
  p = p * s + 4.89352455891786e-03f;
  Vector q = splat(1.19825839466702e-06f);
  q = q * s + 1.18534705686654e-04f;
  q = q * s + 2.26843463243900e-03f;
  q = q * s + 4.89352518554385e-03f;
  return x * p / q;
}

static size_t packedSize(size_t inner, size_t columns) {
  return (columns + 4 * LANES - 1) / (4 * LANES) * (4 * LANES) * inner;
}

static void packGatePanels(const float *matrix, size_t inner, size_t hiddenSize, float *packed) {
  for (size_t unit = 0; unit < hiddenSize; unit += LANES) {
    size_t width = hiddenSize - unit < LANES ? hiddenSize - unit : LANES;
    for (size_t k = 0; k < inner; k++)
      for (size_t gate = 0; gate < 4; gate++, packed += LANES) {
        memcpy(packed, matrix + (k * 4 + gate) * hiddenSize + unit, width * sizeof(float));
        memset(packed + width, 0, (LANES - width) * sizeof(float));
      }
  }
}

static void packColumnPanels(const float *matrix, size_t columns, size_t inner, float *packed) {
  for (size_t column = 0; column < columns; column += 4 * LANES) {
    size_t width = columns - column < 4 * LANES ? columns - column : 4 * LANES;
    for (size_t j = 0; j < width; j++) {
      const float *source = matrix + (column + j) * inner;
      for (size_t k = 0; k < inner; k++) packed[k * 4 * LANES + j] = source[k];
    }
    for (size_t j = width; j < 4 * LANES; j++)
      for (size_t k = 0; k < inner; k++) packed[k * 4 * LANES + j] = 0;
    packed += inner * 4 * LANES;
  }
}

// sums[r][g] = Σ_k rows[r][k] · panel[k][g], for a constant number of rows.
INLINE void tileProduct(
  Vector sums[ROWS][4], const float *const *rows, size_t rowCount, const float *panel, size_t inner) {
#pragma clang loop unroll(full)
  for (size_t r = 0; r < rowCount; r++)
#pragma clang loop unroll(full)
    for (size_t g = 0; g < 4; g++) sums[r][g] = (Vector){0};
  for (size_t k = 0; k < inner; k++, panel += 4 * LANES) {
    Vector b[4] = {load(panel), load(panel + LANES), load(panel + 2 * LANES), load(panel + 3 * LANES)};
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rowCount; r++) {
      Vector a = splat(rows[r][k]);
#pragma clang loop unroll(full)
      for (size_t g = 0; g < 4; g++) sums[r][g] += a * b[g];
    }
  }
}

INLINE void storeLanes(float *target, Vector value, size_t width) {
  if (width == LANES) store(target, value);
  else memcpy(target, &value, width * sizeof(float));
}

INLINE Vector loadLanes(const float *source, size_t width) {
  if (width == LANES) return load(source);
  Vector value = {0};
  memcpy(&value, source, width * sizeof(float));
  return value;
}

// A register tile of `count` rows from `row` on, one panel: product, gates, states.
INLINE void forwardTile(
  const SegueForwardStep *s, size_t row, size_t count, size_t unit, const float *panel) {
  Vector sums[ROWS][4];
  const float *rows[ROWS];
  size_t h = s->hiddenSize, width = h - unit < LANES ? h - unit : LANES;
  for (size_t r = 0; r < count; r++) rows[r] = s->operands + (row + r * s->rowStep) * s->operandStride;
  tileProduct(sums, rows, count, panel, s->operandSize);
#pragma clang loop unroll(full)
  for (size_t r = 0; r < count; r++) {
    size_t index = row + r * s->rowStep, at = index * h + unit;
    Vector i = sigmoid(sums[r][0]), f = sigmoid(sums[r][1]);
    Vector g = hyperbolicTangent(sums[r][2]), o = sigmoid(sums[r][3]);
    Vector c = f * loadLanes(s->previousCells + at, width) + i * g;
    Vector y = o * hyperbolicTangent(c);
    float *gates = s->gates + index * 4 * h + unit;
    storeLanes(gates, i, width);
    storeLanes(gates + h, f, width);
    storeLanes(gates + 2 * h, g, width);
    storeLanes(gates + 3 * h, o, width);
    storeLanes(s->cells + at, c, width);
    storeLanes(s->hidden + at, y, width);
    if (index < s->nextRowCount) storeLanes(s->nextHidden + index * s->operandStride + unit, y, width);
  }
}

// Calls `tile` for all rows of the shard in tiles of ROWS, the last one smaller; each size is its own constant.
#define FOR_EACH_TILE(s, tile)                                                              \
  for (size_t row = (s)->firstRow; row < (s)->rowCount; row += ROWS * (s)->rowStep) {       \
    size_t left = ((s)->rowCount - row + (s)->rowStep - 1) / (s)->rowStep;                  \
    switch (left < ROWS ? left : ROWS) {                                                    \
      TILE_CASES(tile)                                                                      \
    }                                                                                       \
  }
#define TILE_CASE(n, tile) \
  case n: { enum { count = n }; tile; break; }
#if ROWS == 6
#define TILE_CASES(tile) \
  TILE_CASE(1, tile) TILE_CASE(2, tile) TILE_CASE(3, tile) TILE_CASE(4, tile) TILE_CASE(5, tile) TILE_CASE(6, tile)
#elif ROWS == 3
#define TILE_CASES(tile) TILE_CASE(1, tile) TILE_CASE(2, tile) TILE_CASE(3, tile)
#elif ROWS == 2
#define TILE_CASES(tile) TILE_CASE(1, tile) TILE_CASE(2, tile)
#endif

static void lstmForward(const SegueForwardStep *s) {
  const float *panel = s->packedWeights;
  for (size_t unit = 0; unit < s->hiddenSize; unit += LANES, panel += s->operandSize * 4 * LANES) {
    FOR_EACH_TILE(s, forwardTile(s, row, count, unit, panel))
  }
}

INLINE void productTile(
  const SegueRowProduct *s, size_t row, size_t count, size_t column, const float *panel) {
  Vector sums[ROWS][4];
  const float *rows[ROWS];
  for (size_t r = 0; r < count; r++) rows[r] = s->rows + (row + r * s->rowStep) * s->rowStride;
  tileProduct(sums, rows, count, panel, s->inner);
#pragma clang loop unroll(full)
  for (size_t r = 0; r < count; r++) {
    float *out = s->out + (row + r * s->rowStep) * s->outStride + column;
#pragma clang loop unroll(full)
    for (size_t g = 0; g < 4; g++) {
      size_t from = column + g * LANES;
      if (from < s->columns)
        storeLanes(out + g * LANES, sums[r][g], s->columns - from < LANES ? s->columns - from : LANES);
    }
  }
}

static void rowProduct(const SegueRowProduct *s) {
  const float *panel = s->packedMatrix;
  for (size_t column = 0; column < s->columns; column += 4 * LANES, panel += s->inner * 4 * LANES) {
    FOR_EACH_TILE(s, productTile(s, row, count, column, panel))
  }
}

static void lstmBackward(const SegueBackwardStep *s) {
  size_t h = s->hiddenSize;
  for (size_t row = s->firstRow; row < s->rowCount; row += s->rowStep) {
    float *gates = s->gates + row * 4 * h;
    for (size_t unit = 0; unit < h; unit += LANES) {
      size_t at = row * h + unit, width = h - unit < LANES ? h - unit : LANES;
      Vector i = loadLanes(gates + unit, width), f = loadLanes(gates + h + unit, width);
      Vector g = loadLanes(gates + 2 * h + unit, width), o = loadLanes(gates + 3 * h + unit, width);
      Vector dh = loadLanes(s->carriedHidden + at, width);
      if (s->hiddenGradient) dh += loadLanes(s->hiddenGradient + at, width);
      Vector y = hyperbolicTangent(loadLanes(s->cells + at, width));
      Vector dc = loadLanes(s->carriedCell + at, width) + dh * o * (1.0f - y * y);
      storeLanes(gates + unit, dc * g * i * (1.0f - i), width);
      storeLanes(gates + h + unit, dc * loadLanes(s->previousCells + at, width) * f * (1.0f - f), width);
      storeLanes(gates + 2 * h + unit, dc * i * (1.0f - g * g), width);
      storeLanes(gates + 3 * h + unit, dh * y * o * (1.0f - o), width);
      storeLanes(s->carriedCell + at, dc * f, width);
    }
  }
}

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

const SegueKernels SET_NAME = {
  NAME, LANES, packedSize, packGatePanels, packColumnPanels, lstmForward, lstmBackward, rowProduct, rmspropUpdate,
};
