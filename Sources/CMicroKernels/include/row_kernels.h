#pragma once

#include <stddef.h>
#include <stdint.h>

// Rows of a row-major matrix, width numbers each: rows[i], or row i where rows is NULL.
typedef struct {
  const float *_Nonnull values;
  size_t width;
  const int32_t *_Nullable rows;
  size_t count;
} SegueRows;

// What attention, sums of embeddings and a softmax over a catalogue are made of. Every sum has one order, which depends
// on what is summed alone.
typedef struct {
  // out[i] = factor · (vector · row i).
  void (*_Nonnull dots)(
    const SegueRows *_Nonnull matrix, const float *_Nonnull vector, float factor, float *_Nonnull out);
  // sum += Σ_i weights[i · weightStride] · row i, rows in order.
  void (*_Nonnull addWeighted)(
    const SegueRows *_Nonnull matrix, const float *_Nonnull weights, size_t weightStride, float *_Nonnull sum);
  // values ← softmax(values).
  void (*_Nonnull softmax)(float *_Nonnull values, size_t count);
  // Of each column: maxima ← max_i (values_i + bias_i), values_i ← exp(values_i + bias_i − maximum), sums ← Σ values_i.
  // A maximum of −∞ counts as 0. values (rows, columns).
  void (*_Nonnull columnExponentials)(
    float *_Nonnull values, size_t rows, size_t columns, const float *_Nonnull bias, float *_Nonnull maxima,
    float *_Nonnull sums);
  // Each column times its factor. values (rows, columns).
  void (*_Nonnull scaleColumns)(float *_Nonnull values, size_t rows, size_t columns, const float *_Nonnull factors);
} SegueRowKernels;
