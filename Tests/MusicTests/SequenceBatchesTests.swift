import Music
import Sequences
import Testing

struct SequenceBatchesTests {
  /// Songs whose vector begins with their own number; song 1 has no time signature, song 2 no energy (number 3),
  /// song 6 no key, songs 5 and 7 no mode, song 9 no number at all.
  let vectors: SongVectors = {
    var values = [Float](repeating: 0, count: 10 * 29)
    var present = [UInt16](repeating: 0x1FFF, count: 10)
    for song in 0..<9 { values[song * 29] = Float(song) + 1 }
    present[1] &= ~SongVectors.timeSignatureBit
    present[2] &= ~(1 << 3)
    present[6] &= ~SongVectors.keyBit
    for song in [5, 7] { present[song] &= ~SongVectors.modeBit }
    present[9] = 0
    return SongVectors(values: values, present: present)
  }()

  func batches(_ playlists: [[Int32]], _ padding: Padding, size: Int = 8, shuffled: Bool = false) -> SequenceBatches {
    SequenceBatches(
      vectors: vectors, playlists: playlists.map { Playlist(pid: "p", songs: $0) }, batchSize: size, padding: padding,
      seed: 5, isShuffled: shuffled)
  }

  /// The songs (1 more than their row, 0 for row −1) of each sequence, step by step.
  func songs(_ rows: [Int32], _ layout: PackedLayout) -> [[Int]] {
    var result = [[Int]](repeating: [], count: layout.batchSize)
    for step in 0..<layout.stepCount {
      for row in 0..<layout.activeCounts[step] {
        result[layout.rowOrder[row]].append(Int(rows[layout.token(step: step, row: row)]) + 1)
      }
    }
    return result
  }

  @Test("packed batches hold true lengths: N - 1 encoder steps, N - 2 decoder steps")
  func packed() {
    let source = batches([[0, 1, 2], [3, 4, 5, 6, 7]], .packed)
    let batch = source.batch(epoch: 1, index: 0)
    #expect(songs(batch.encoderRows, batch.encoderLayout) == [[1, 2], [4, 5, 6, 7]])
    #expect(songs(batch.decoderRows, batch.decoderLayout) == [[2], [5, 6, 7]])
    #expect(songs(batch.targetRows, batch.decoderLayout) == [[3], [6, 7, 8]])
    #expect(batch.sequenceCount == 2 && source.targetCount == 4)
    #expect(batch.lossDenominators == [3.9, 3, 2, 4])
    #expect(batch.isMissingTargets)  // song 2 has no energy
  }

  @Test("padded batches are filled up with zero rows, which are the targets' end, and divide by B·T")
  func keras() {
    let batch = batches([[0, 1, 3], [3, 4, 5, 6, 7, 8], [0, 9, 1]], .keras(length: 5)).batch(epoch: 1, index: 0)
    #expect(batch.encoderLayout.lengths == [5, 5] && batch.decoderLayout == batch.encoderLayout)
    #expect(songs(batch.encoderRows, batch.encoderLayout) == [[1, 2, 0, 0, 0], [4, 5, 6, 7, 0]])
    #expect(songs(batch.decoderRows, batch.decoderLayout) == [[2, 4, 0, 0, 0], [5, 6, 7, 8, 0]])
    #expect(songs(batch.targetRows, batch.decoderLayout) == [[4, 0, 0, 0, 0], [6, 7, 8, 0, 0]])
    #expect(batch.lossDenominators == [10, 10, 10, 10])
    #expect(!batch.isMissingTargets)
  }

  @Test("the table holds every song's vector and weighs missing numbers 0")
  func table() {
    let table = batches([[0, 1, 3]], .packed).table
    #expect(table.width == 29 && table.vectors == vectors.values)
    #expect(table.regressionWeights == (0..<100).map { $0 == 23 || $0 >= 90 ? 0 : 1 })
    #expect(batches([[0, 1, 3]], .keras(length: 3)).table == table)
  }

  @Test("where no song lacks a number, the table has no weights")
  func tableWithoutWeights() {
    let whole = SongVectors(values: .init(repeating: 1, count: 3 * 29), present: [0x1FFF, 0x3FF, 0x3FF])
    let source = SequenceBatches(
      vectors: whole, playlists: [Playlist(pid: "p", songs: [0, 1, 1])], batchSize: 1, padding: .packed, seed: 1,
      isShuffled: false)
    #expect(source.table.regressionWeights == nil)
    #expect(!source.batch(epoch: 1, index: 0).isMissingTargets)
  }

  @Test("short playlists and songs without numbers are skipped, long playlists cut, all counted")
  func counts() {
    let source = batches([[0, 1], [0, 9, 1], [9, 0, 1, 2, 9], [0, 1, 2, 3, 4], [0, 1, 2, 3]], .keras(length: 4))
    #expect(source.sequenceCount == 3 && source.skippedPlaylists == 2)
    #expect(source.truncatedPlaylists == 1 && source.skippedSongs == 3)
    #expect(batches([[9, 9, 9]], .packed).batchCount == 0)
  }

  @Test("a head without any target in the batch divides by next to nothing, not by zero")
  func emptyHead() {
    let denominators = batches([[0, 0, 1]], .packed).batch(epoch: 1, index: 0).lossDenominators
    #expect(denominators == [1, 1, 1, HeadTargetCounts.emptyDenominator])
    #expect(0 / HeadTargetCounts.emptyDenominator == 0 && (1 / HeadTargetCounts.emptyDenominator).isFinite)
  }

  @Test("every epoch has its own order, each playlist once, the smaller last batch kept")
  func shuffle() {
    let playlists = (0..<9).map { [Int32($0), Int32($0), Int32($0)].map { min($0, 8) } }
    let source = batches(playlists, .packed, size: 4, shuffled: true)
    #expect(source.batchCount == 3)
    func epoch(_ epoch: Int) -> [Int] {
      (0..<3).flatMap { index in
        let batch = source.batch(epoch: epoch, index: index)
        return songs(batch.targetRows, batch.decoderLayout).map { $0[0] }
      }
    }
    let first = epoch(1)
    #expect(first.sorted() == Array(1...9))
    #expect(epoch(2) != first && epoch(1) == first)
    let same = batches(playlists, .packed, size: 4, shuffled: true).batch(epoch: 1, index: 2)
    #expect(songs(same.targetRows, same.decoderLayout).map { $0[0] } == Array(first[8...]))
    let unshuffled = batches(playlists, .packed, size: 4).batch(epoch: 3, index: 1)
    #expect(songs(unshuffled.targetRows, unshuffled.decoderLayout).map { $0[0] } == [5, 6, 7, 8])
  }
}
