import Music
import Sequences
import Testing

struct ContinuationBatchesTests {
  static let artists = ArtistSongs([0, 0, 1, 1, -1, 2, 2, 2, 0, 1], count: 3)
  /// Numbers that no batch depends on.
  static let vectors = SongVectors(
    values: [Float](repeating: 0.5, count: 10 * SongVector.width), present: [UInt16](repeating: 0x1FFF, count: 10))

  func batches(
    _ playlists: [[Int32]], window: ContinuationBatches.Window = .init(),
    answers: ContinuationBatches.Answers = .allOthers, shuffled: Bool = false
  ) -> ContinuationBatches {
    ContinuationBatches(
      playlists.map { ContinuationBatches.Item(songs: $0, words: [1]) }, vectors: Self.vectors, artists: Self.artists,
      batchSize: 2, window: window, answers: answers, artistCountWeight: 0.5, seed: 3, isShuffled: shuffled)
  }

  @Test("the encoder gets a window, and everything else of the playlist is right, whatever the epoch")
  func windows() throws {
    let playlist: [Int32] = [3, 1, 4, 1, 5, 9, 2, 6]
    let source = batches([playlist])
    var starts: Set<Int32> = []
    for epoch in 1...40 {
      let batch = source.batch(epoch: epoch, index: 0)
      let continuation = try #require(batch.continuation)
      let window = batch.encoderRows
      #expect(window.count == 4, "half of a short playlist")
      let start = try #require((0...4).first { Array(playlist[$0..<$0 + 4]) == window })
      starts.insert(Int32(start))
      #expect(Set(continuation.targets.rows) == Set(playlist).subtracting(window))
      #expect(batch.lossDenominators[4] == Float(continuation.targets.rows.count))
      let rest = Array(playlist[(start + 4)...])
      if !rest.isEmpty {
        #expect(batch.targetRows == rest && batch.decoderRows == [-1] + rest.dropLast())
      }
      #expect(batch == source.batch(epoch: epoch, index: 0) as Batch)
    }
    #expect(starts.contains(0) && starts.count > 1)
  }

  @Test("songs of the window are taken out, those of its artists are raised by how often they stand there")
  func offsets() throws {
    let continuation = try #require(
      batches([[0, 8, 2, 5, 6, 7]], window: .first(3)).batch(epoch: 1, index: 0).continuation)
    let targets = continuation.targets
    let moved = Dictionary(uniqueKeysWithValues: zip(targets.offsetRows, targets.offsets))
    #expect(moved[0] == -.infinity && moved[8] == -.infinity && moved[2] == -.infinity)
    #expect(abs(try #require(moved[1]) - 0.5 * 1.0986123) < 1e-6, "ln 3 of two songs by its artist")
    #expect(abs(try #require(moved[3]) - 0.5 * 0.6931472) < 1e-6)
    #expect(moved[5] == nil && moved[4] == nil, "no song given by their artist, or no artist")
    #expect(targets.rows == [5, 6, 7] && targets.weights == [1])
    #expect(continuation.titles.rows == [1])
  }

  @Test("for next songs every song of a window has the one after it as its only answer, in packed order")
  func nextSongs() throws {
    let batch = batches([[0, 1, 2, 3], [9, 8, 7, 6, 5, 4]], window: .first(3), answers: .nextSong)
      .batch(epoch: 1, index: 0)
    #expect(batch.encoderLayout.lengths == [2, 3])
    #expect(batch.encoderRows == [9, 0, 8, 1, 7])
    let targets = try #require(batch.continuation).targets
    #expect(targets.rows == [8, 1, 7, 2, 6] && targets.batchSize == 5 && targets.offsetRows.isEmpty)
    #expect(batch.lossDenominators[4] == 5)
  }

  @Test("seeds and titles are left out at random, never all seeds")
  func dropping() throws {
    var window = ContinuationBatches.Window()
    (window.seedDropout, window.titleDropout) = (0.9, 0.5)
    let source = batches([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]], window: window)
    var titles = 0
    for epoch in 1...50 {
      let batch = source.batch(epoch: epoch, index: 0)
      #expect(batch.encoderRows.contains { $0 >= 0 })
      titles += try #require(batch.continuation).titles.rows.count
    }
    #expect((10...40).contains(titles))
  }

  @Test("a shuffled epoch has every playlist once")
  func shuffle() {
    let playlists = (0..<7).map { [Int32($0), 9 - Int32($0) % 3] }
    let source = batches(playlists, window: .first(1), shuffled: true)
    for epoch in 1...3 {
      let first = (0..<source.batchCount).flatMap { source.batch(epoch: epoch, index: $0).encoderRows }
      #expect(first.sorted() == (0..<7).map { Int32($0) })
    }
  }
}

struct TitleWordsTests {
  @Test("words of four titles are known, in lower case and without marks; a title gives its first four")
  func words() {
    let titles = ["Summer Hits!", "summer 2017", "SUMMER party", "my summer", "party", "Party time", "party 🎉", "🎉"]
    let words = TitleWords(contexts: titles.map { PlaylistContext(title: $0) })
    #expect(words.words == ["party", "summer"])
    #expect(words.rows(of: PlaylistContext(title: "Party in SUMMER, party")) == [0, 1])
    #expect(words.rows(of: PlaylistContext(title: "winter")) == [])
    let many = TitleWords(words: ["a", "b", "c", "d", "e"])
    #expect(many.rows(of: PlaylistContext(title: "e d c b a")) == [4, 3, 2, 1])
  }
}

struct ArtistNumbersTests {
  @Test("artists are told apart by id where there is one, else by name; none is −1")
  func numbers() {
    let (numbers, count) = ArtistNumbers.of(names: ["A", "B", "A", "", "A"], ids: ["x", "", "y", "", "x"])
    #expect(numbers == [0, 1, 2, -1, 0] && count == 3)
    #expect(ArtistNumbers.of(names: ["A", "B", "A"], ids: nil).numbers == [0, 1, 0])
  }
}
