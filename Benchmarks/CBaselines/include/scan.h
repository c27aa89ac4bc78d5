#pragma once
#include <stddef.h>

/// A scan of all songs with vector instructions: what the search for the nearest song is measured against.
///
/// @param songs   in blocks of 16 at a multiple of 64 bytes, the last one padded with infinities. (blocks, 29, 16)
/// @param query   29 numbers.
/// @param nearest receives the position of the song; the first of equal ones in its lane.
/// @return the smallest Σ (query − song)².
float segueScan(const float *songs, size_t blockCount, const float *query, size_t *nearest);
