#pragma once

#include <stddef.h>
#include <stdint.h>

#include "row_kernels.h"

// One time step of a worker's rows of the batch. All row-major; row r of the step is at base + r * stride. H hidden
// units; gates of a row are i f c o blocks of H.
typedef struct {
  const float *_Nonnull packedWeights;  // from packGatePanels
  const float *_Nonnull operands;       // [x, 1, h before] of this step
  size_t operandStride;
  size_t operandSize;                   // F + 1 + H
  float *_Nonnull gates;                // (rows, 4H), receives activated gates
  _Bool streamsGates;                   // past the caches; H is a multiple of lanes, gates aligned to lanes floats
  const float *_Nonnull previousCells;  // (rows, H)
  float *_Nonnull cells;                // (rows, H)
  float *_Nonnull hidden;               // (rows, H)
  float *_Nullable nextHidden;          // h columns of the next step's operands
  size_t nextRowCount;                  // rows still alive in the next step
  size_t hiddenSize;
  const uint32_t *_Nonnull rows;        // the worker's rows in this step
  size_t rowCount;
} SegueForwardStep;

// ∂L/∂z of one time step from ∂L/∂h and ∂L/∂c, written over the activated gates.
typedef struct {
  float *_Nonnull gates;                      // (rows, 4H), activated gates in, ∂L/∂z out
  const float *_Nonnull cells;                // (rows, H)
  const float *_Nonnull previousCells;        // (rows, H)
  const float *_Nullable hiddenGradient;      // (rows, H), from the layer above
  float *_Nonnull carriedHidden;              // (rows, H), ∂L/∂h from the later step
  float *_Nonnull carriedCell;                // (rows, H), ∂L/∂c in from the later step, out to the earlier one
  size_t hiddenSize;
  const uint32_t *_Nonnull rows;              // the worker's rows in this step
  size_t rowCount;
} SegueBackwardStep;

// A product of rows with a packed matrix: out = left · B.
typedef struct {
  const float *_Nonnull packedMatrix;  // from packColumnPanel
  const float *_Nonnull left;          // (rows, inner)
  size_t leftStride, inner;
  float *_Nonnull out;                 // (rows, columns)
  size_t columns;
  const uint32_t *_Nullable rows;      // which rows; the first rowCount when NULL
  size_t rowCount;
} SegueRowProduct;

// A sum of outer products: out = leftᵀ · right, tokens in order.
typedef struct {
  const float *_Nonnull left;   // (tokens, leftColumns)
  size_t leftStride, leftColumns;
  const float *_Nonnull right;  // (tokens, rightColumns)
  size_t rightStride, rightColumns;
  size_t tokenCount;
  float *_Nonnull out;          // (leftColumns, rightColumns)
  size_t outStride;
  float *_Nonnull scratch;      // transposedScratch(rightColumns) floats
} SegueTransposedProduct;

// A matrix to be packed; one of the strides is 1.
typedef struct {
  const float *_Nonnull values;
  size_t rows, columns, rowStride, columnStride;
} SegueMatrix;

// What one AdamW step does with a number: m ← β₁·m + gradientShare·g, v ← β₂·v + squareShare·g²,
// w ← decay·w − stepSize·m / (rootScale·√v + ε).
typedef struct {
  float beta1, gradientShare, beta2, squareShare, decay, stepSize, rootScale, epsilon;
} SegueAdamW;

// result[i] = scale · values[i], or 0 where word i of a Philox stream, from a whole block on, is below the threshold.
typedef struct {
  const float *_Nullable values;  // all 1 when NULL
  float *_Nonnull result;
  size_t count;
  uint32_t firstBlock;            // of four words
  uint32_t key[2], stream[2], threshold;
  float scale;
} SegueDropout;

typedef struct {
  const char *_Nonnull name;  // avx512, avx2 or plain
  size_t lanes;               // floats in a vector
  size_t panelWidth;          // columns of a panel
  // Products outside the time loop: OpenBLAS's kernels are better there than what the compiler makes of ours.
  _Bool leavesProductsToBLAS;

  // Packs the four gates of units block · lanes … of (inner, 4H) into their place among `packed` (H / lanes rounded up
  // blocks of inner · 4 · lanes floats).
  void (*_Nonnull packGatePanels)(
    const float *_Nonnull matrix, size_t inner, size_t hiddenSize, size_t block, float *_Nonnull packed);
  // Packs columns panel · panelWidth … of a matrix into their place among `packed` (columns / panelWidth rounded up
  // panels of rows · panelWidth floats).
  void (*_Nonnull packColumnPanel)(const SegueMatrix *_Nonnull matrix, size_t panel, float *_Nonnull packed);

  void (*_Nonnull lstmForward)(const SegueForwardStep *_Nonnull step);
  void (*_Nonnull lstmBackward)(const SegueBackwardStep *_Nonnull step);
  void (*_Nonnull rowProduct)(const SegueRowProduct *_Nonnull product);
  SegueRowKernels rows;
  // NULL in a set that leaves products to BLAS.
  size_t (*_Nullable transposedScratch)(size_t rightColumns);
  void (*_Nullable transposedProduct)(const SegueTransposedProduct *_Nonnull product);
  void (*_Nonnull rmspropUpdate)(
    float *_Nonnull parameters, const float *_Nonnull gradients, float *_Nonnull meanSquares, size_t count,
    float learningRate, float rho, float epsilon);
  void (*_Nonnull adamwUpdate)(
    float *_Nonnull parameters, const float *_Nonnull gradients, float *_Nonnull firstMoments,
    float *_Nonnull secondMoments, size_t count, SegueAdamW settings);
  void (*_Nonnull dropout)(const SegueDropout *_Nonnull dropout);
} SegueKernels;

// The best set that this processor runs.
const SegueKernels *_Nonnull segueKernels(void);
// A set by name, or NULL when the processor or the build does not have it.
const SegueKernels *_Nullable segueKernelsNamed(const char *_Nonnull name);

// Processors that this thread may run on, at least 1.
long segueProcessorCount(void);

// Makes this thread treat denormal numbers as zero; returns the state to restore.
uint32_t segueFlushDenormals(void);
void segueRestoreDenormals(uint32_t state);

// For a loop that waits for another thread: lets the core rest a moment.
static inline void segueSpinPause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}
