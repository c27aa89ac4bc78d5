import Music
import Recommendation
import Sequences

/// Random songs and queries of every shape that the search can meet.
struct SongCases {
  var random: Philox

  init(seed: UInt64) { random = Philox(seed: seed, purpose: .testData) }

  enum Spread: CaseIterable {
    /// Ten uniform numbers: the hardest case for a tree.
    case uniform
    /// Moods: numbers close to one of eight centres.
    case clustered
    /// Numbers on a grid of four values: many songs are equal.
    case gridded
    /// Ten uniform numbers and nothing missing, so that a uniform query is as far from every cell.
    case complete
    /// One cell, uniform numbers.
    case oneCell
    /// The same numbers in every cell.
    case sameNumbers
    /// Every song the same.
    case identical
  }

  mutating func songs(_ count: Int, _ spread: Spread) -> SongVectors {
    var vectors = SongVectors(values: [], present: [])
    vectors.values.reserveCapacity(count * SongVector.width)
    let centres = (0..<80).map { _ in random.uniform() }
    for _ in 0..<count {
      var numbers = (0..<10).map { _ in random.uniform() }
      var codes = (draw(12), draw(2), draw(5))
      if random.uniform() < 0.7 { codes.2 = 3 }
      var present = SongVectors.allNumbers | SongVectors.keyBit | SongVectors.modeBit | SongVectors.timeSignatureBit
      switch spread {
      case .uniform, .complete: break
      case .clustered:
        let centre = draw(8) * 10
        numbers = numbers.enumerated().map { min(max(centres[centre + $0] + ($1 - 0.5) * 0.1, 0), 1) }
      case .gridded: numbers = numbers.map { ($0 * 2).rounded() / 2 }
      case .oneCell: codes = (7, 1, 3)
      case .sameNumbers: numbers = Array(repeating: 0.25, count: 10)
      case .identical: (numbers, codes) = (Array(repeating: 0.25, count: 10), (2, 0, 3))
      }
      if spread != .identical && spread != .oneCell && spread != .complete {
        if random.uniform() < 0.03 { present &= ~SongVectors.keyBit }
        if random.uniform() < 0.03 { present &= ~SongVectors.modeBit }
        if random.uniform() < 0.12 { present &= ~SongVectors.timeSignatureBit }
        if random.uniform() < 0.01 { present = 0 }
      }
      vectors.append(numbers: numbers, codes: codes, present: present)
    }
    return vectors
  }

  private mutating func draw(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

  enum Query: CaseIterable {
    /// A song of the table, exactly.
    case song
    /// Numbers near a song, blocks a softmax with logits × 6, × 3 and × 1.
    case sharp, confident, mild
    /// Random numbers, uniform blocks.
    case uniform
    /// Numbers near the middle, nearly uniform blocks: what a model predicts that has learned nothing.
    case central
    /// Random numbers, blocks of zeros.
    case zeros
    /// Numbers far outside what a song can have, and such as overflow when squared.
    case outside, huge
  }

  mutating func query(_ kind: Query, of songs: SongVectors) -> [Float] {
    let row = songs.count == 0 ? nil : draw(songs.count)
    var query = row.map { Array(songs.vector($0)) } ?? (0..<29).map { _ in random.uniform() }
    for i in 0..<10 {
      switch kind {
      case .song: break
      case .uniform, .zeros: query[i] = random.uniform()
      case .central: query[i] = 0.5 + Float(random.normal()) * 0.05
      case .sharp, .confident, .mild, .outside, .huge:
        query[i] = min(max(query[i] + Float(random.normal()) * 0.05, 0), 1)
      }
    }
    for block in [SongVector.key, SongVector.mode, SongVector.timeSignature] {
      let logits = block.map { _ in Double(random.normal()) }
      let scale: Double? =
        switch kind {
        case .sharp: 6
        case .confident: 3
        case .mild: 1
        case .uniform: 0
        case .central: 0.1
        case .song, .zeros, .outside, .huge: nil
        }
      if let scale {
        let powers = logits.map { exponential($0 * scale) }
        for (i, power) in zip(block, powers) { query[i] = Float(power / powers.reduce(0, +)) }
      } else if kind == .zeros {
        for i in block { query[i] = 0 }
      }
    }
    if kind == .huge { query = query.map { ($0 - 0.5) * 1e25 } }
    if kind == .outside { query = query.map { ($0 - 0.5) * 1e3 } }
    return query
  }

  /// e^x through (e^(x/1024))^1024 by its series; good enough for test data, the same everywhere.
  private func exponential(_ x: Double) -> Double {
    let small = x / 1024
    var result = 1 + small + small * small / 2
    for _ in 0..<10 { result *= result }
    return result
  }
}

extension SongVectors {
  mutating func append(numbers: [Float], codes: (key: Int, mode: Int, timeSignature: Int), present bits: UInt16) {
    var vector = [Float](repeating: 0, count: SongVector.width)
    if bits & Self.allNumbers != 0 { vector.replaceSubrange(0..<10, with: numbers) }
    if bits & Self.keyBit != 0 { vector[SongVector.key.lowerBound + codes.key] = 1 }
    if bits & Self.modeBit != 0 { vector[SongVector.mode.lowerBound + codes.mode] = 1 }
    if bits & Self.timeSignatureBit != 0 { vector[SongVector.timeSignature.lowerBound + codes.timeSignature] = 1 }
    values += vector
    present.append(bits)
  }

  /// Σ (query − song)² in double, for every song: the definition that the index must reproduce.
  func squaredDistances(to query: [Float]) -> [Double] {
    let query = query.map(Double.init)
    return values.withUnsafeBufferPointer { values in
      (0..<count).map { row in
        var sum = 0.0
        for i in 0..<SongVector.width {
          let difference = query[i] - Double(values[row * SongVector.width + i])
          sum += difference * difference
        }
        return sum
      }
    }
  }

  /// The `limit` nearest songs by a scan of all.
  func scan(_ query: [Float], limit: Int, excluding excluded: SongSet?) -> [Neighbour] {
    let distances = squaredDistances(to: query)
    let rows = (0..<count).filter { hasNumbers($0) && !(excluded?.contains(Int32($0)) ?? false) }
    if limit == 1 {
      var best: Int?
      for row in rows where best.map({ distances[row] < distances[$0] }) ?? true { best = row }
      return best.map { [Neighbour(row: Int32($0), squaredDistance: distances[$0])] } ?? []
    }
    return rows.sorted { (distances[$0], $0) < (distances[$1], $1) }.prefix(limit)
      .map { Neighbour(row: Int32($0), squaredDistance: distances[$0]) }
  }
}
