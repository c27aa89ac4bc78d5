import Music
import Recommendation
import Sequences
import Testing

@Suite struct NearestSongsTests {
  static let sizes = [0, 1, 2, 15, 16, 17, 33, 255, 256, 257, 1000, 4099]

  @Test(arguments: SongCases.Spread.allCases)
  func `the nearest song is that of the exact scan at every size`(spread: SongCases.Spread) {
    var cases = SongCases(seed: 11)
    for size in Self.sizes {
      let songs = cases.songs(size, spread)
      let index = NearestSongs(songs)
      for kind in SongCases.Query.allCases {
        for _ in 0..<(size > 1000 ? 12 : 8) {
          let query = cases.query(kind, of: songs)
          #expect(index.nearest(to: query) == songs.scan(query, limit: 1, excluding: nil).first, "\(size) \(kind)")
        }
      }
    }
  }

  @Test(arguments: SongCases.Spread.allCases)
  func `the nearest of 34,000 songs is that of the exact scan on every query`(spread: SongCases.Spread) {
    var cases = SongCases(seed: 12)
    let songs = cases.songs(34_000, spread)
    let index = NearestSongs(songs)
    for kind in SongCases.Query.allCases {
      for _ in 0..<80 {
        let query = cases.query(kind, of: songs)
        #expect(index.nearest(to: query) == songs.scan(query, limit: 1, excluding: nil).first, "\(kind)")
      }
    }
  }

  @Test(arguments: NearestSongs.Kernel.allCases)
  func `every kernel finds the same k songs in the same order, without the excluded ones`(
    kernel: NearestSongs.Kernel
  ) {
    var cases = SongCases(seed: 13)
    for (size, spread) in [(40, SongCases.Spread.gridded), (3000, .clustered), (3000, .uniform), (700, .identical)] {
      let songs = cases.songs(size, spread)
      let index = NearestSongs(songs)
      for kind in SongCases.Query.allCases {
        for count in [1, 2, 7, 100, 500] {
          let query = cases.query(kind, of: songs)
          let excluded = SongSet(
            capacity: size, rows: (0..<Int32(size)).filter { _ in cases.random.uniform() < 0.3 })
          var effort = NearestSongs.Effort()
          let found = index.nearest(to: query, count: count, excluding: excluded, kernel: kernel, effort: &effort)
          #expect(found == songs.scan(query, limit: count, excluding: excluded), "\(size) \(spread) \(kind) \(count)")
          #expect(effort.cells > 0 && effort.blocks > 0)
        }
      }
    }
  }

  @Test func `equal distances go to the lowest row, the next one when it is excluded`() {
    var cases = SongCases(seed: 14)
    let songs = cases.songs(300, .identical)
    let index = NearestSongs(songs)
    let query = cases.query(.mild, of: songs)
    var excluded = SongSet(capacity: 300)
    for row in Int32(0)..<300 {
      #expect(index.nearest(to: query, excluding: excluded)?.row == row)
      excluded.insert(row)
    }
    #expect(index.nearest(to: query, excluding: excluded) == nil)
    excluded.remove(123)
    #expect(index.nearest(to: query, excluding: excluded)?.row == 123)
  }

  @Test func `songs without any number are never found`() {
    var songs = SongVectors(values: [], present: [])
    songs.append(numbers: [], codes: (1, 1, 1), present: SongVectors.keyBit)
    songs.append(numbers: [], codes: (0, 0, 0), present: 0)
    let query = Array(songs.vector(0))
    #expect(NearestSongs(songs).nearest(to: query) == nil)
    #expect(NearestSongs(songs).nearest(to: query, count: 5) == [])
    songs.append(numbers: Array(repeating: 1, count: 10), codes: (9, 1, 4), present: SongVectors.allNumbers)
    #expect(NearestSongs(songs).nearest(to: query)?.row == 2)
  }

  @Test func `a missing block counts the query's own block and nothing else`() {
    var songs = SongVectors(values: [], present: [])
    let numbers = [Float](repeating: 0.5, count: 10)
    let all = SongVectors.allNumbers | SongVectors.keyBit | SongVectors.modeBit
    songs.append(numbers: numbers, codes: (3, 0, 0), present: all)
    var query = Array(songs.vector(0))
    query[SongVector.timeSignature.lowerBound + 3] = 1
    #expect(NearestSongs(songs).nearest(to: query)?.squaredDistance == 1)
    songs.append(numbers: numbers, codes: (3, 0, 3), present: all | SongVectors.timeSignatureBit)
    #expect(NearestSongs(songs).nearest(to: query) == Neighbour(row: 1, squaredDistance: 0))
  }

  @Test func `a confident query looks at few of the songs and a uniform one not at all of them`() {
    var cases = SongCases(seed: 15)
    let songs = cases.songs(34_000, .clustered)
    let index = NearestSongs(songs)
    for (kind, share) in [(SongCases.Query.sharp, 0.02), (.confident, 0.05), (.mild, 0.05), (.uniform, 0.1)] {
      var effort = NearestSongs.Effort()
      for _ in 0..<100 {
        let query = cases.query(kind, of: songs)
        _ = index.nearest(to: query, count: 1, effort: &effort)
      }
      #expect(Double(effort.blocks * 16) / (100 * 34_000) < share, "\(kind)")
    }
  }

  @Test func `a query at the mean song looks at few songs, though the boxes of a tree all meet there`() {
    var cases = SongCases(seed: 16)
    let songs = cases.songs(34_000, .complete)
    let index = NearestSongs(songs)
    var effort = NearestSongs.Effort()
    for _ in 0..<100 {
      var query = cases.query(.uniform, of: songs)
      for number in SongVector.regression { query[number] = 0.5 + Float(cases.random.normal()) * 0.02 }
      _ = index.nearest(to: query, count: 1, effort: &effort)
    }
    #expect(Double(effort.blocks * 16) / (100 * 34_000) < 0.05)
  }

  @Test func `songs around the mean and on a sphere around it: the nearest is found on both sides of half way`() {
    var cases = SongCases(seed: 18)
    var songs = SongVectors(values: [], present: [])
    let radius: Float = 0.4
    var directions: [[Float]] = []
    for song in 0..<640 {
      var direction = (0..<10).map { _ in Float(cases.random.normal()) }
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      direction = direction.map { $0 / length }
      directions.append(direction)
      songs.append(
        numbers: direction.map { 0.5 + $0 * (song % 8 == 0 ? 0.001 : radius) },
        codes: (song % 12, song / 12 % 2, song / 24 % 5),
        present: SongVectors.allNumbers | SongVectors.keyBit | SongVectors.modeBit | SongVectors.timeSignatureBit)
    }
    let index = NearestSongs(songs)
    for direction in directions {
      for share in [0.45, 0.49, 0.51, 0.55] as [Float] {
        var query = cases.query(.uniform, of: songs)
        for number in 0..<10 { query[number] = 0.5 + direction[number] * radius * share }
        #expect(index.nearest(to: query) == songs.scan(query, limit: 1, excluding: nil).first)
      }
    }
  }

  @Test(arguments: [SongCases.Spread.identical, .sameNumbers])
  func `of equal songs few are computed again, with and without exclusions`(spread: SongCases.Spread) {
    var cases = SongCases(seed: 17)
    let songs = cases.songs(34_000, spread)
    let index = NearestSongs(songs)
    for kind in SongCases.Query.allCases where kind != .huge {
      let query = cases.query(kind, of: songs)
      let excluded = SongSet(capacity: 34_000, rows: (0..<500).map { _ in Int32(cases.random.next() % 34_000) })
      for excluded in [nil, excluded] {
        var effort = NearestSongs.Effort()
        let found = index.nearest(to: query, count: 1, excluding: excluded, effort: &effort)
        #expect(found == songs.scan(query, limit: 1, excluding: excluded), "\(kind)")
        #expect(effort.candidates < 1000, "\(kind)")
      }
    }
  }
}
