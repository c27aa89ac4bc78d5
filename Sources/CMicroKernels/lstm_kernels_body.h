// The body of one instruction set's kernels. The including file defines LANES (floats in a vector), VECTORS (vectors in a
// row of a register tile: 4, 2 or 1), NAME and SET_NAME, and pushes the target attribute.
//
// A packed matrix is a row of panels; a panel is VECTORS · LANES columns wide and stored inner-index-major, so that a
// tile of ROWS × VECTORS vectors of sums stays in registers while the panel streams by. Columns past the end are zeros.

#include "lstm_kernels.h"

#include <string.h>

typedef float Vector __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t Integers __attribute__((vector_size(LANES * 4), aligned(4)));
#define INLINE static inline __attribute__((always_inline))
enum { ROWS = 6, WIDTH = VECTORS * LANES };

INLINE Vector load(const float *p) { return *(const Vector *)p; }
INLINE void store(float *p, Vector v) { *(Vector *)p = v; }
// Past the caches: for what is read much later, by when the caches would have lost it. p is aligned to the vector.
INLINE void stream(float *p, Vector v) {
  typedef float Aligned __attribute__((vector_size(LANES * 4)));
  __builtin_nontemporal_store(v, (Aligned *)p);
}
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

// The panels that hold all four gates of LANES units: 4 / VECTORS panels of VECTORS gates each.
static void packGatePanels(const float *matrix, size_t inner, size_t hiddenSize, size_t block, float *packed) {
  size_t unit = block * LANES, width = hiddenSize - unit < LANES ? hiddenSize - unit : LANES;
  packed += block * 4 * LANES * inner;
  for (size_t first = 0; first < 4; first += VECTORS)
    for (size_t k = 0; k < inner; k++)
      for (size_t gate = first; gate < first + VECTORS; gate++, packed += LANES) {
        memcpy(packed, matrix + (k * 4 + gate) * hiddenSize + unit, width * sizeof(float));
        memset(packed + width, 0, (LANES - width) * sizeof(float));
      }
}

static void packColumnPanel(const SegueMatrix *matrix, size_t panel, float *packed) {
  size_t column = panel * WIDTH, width = matrix->columns - column < WIDTH ? matrix->columns - column : WIDTH;
  const float *source = matrix->values + column * matrix->columnStride;
  packed += panel * WIDTH * matrix->rows;
  for (size_t j = 0; j < WIDTH; j++, source += matrix->columnStride)
    for (size_t k = 0; k < matrix->rows; k++) packed[k * WIDTH + j] = j < width ? source[k * matrix->rowStride] : 0;
}

// sums[r][first + v] = Σ_k rows[r][k · step] · panel[k][v], for a constant number of rows.
INLINE void tileProduct(
  Vector sums[ROWS][4], size_t first, const float *const *rows, size_t step, size_t rowCount, const float *panel,
  size_t inner) {
#pragma clang loop unroll(full)
  for (size_t r = 0; r < rowCount; r++)
#pragma clang loop unroll(full)
    for (size_t v = 0; v < VECTORS; v++) sums[r][first + v] = (Vector){0};
  for (size_t k = 0; k < inner; k++, panel += WIDTH) {
    Vector b[VECTORS];
#pragma clang loop unroll(full)
    for (size_t v = 0; v < VECTORS; v++) b[v] = load(panel + v * LANES);
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rowCount; r++) {
      Vector a = splat(rows[r][k * step]);
#pragma clang loop unroll(full)
      for (size_t v = 0; v < VECTORS; v++) sums[r][first + v] += a * b[v];
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

// Calls `tile` for `total` rows in tiles of ROWS, the last one smaller; each size is its own constant.
#define FOR_EACH_TILE(total, tile)                                                                      \
  for (size_t row = 0; row < (total); row += ROWS) switch ((total) - row < ROWS ? (total) - row : ROWS) { \
      TILE_CASE(1, tile) TILE_CASE(2, tile) TILE_CASE(3, tile)                                            \
      TILE_CASE(4, tile) TILE_CASE(5, tile) TILE_CASE(6, tile)                                            \
    }
#define TILE_CASE(n, tile) \
  case n: { enum { count = n }; tile; break; }

// A register tile of `count` rows from the worker's `row` on, LANES units: product, gates, states.
INLINE void forwardTile(const SegueForwardStep *s, size_t row, size_t count, size_t unit, const float *panels) {
  Vector sums[ROWS][4];
  const float *rows[ROWS];
  size_t h = s->hiddenSize, width = h - unit < LANES ? h - unit : LANES;
  for (size_t r = 0; r < count; r++) rows[r] = s->operands + s->rows[row + r] * s->operandStride;
#pragma clang loop unroll(full)
  for (size_t gate = 0; gate < 4; gate += VECTORS)
    tileProduct(sums, gate, rows, 1, count, panels + gate * LANES * s->operandSize, s->operandSize);
#pragma clang loop unroll(full)
  for (size_t r = 0; r < count; r++) {
    size_t index = s->rows[row + r], at = index * h + unit;
    Vector i = sigmoid(sums[r][0]), f = sigmoid(sums[r][1]);
    Vector g = hyperbolicTangent(sums[r][2]), o = sigmoid(sums[r][3]);
    Vector c = f * loadLanes(s->previousCells + at, width) + i * g;
    Vector y = o * hyperbolicTangent(c);
    float *gates = s->gates + index * 4 * h + unit;
    if (s->streamsGates) {
      stream(gates, i);
      stream(gates + h, f);
      stream(gates + 2 * h, g);
      stream(gates + 3 * h, o);
    } else {
      storeLanes(gates, i, width);
      storeLanes(gates + h, f, width);
      storeLanes(gates + 2 * h, g, width);
      storeLanes(gates + 3 * h, o, width);
    }
    storeLanes(s->cells + at, c, width);
    storeLanes(s->hidden + at, y, width);
    if (index < s->nextRowCount) storeLanes(s->nextHidden + index * s->operandStride + unit, y, width);
  }
}

static void lstmForward(const SegueForwardStep *s) {
  const float *panels = s->packedWeights;
  for (size_t unit = 0; unit < s->hiddenSize; unit += LANES, panels += s->operandSize * 4 * LANES) {
    FOR_EACH_TILE(s->rowCount, forwardTile(s, row, count, unit, panels))
  }
  if (s->streamsGates) __atomic_thread_fence(__ATOMIC_SEQ_CST);  // such stores are in no order otherwise
}

// Stores or adds the first `width` columns of a tile.
INLINE void storeTile(Vector sums[ROWS][4], size_t count, float *const *out, size_t width, int adds) {
#pragma clang loop unroll(full)
  for (size_t r = 0; r < count; r++)
#pragma clang loop unroll(full)
    for (size_t v = 0; v < VECTORS; v++) {
      if (v * LANES >= width) break;
      size_t lanes = width - v * LANES < LANES ? width - v * LANES : LANES;
      float *target = out[r] + v * LANES;
      storeLanes(target, adds ? loadLanes(target, lanes) + sums[r][v] : sums[r][v], lanes);
    }
}

INLINE void productTile(const SegueRowProduct *s, size_t row, size_t count, size_t column, const float *panel) {
  Vector sums[ROWS][4];
  const float *rows[ROWS];
  float *out[ROWS];
  for (size_t r = 0; r < count; r++) {
    size_t index = s->rows ? s->rows[row + r] : row + r;
    rows[r] = s->left + index * s->leftStride;
    out[r] = s->out + index * s->columns + column;
  }
  tileProduct(sums, 0, rows, 1, count, panel, s->inner);
  storeTile(sums, count, out, s->columns - column < WIDTH ? s->columns - column : WIDTH, 0);
}

static void rowProduct(const SegueRowProduct *s) {
  const float *panel = s->packedMatrix;
  for (size_t column = 0; column < s->columns; column += WIDTH, panel += s->inner * WIDTH) {
    FOR_EACH_TILE(s->rowCount, productTile(s, row, count, column, panel))
  }
}

#if LANES == 4
enum { leavesProductsToBLAS = 1 };
#define transposedScratch NULL
#define transposedProduct NULL
#else
enum { leavesProductsToBLAS = 0, tokenBlock = 384, leftBlock = 48 * ROWS };

INLINE void transposedTile(
  const float *left, const float *right, size_t tokens, size_t count, float *out, size_t outStride, size_t width,
  int adds) {
  Vector sums[ROWS][4];
  const float *rows[ROWS];
  float *targets[ROWS];
  for (size_t r = 0; r < count; r++) rows[r] = left + r, targets[r] = out + r * outStride;
  tileProduct(sums, 0, rows, ROWS, count, right, tokens);
  storeTile(sums, count, targets, width, adds);
}

static size_t transposedScratch(size_t rightColumns) {
  return tokenBlock * (leftBlock + (rightColumns + WIDTH - 1) / WIDTH * WIDTH);
}

// Blocks of tokens are packed whole: rows are read from end to end, as the memory likes it, and what the tiles read
// then lies together.
static void transposedProduct(const SegueTransposedProduct *s) {
  float *leftPanels = s->scratch, *rightPanels = s->scratch + tokenBlock * leftBlock;
  for (size_t token = 0; token == 0 || token < s->tokenCount; token += tokenBlock) {
    size_t tokens = s->tokenCount - token < tokenBlock ? s->tokenCount - token : tokenBlock;
    for (size_t k = 0; k < tokens; k++)
      for (size_t column = 0; column < s->rightColumns; column += LANES) {
        size_t width = s->rightColumns - column < LANES ? s->rightColumns - column : LANES;
        Vector values = loadLanes(s->right + (token + k) * s->rightStride + column, width);
        store(rightPanels + column / WIDTH * WIDTH * tokenBlock + k * WIDTH + column % WIDTH, values);
      }
    for (size_t firstRow = 0; firstRow < s->leftColumns; firstRow += leftBlock) {
      size_t rowCount = s->leftColumns - firstRow < leftBlock ? s->leftColumns - firstRow : leftBlock;
      const float *left = s->left + token * s->leftStride + firstRow;
      FOR_EACH_TILE(rowCount, for (size_t k = 0; k < tokens; k++)
        memcpy(leftPanels + row * tokenBlock + k * ROWS, left + k * s->leftStride + row, count * sizeof(float)))
      for (size_t column = 0; column < s->rightColumns; column += WIDTH) {
        size_t width = s->rightColumns - column < WIDTH ? s->rightColumns - column : WIDTH;
        float *out = s->out + firstRow * s->outStride + column;
        FOR_EACH_TILE(rowCount, transposedTile(
          leftPanels + row * tokenBlock, rightPanels + column * tokenBlock, tokens, count, out + row * s->outStride,
          s->outStride, width, token > 0))
      }
    }
  }
}
#endif

static void lstmBackward(const SegueBackwardStep *s) {
  size_t h = s->hiddenSize;
  for (size_t r = 0; r < s->rowCount; r++) {
    size_t row = s->rows[r];
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

#include "elementwise_body.h"

#include "row_kernels_body.h"

const SegueKernels SET_NAME = {
  NAME, LANES, WIDTH, leavesProductsToBLAS, packGatePanels, packColumnPanel, lstmForward,
  lstmBackward, rowProduct, ROW_KERNELS, transposedScratch, transposedProduct, rmspropUpdate, adamwUpdate, dropout,
};
