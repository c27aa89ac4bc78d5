internal import Glibc
package import Sequences

/// Batches for the objective `continuation`: a window of each playlist to the encoder, and what follows it as what is to
/// be found. The encoder never sees an answer.
///
/// Every epoch draws another window, from the beginning of the playlist half the time. All other songs of the playlist,
/// before it as well as after it, are right for the catalogue's loss, which asks what goes together, or each song's next
/// one alone; the decoder is asked for the next ones, in their order.
package final class ContinuationBatches: BatchSource {
  /// What is drawn at random.
  package struct Window: Sendable {
    /// Songs of a window; a short playlist gives half of its songs at most.
    package var lengths = 5...15
    /// Share of the windows that begin with the playlist.
    package var startShare: Float = 0.5
    /// Share of a window's songs that the encoder does not get.
    package var seedDropout: Float = 0
    /// Share of the titles that are left out.
    package var titleDropout: Float = 0

    package init() {}

    /// The first `count` songs of every playlist, nothing left out: for validation.
    package static func first(_ count: Int) -> Window {
      var window = Window()
      (window.lengths, window.startShare) = (count...count, 1)
      return window
    }
  }

  /// What the catalogue's loss asks for.
  package enum Answers: Sendable {
    /// All other songs of the playlist, once a window.
    case allOthers
    /// The song that stands next, after every song of the window: one entry of the targets for each of the encoder's
    /// tokens, in packed order.
    case nextSong
  }

  /// A playlist as batches need it.
  package struct Item: Sendable {
    /// At least two.
    package let songs: [Int32]
    /// Rows of its title's words.
    package let words: [Int32]

    package init(songs: [Int32], words: [Int32]) {
      self.songs = songs
      self.words = words
    }
  }

  /// Steps of the decoder.
  package static let decoderSteps = 30

  package let table: VectorTable
  private let present: [UInt16]
  private let artists: ArtistSongs
  private let items: [Item]
  private let batchSize: Int
  private let window: Window
  private let answers: Answers
  private let artistCountWeight: Float
  private let seed: UInt64
  private let order: EpochOrder

  /// - Parameters:
  ///   - vectors: of all songs.
  ///   - artists: of all songs.
  ///   - artistCountWeight: c in `CatalogueConfiguration`; nothing for the next song alone.
  ///   - isShuffled: whether every epoch has its own order.
  package init(
    _ items: [Item], vectors: SongVectors, artists: ArtistSongs, batchSize: Int, window: Window,
    answers: Answers = .allOthers, artistCountWeight: Float, seed: UInt64, isShuffled: Bool
  ) {
    precondition(batchSize > 0, "ContinuationBatches: batch size \(batchSize)")
    precondition(items.allSatisfy { $0.songs.count >= 2 }, "ContinuationBatches: a playlist with fewer than two songs")
    table = vectors.table
    present = vectors.present
    self.artists = artists
    self.items = items
    self.batchSize = batchSize
    self.window = window
    self.answers = answers
    self.artistCountWeight = artistCountWeight
    self.seed = seed
    order = EpochOrder(count: items.count, seed: isShuffled ? seed : nil)
  }

  package var sequenceCount: Int { items.count }
  package var batchCount: Int { (items.count + batchSize - 1) / batchSize }

  package func batch(epoch: Int, index: Int) -> Batch {
    precondition(index >= 0 && index < batchCount, "ContinuationBatches: batch \(index) of \(batchCount)")
    let chosen = order.order(epoch: epoch)[index * batchSize..<min((index + 1) * batchSize, items.count)]
    var (prefixes, inputs, targets): ([[Int32]], [[Int32]], [[Int32]]) = ([], [], [])
    var (titles, right) = (EmbeddingBags(), CatalogueTargets())
    var (counts, judged, following): (HeadTargetCounts, Int, [[Int32]]) = (HeadTargetCounts(), 0, [])
    for number in chosen {
      let draw = draw(number, epoch: epoch)
      prefixes.append(draw.prefix)
      let next = draw.rest.prefix(Self.decoderSteps)
      inputs.append([-1] + next.dropLast())
      targets.append(Array(next))
      for song in next { counts.add(present[Int(song)]) }
      titles.append(draw.words, weight: 1 / Float(max(1, draw.words.count)))
      switch answers {
      case .allOthers:
        let others = Set(items[number].songs).subtracting(draw.window).sorted()
        judged += others.count
        right.append(
          others, offsets: artists.offsets(seeds: draw.prefix, excluding: draw.window, weight: artistCountWeight))
      case .nextSong:
        following.append(Array(items[number].songs[draw.window.startIndex + 1...draw.window.endIndex]))
        judged += draw.window.count
      }
    }
    let encoder = PackedLayout(lengths: prefixes.map(\.count))
    if answers == .nextSong {
      for song in encoder.packed(following) { right.append([song], offsets: []) }
    }
    let decoder = PackedLayout(lengths: inputs.map(\.count))
    return Batch(
      encoderLayout: encoder, encoderRows: encoder.packed(prefixes), decoderLayout: decoder,
      decoderRows: decoder.packed(inputs), targetRows: decoder.packed(targets),
      isMissingTargets: counts.isMissingTargets,
      lossDenominators: counts.denominators + [judged > 0 ? Float(judged) : HeadTargetCounts.emptyDenominator],
      continuation: Batch.Continuation(titles: titles, targets: right))
  }

  private struct Draw {
    /// The window, and the same with −1 for the songs that are left out.
    var window: ArraySlice<Int32>
    var prefix: [Int32]
    var rest: ArraySlice<Int32>
    var words: [Int32]
  }

  private func draw(_ number: Int, epoch: Int) -> Draw {
    let item = items[number]
    var random = Philox(seed: seed, purpose: .prefix, epoch: epoch, index: number)
    let count = item.songs.count
    let wanted = window.lengths.lowerBound + random.below(window.lengths.count)
    let length = min(wanted, max(1, count / 2))
    let fromStart = random.uniform() < window.startShare
    let start = fromStart ? 0 : random.below(count - length)
    let songs = item.songs[start..<start + length]
    var prefix = songs.map { random.uniform() < window.seedDropout ? -1 : $0 }
    if prefix.allSatisfy({ $0 < 0 }) { prefix[0] = songs.first! }
    let hasTitle = random.uniform() >= window.titleDropout
    return Draw(
      window: songs, prefix: prefix, rest: item.songs[(start + length)...], words: hasTitle ? item.words : [])
  }
}

/// Songs by artist.
package struct ArtistSongs: Sendable {
  /// Number of each song's artist, −1 for none. (songs)
  package let numbers: [Int32]
  package let artistCount: Int
  /// Songs of each artist in ascending order, artist after artist, and where each one's begin. (artists + 1)
  private let (songs, starts): ([Int32], [Int32])

  package init(_ numbers: [Int32], count: Int) {
    self.numbers = numbers
    artistCount = count
    var starts = [Int32](repeating: 0, count: count + 1)
    for artist in numbers where artist >= 0 { starts[Int(artist) + 1] += 1 }
    for artist in 0..<count { starts[artist + 1] += starts[artist] }
    var (songs, ends) = ([Int32](repeating: 0, count: Int(starts[count])), starts)
    for (song, artist) in numbers.enumerated() where artist >= 0 {
      songs[Int(ends[Int(artist)])] = Int32(song)
      ends[Int(artist)] += 1
    }
    (self.songs, self.starts) = (songs, starts)
  }

  package func songs(of artist: Int32) -> ArraySlice<Int32> {
    songs[Int(starts[Int(artist)])..<Int(starts[Int(artist) + 1])]
  }

  /// What the scores of a playlist's continuation are moved by: weight·log(1 + n) for songs by an artist of n of the
  /// seeds, −∞ for the songs that are there already. In order of rows.
  /// - Parameter seeds: −1 for songs that do not count.
  package func offsets(
    seeds: some Collection<Int32>, excluding taken: some Collection<Int32>, weight: Float
  ) -> [(row: Int32, value: Float)] {
    var counts: [Int32: Int] = [:]
    for seed in seeds where seed >= 0 && numbers[Int(seed)] >= 0 { counts[numbers[Int(seed)], default: 0] += 1 }
    var offsets: [Int32: Float] = [:]
    for (artist, count) in counts where weight != 0 {
      let value = weight * logf(1 + Float(count))
      for song in songs(of: artist) { offsets[song] = value }
    }
    for song in taken where song >= 0 { offsets[song] = -.infinity }
    return offsets.sorted { $0.key < $1.key }.map { (row: $0.key, value: $0.value) }
  }
}
