/// How some numbers lie.
package struct Distribution: Codable, Sendable, Equatable {
  package var count: Int
  package var minimum: Double
  package var lowerQuartile: Double
  package var median: Double
  package var upperQuartile: Double
  package var maximum: Double
  package var mean: Double

  /// Quartiles between two values are interpolated linearly (type 7 of Hyndman and Fan 1996, numpy's and R's default).
  /// - Parameter sorted: ascending, without NaN.
  /// - Returns: nil without any number.
  package init?<Value: BinaryFloatingPoint>(sorted: [Value]) {
    guard let first = sorted.first, let last = sorted.last else { return nil }
    func quantile(_ share: Double) -> Double {
      let place = share * Double(sorted.count - 1)
      let below = Int(place)
      let above = min(below + 1, sorted.count - 1)
      let (low, high) = (Double(sorted[below]), Double(sorted[above]))
      return low + (place - Double(below)) * (high - low)
    }
    count = sorted.count
    (minimum, maximum) = (Double(first), Double(last))
    (lowerQuartile, median, upperQuartile) = (quantile(0.25), quantile(0.5), quantile(0.75))
    mean = sorted.reduce(0.0) { $0 + Double($1) } / Double(sorted.count)
  }
}

/// How many numbers fall into each of some intervals.
package struct Histogram: Codable, Sendable, Equatable {
  /// Ascending. An interval holds its lower edge, the last one both.
  package var edges: [Double]
  /// One for each interval.
  package var counts: [Int]
  /// Numbers below the first edge and above the last.
  package var below = 0
  package var above = 0

  package init(edges: [Double]) {
    precondition(edges.count > 1 && zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }, "Histogram: edges \(edges)")
    self.edges = edges
    counts = Array(repeating: 0, count: edges.count - 1)
  }

  /// Intervals of equal width.
  package init(from low: Double, to high: Double, count: Int) {
    self.init(edges: (0...count).map { low + (high - low) * Double($0) / Double(count) })
  }

  /// Whole numbers from 0: at most 50 intervals of a width of 1, 2 or 5 times a power of ten that reach the largest, or,
  /// when a few are far longer than all others, twice as far as 99 of 100.
  /// - Parameter sorted: ascending, not negative.
  package init(wholeNumbers sorted: [Double]) {
    let largest = sorted.last ?? 1
    let usual = sorted.isEmpty ? 1 : sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
    let wanted = max(1, largest > 4 * usual ? 2 * usual : largest)
    var (width, number) = (1.0, 0)
    while wanted + 1 > 50 * width {
      width *= number % 3 == 1 ? 2.5 : 2
      number += 1
    }
    let count = Int((wanted + 1) / width)
    self.init(edges: (0...max(1, Double(count) * width < wanted + 1 ? count + 1 : count)).map { Double($0) * width })
    for value in sorted { add(value) }
  }

  /// Numbers that are counted, those outside the edges among them.
  package var total: Int { counts.reduce(below + above, +) }

  package mutating func add(_ value: Double, times: Int = 1) {
    if value < edges[0] { return below += times }
    if value > edges[edges.count - 1] { return above += times }
    var (low, high) = (0, counts.count)  // edges[low] ≤ value, and below edges[high] or in the last interval
    while high - low > 1 {
      let middle = (low + high) / 2
      if edges[middle] <= value { low = middle } else { high = middle }
    }
    counts[low] += times
  }
}
