#pragma once

#include <stddef.h>
#include <stdint.h>

// One time step of a shard of the batch. All row-major; row r of the step is at base + r * stride. The shard owns rows
// firstRow, firstRow + rowStep, … below rowCount. H hidden units; gates of a row are i f c o blocks of H.
typedef struct {
  const float *_Nonnull packedWeights;  // from packGatePanels
  const float *_Nonnull operands;       // [x, 1, h before] of this step
  size_t operandStride;
  size_t operandSize;                   // F + 1 + H
  float *_Nonnull gates;                // (rows, 4H), receives activated gates
  const float *_Nonnull previousCells;  // (rows, H)
  float *_Nonnull cells;                // (rows, H)
  float *_Nonnull hidden;               // (rows, H)
  float *_Nullable nextHidden;          // h columns of the next step's operands
  size_t nextRowCount;                  // rows still alive in the next step
  size_t hiddenSize;
  size_t firstRow, rowStep, rowCount;
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
  size_t firstRow, rowStep, rowCount;
} SegueBackwardStep;

// A product of the shard's rows with a packed matrix: out = rows · B.
typedef struct {
  const float *_Nonnull packedMatrix;  // from packColumnPanels
  const float *_Nonnull rows;          // (rows, inner)
  size_t rowStride, inner;
  float *_Nonnull out;                 // (rows, columns)
  size_t outStride, columns;
  size_t firstRow, rowStep, rowCount;
} SegueRowProduct;

typedef struct {
  const char *_Nonnull name;  // avx512, avx2 or plain
  size_t lanes;               // floats in a vector

  // Floats of a packed matrix of `inner` rows and `columns` columns in panels of 4 · lanes columns.
  size_t (*_Nonnull packedSize)(size_t inner, size_t columns);
  // Packs (inner, 4H) so that a panel holds all four gates of `lanes` units.
  void (*_Nonnull packGatePanels)(const float *_Nonnull matrix, size_t inner, size_t hiddenSize, float *_Nonnull packed);
  // Packs the transpose of a (columns, inner) matrix in panels of consecutive columns.
  void (*_Nonnull packColumnPanels)(
    const float *_Nonnull matrix, size_t columns, size_t inner, float *_Nonnull packed);

  void (*_Nonnull lstmForward)(const SegueForwardStep *_Nonnull step);
  void (*_Nonnull lstmBackward)(const SegueBackwardStep *_Nonnull step);
  void (*_Nonnull rowProduct)(const SegueRowProduct *_Nonnull product);
  void (*_Nonnull rmspropUpdate)(
    float *_Nonnull parameters, const float *_Nonnull gradients, float *_Nonnull meanSquares, size_t count,
    float learningRate, float rho, float epsilon);
} SegueKernels;

// The best set that this processor runs.
const SegueKernels *_Nonnull segueKernels(void);
// A set by name, or NULL when the processor or the build does not have it.
const SegueKernels *_Nullable segueKernelsNamed(const char *_Nonnull name);

// Makes this thread treat denormal numbers as zero; returns the state to restore.
uint32_t segueFlushDenormals(void);
void segueRestoreDenormals(uint32_t state);
