// Operations on the rows of a matrix, for the instruction set whose vectors lstm_kernels_body.h defines.

#include "row_kernels.h"

// Adds halves, so that the order does not depend on who calls.
INLINE float sumOfLanes(Vector v) {
  float parts[LANES];
  store(parts, v);
#pragma clang loop unroll(full)
  for (size_t half = LANES / 2; half > 0; half /= 2)
#pragma clang loop unroll(full)
    for (size_t lane = 0; lane < half; lane++) parts[lane] += parts[lane + half];
  return parts[0];
}

INLINE float maximumOfLanes(Vector v) {
  float largest = v[0];
  for (size_t lane = 1; lane < LANES; lane++) largest = v[lane] > largest ? v[lane] : largest;
  return largest;
}

INLINE Vector larger(Vector a, Vector b) { return choose(a > b, a, b); }

// e^x where that is a normal number, below it 0.
INLINE Vector exponentialOrZero(Vector x) { return choose(x < -87.0f, splat(0), exponential(x)); }

INLINE const float *rowOf(const SegueRows *matrix, size_t i) {
  return matrix->values + (matrix->rows ? (size_t)matrix->rows[i] : i) * matrix->width;
}

// The first `width` lanes, the others `rest`.
INLINE Vector loadLanesOr(const float *source, size_t width, float rest) {
  if (width == LANES) return load(source);
  Vector value = splat(rest);
  memcpy(&value, source, width * sizeof(float));
  return value;
}

enum { DOTS = 4 };

INLINE void dotsTile(
  const SegueRows *matrix, size_t first, size_t count, const float *vector, float factor, float *out) {
  Vector sums[DOTS];
  const float *rows[DOTS];
#pragma clang loop unroll(full)
  for (size_t r = 0; r < count; r++) rows[r] = rowOf(matrix, first + r), sums[r] = (Vector){0};
  size_t k = 0;
  for (; k + LANES <= matrix->width; k += LANES)
#pragma clang loop unroll(full)
    for (size_t r = 0; r < count; r++) sums[r] += load(vector + k) * load(rows[r] + k);
  if (k < matrix->width)
    for (size_t r = 0; r < count; r++)
      sums[r] += loadLanes(vector + k, matrix->width - k) * loadLanes(rows[r] + k, matrix->width - k);
#pragma clang loop unroll(full)
  for (size_t r = 0; r < count; r++) out[first + r] = factor * sumOfLanes(sums[r]);
}

static void dots(const SegueRows *matrix, const float *vector, float factor, float *out) {
  size_t first = 0;
  for (; first + DOTS <= matrix->count; first += DOTS) dotsTile(matrix, first, DOTS, vector, factor, out);
  for (; first < matrix->count; first++) dotsTile(matrix, first, 1, vector, factor, out);
}

static void addWeighted(const SegueRows *matrix, const float *weights, size_t weightStride, float *sum) {
  enum { wide = 4 * LANES };
  size_t column = 0;
  for (; column + wide <= matrix->width; column += wide) {
    Vector sums[4];
#pragma clang loop unroll(full)
    for (size_t v = 0; v < 4; v++) sums[v] = load(sum + column + v * LANES);
    for (size_t i = 0; i < matrix->count; i++) {
      const float *row = rowOf(matrix, i) + column;
      Vector weight = splat(weights[i * weightStride]);
#pragma clang loop unroll(full)
      for (size_t v = 0; v < 4; v++) sums[v] += weight * load(row + v * LANES);
    }
#pragma clang loop unroll(full)
    for (size_t v = 0; v < 4; v++) store(sum + column + v * LANES, sums[v]);
  }
  for (; column < matrix->width; column += LANES) {
    size_t width = matrix->width - column < LANES ? matrix->width - column : LANES;
    Vector lanes = loadLanes(sum + column, width);
    for (size_t i = 0; i < matrix->count; i++)
      lanes += splat(weights[i * weightStride]) * loadLanes(rowOf(matrix, i) + column, width);
    storeLanes(sum + column, lanes, width);
  }
}

static void softmax(float *values, size_t count) {
  Vector largest = splat(-__builtin_inff());
  for (size_t i = 0; i < count; i += LANES)
    largest = larger(loadLanesOr(values + i, count - i < LANES ? count - i : LANES, -__builtin_inff()), largest);
  Vector maximum = splat(maximumOfLanes(largest)), sums = {0};
  for (size_t i = 0; i < count; i += LANES) {
    size_t width = count - i < LANES ? count - i : LANES;
    Vector value = exponentialOrZero(loadLanesOr(values + i, width, -__builtin_inff()) - maximum);
    sums += value;
    storeLanes(values + i, value, width);
  }
  float sum = sumOfLanes(sums);
  for (size_t i = 0; i < count; i++) values[i] /= sum;
}

static void columnExponentials(
  float *values, size_t rows, size_t columns, const float *bias, float *maxima, float *sums) {
  for (size_t column = 0; column < columns; column += LANES) {
    size_t width = columns - column < LANES ? columns - column : LANES;
    Vector largest = splat(-__builtin_inff()), sum = {0};
    for (size_t i = 0; i < rows; i++)
      largest = larger(loadLanes(values + i * columns + column, width) + bias[i], largest);
    largest = choose(largest == -__builtin_inff(), splat(0), largest);
    for (size_t i = 0; i < rows; i++) {
      float *at = values + i * columns + column;
      Vector value = exponentialOrZero(loadLanes(at, width) + bias[i] - largest);
      sum += value;
      storeLanes(at, value, width);
    }
    storeLanes(maxima + column, largest, width);
    storeLanes(sums + column, sum, width);
  }
}

static void scaleColumns(float *values, size_t rows, size_t columns, const float *factors) {
  for (size_t i = 0; i < rows; i++, values += columns)
    for (size_t column = 0; column < columns; column += LANES) {
      size_t width = columns - column < LANES ? columns - column : LANES;
      storeLanes(values + column, loadLanes(values + column, width) * loadLanes(factors + column, width), width);
    }
}

#define ROW_KERNELS { dots, addWeighted, softmax, columnExponentials, scaleColumns }
