// Vectors of all songs of a catalogue, from what is learned of each song, of its artist, and of its numbers:
//
//   forward:  v_j = k_j·e_j + a_artist(j) + x_j·W        k_j = 0 for the songs that are dropped, else 1
//   backward: de_j = k_j·dv_j      da = Σ dv_j over the artist's songs in ascending order      dW = xᵀ·dv
//
// The products with x are gemm.cl's.

// k_j: whether word j of the stream reaches the threshold; with a threshold of 0 all do.
PART bool keeps_embedding(const uint song, const uint4 stream, const uint threshold) {
  if (threshold == 0) return true;
  const uint4 block = philox_block(song / 4, stream);
  const uint2 half_block = song % 4 < 2 ? block.lo : block.hi;
  return (song % 2 == 0 ? half_block.s0 : half_block.s1) >= threshold;
}

// vectors ← vectors + k·e + a, where the vectors hold x·W. (songs, width)
COPY_KERNEL void song_vectors_forward(
    global const float *embeddings, const ulong embeddings_at, global const float *artists, const ulong artists_at,
    global const int *artist_of_song, const ulong artist_of_song_at, const uint song_count, const uint width,
    const uint4 stream, const uint threshold, global float *vectors, const ulong vectors_at) {
  const ulong song = get_group_id(0) * COPY_ROWS + get_local_id(1);
  if (song >= song_count) return;
  const bool keeps = keeps_embedding(song, stream, threshold);
  const int artist = artist_of_song[artist_of_song_at + song];
  global const float *e = embeddings + embeddings_at + song * width;
  global const float *a = artists + artists_at + (ulong)max(artist, 0) * width;
  global float *v = vectors + vectors_at + song * width;
  for (uint column = get_local_id(0); column < width; column += 16) {
    float sum = v[column];
    if (keeps) sum += e[column];
    if (artist >= 0) sum += a[column];
    v[column] = sum;
  }
}

// The gradients of the songs' own embeddings. (songs, width)
COPY_KERNEL void song_embeddings_backward(
    global const float *gradients, const ulong gradients_at, const uint song_count, const uint width,
    const uint4 stream, const uint threshold, global float *embeddings, const ulong embeddings_at) {
  const ulong song = get_group_id(0) * COPY_ROWS + get_local_id(1);
  if (song >= song_count) return;
  const bool keeps = keeps_embedding(song, stream, threshold);
  global const float *from = gradients + gradients_at + song * width;
  global float *to = embeddings + embeddings_at + song * width;
  for (uint column = get_local_id(0); column < width; column += 16) to[column] = keeps ? from[column] : 0.0f;
}

// The gradients of the artists: `songs` holds each artist's songs, one artist's after the other's. (artists, width)
COPY_KERNEL void song_artists_backward(
    global const float *gradients, const ulong gradients_at, global const int *songs, const ulong songs_at,
    global const int *starts, const ulong starts_at, const uint artist_count, const uint width,
    global float *artists, const ulong artists_at) {
  const ulong artist = get_group_id(0) * COPY_ROWS + get_local_id(1);
  if (artist >= artist_count) return;
  const int begin = starts[starts_at + artist], end = starts[starts_at + artist + 1];
  global float *to = artists + artists_at + artist * width;
  for (uint column = get_local_id(0); column < width; column += 16) {
    float sum = 0.0f;
    for (int i = begin; i < end; i++) sum += gradients[gradients_at + (ulong)songs[songs_at + i] * width + column];
    to[column] = sum;
  }
}
