package import Sequences

/// How playlists of different lengths become one batch.
package enum Padding: Sendable, Equatable {
  /// True lengths: encoder N − 1 steps, decoder N − 2. Each head's loss is divided by its own present targets.
  case packed
  /// As the dissertation did it: encoder, decoder and targets are filled up with zero rows to `length` steps, which are
  /// run and count in every loss; a longer playlist keeps its first `length` songs.
  case keras(length: Int)
}

/// Batches for the objective `dissertation`: of a playlist S[1…N], the encoder reads S[1…N−1], the decoder S[2…N], and the
/// targets are S[3…N] and the end, which only padded batches can express, as a row of zeros.
///
/// Songs without any number are passed over; playlists with fewer than three songs left are skipped and counted.
package final class SequenceBatches: BatchSource {
  package let batchSize: Int
  package let padding: Padding
  /// Playlists that are trained on.
  package let sequenceCount: Int
  /// Playlists with fewer than three usable songs.
  package let skippedPlaylists: Int
  /// Playlists cut to the padded length.
  package let truncatedPlaylists: Int
  /// Rows of playlists whose song has no number.
  package let skippedSongs: Int
  /// Decoder steps with a target, of all playlists together: N − 2 each.
  package let targetCount: Int

  /// The vectors of all songs.
  package let table: VectorTable
  /// What each song has, as in `SongVectors`. (songs)
  private let present: [UInt16]
  private let order: EpochOrder
  private let songs: [Int32]
  /// First of each playlist's songs in `songs`, and the end. (sequenceCount + 1)
  private let starts: [Int]
  /// - Parameters:
  ///   - vectors: of all songs.
  ///   - playlists: those of one side of the split.
  ///   - isShuffled: whether every epoch has its own order, drawn from `seed` and the epoch.
  package init(
    vectors: SongVectors, playlists: some Sequence<Playlist>, batchSize: Int, padding: Padding, seed: UInt64,
    isShuffled: Bool
  ) {
    precondition(batchSize > 0, "SequenceBatches: batch size \(batchSize)")
    if case .keras(let length) = padding {
      precondition(length > 2, "SequenceBatches: padded length \(length), at least 3 needed")
    }
    var songs: [Int32] = []
    var starts = [0]
    var (skippedPlaylists, truncatedPlaylists, skippedSongs) = (0, 0, 0)
    for playlist in playlists {
      var usable = playlist.songs.filter { $0 >= 0 && vectors.hasNumbers(Int($0)) }
      skippedSongs += playlist.songs.count - usable.count
      guard usable.count >= 3 else {
        skippedPlaylists += 1
        continue
      }
      if case .keras(let length) = padding, usable.count > length {
        usable.removeSubrange(length...)
        truncatedPlaylists += 1
      }
      songs += usable
      starts.append(songs.count)
    }
    table = vectors.table
    present = vectors.present
    self.batchSize = batchSize
    self.padding = padding
    order = EpochOrder(count: starts.count - 1, seed: isShuffled ? seed : nil)
    self.songs = songs
    self.starts = starts
    self.skippedPlaylists = skippedPlaylists
    self.truncatedPlaylists = truncatedPlaylists
    self.skippedSongs = skippedSongs
    sequenceCount = starts.count - 1
    targetCount = songs.count - 2 * sequenceCount
  }

  package var batchCount: Int { (sequenceCount + batchSize - 1) / batchSize }

  package func batch(epoch: Int, index: Int) -> Batch {
    precondition(index >= 0 && index < batchCount, "SequenceBatches: batch \(index) of \(batchCount)")
    let order = self.order.order(epoch: epoch)
    let playlists = order[index * batchSize..<min((index + 1) * batchSize, sequenceCount)].map { playlist in
      starts[playlist]..<starts[playlist + 1]
    }
    let encoderSongs = playlists.map { $0.dropLast() }
    let decoderSongs: [Range<Int>]
    let encoderLayout: PackedLayout
    let decoderLayout: PackedLayout
    switch padding {
    case .packed:
      decoderSongs = playlists.map { $0.dropFirst().dropLast() }
      encoderLayout = PackedLayout(lengths: encoderSongs.map(\.count))
      decoderLayout = PackedLayout(lengths: decoderSongs.map(\.count))
    case .keras(let length):
      decoderSongs = playlists.map { $0.dropFirst() }
      encoderLayout = PackedLayout(lengths: .init(repeating: length, count: playlists.count))
      decoderLayout = encoderLayout
    }
    let targetSongs = playlists.map { $0.dropFirst(2) }
    let (isMissingTargets, denominators) = lossTerms(targetSongs)
    return Batch(
      encoderLayout: encoderLayout, encoderRows: encoderLayout.packed(encoderSongs.map { songs[$0] }),
      decoderLayout: decoderLayout, decoderRows: decoderLayout.packed(decoderSongs.map { songs[$0] }),
      targetRows: decoderLayout.packed(targetSongs.map { songs[$0] }), isMissingTargets: isMissingTargets,
      lossDenominators: denominators)
  }

  /// Whether any regression target is missing, and what the four heads' losses are divided by.
  /// - Parameter targets: places in `songs`.
  private func lossTerms(_ targets: [Range<Int>]) -> (isMissingTargets: Bool, denominators: [Float]) {
    var counts = HeadTargetCounts()
    for target in targets { for song in songs[target] { counts.add(present[Int(song)]) } }
    if case .keras(let length) = padding {
      return (counts.isMissingTargets, .init(repeating: Float(targets.count * length), count: 4))
    }
    return (counts.isMissingTargets, counts.denominators)
  }
}

extension SongVectors {
  /// The vectors, and the weights of the numbers as targets where a song lacks any.
  var table: VectorTable {
    let isAnyMissing = present.contains { $0 & Self.allNumbers != Self.allNumbers }
    let weights = present.lazy.flatMap { bits in
      (0..<SongVector.regression.count).lazy.map { bits & 1 << UInt16($0) == 0 ? 0 as Float : 1 }
    }
    return VectorTable(width: SongVector.width, vectors: values, regressionWeights: isAnyMissing ? Array(weights) : nil)
  }
}
