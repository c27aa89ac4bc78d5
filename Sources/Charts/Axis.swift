internal import Glibc

/// One direction of a plot: how values become places.
package protocol Axis: Sendable {
  /// What is measured, with its unit.
  var title: String { get }
  var range: ClosedRange<Double> { get }
  var ticks: [Double] { get }
  /// Where `value` lies between `start` and `end`.
  func place(_ value: Double, from start: Double, to end: Double) -> Double
  /// How a tick is written.
  func text(_ tick: Double) -> String
}

package enum AxisScale: Sendable { case linear, linearFromZero, logarithmic }

/// An axis on which every difference has the same length.
package struct LinearAxis: Axis {
  package let title: String
  package let range: ClosedRange<Double>
  package let ticks: [Double]
  private let digits: Int

  /// Covers `values` from tick to tick; ticks are multiples of 1, 2 or 5 times a power of ten.
  /// - Parameter tickLimit: so many ticks at most.
  package init(title: String, covering values: [Double], tickLimit: Int = 7) {
    precondition(values.allSatisfy { $0.isFinite } && tickLimit > 2, "LinearAxis: values without a place")
    let low = values.min() ?? 0
    var high = values.max() ?? 1
    if high - low < 1e-9 * max(abs(low), abs(high), 1e-9) { high = low + max(abs(low), 1e-6) }
    let exponent = Int(log10((high - low) / Double(tickLimit)).rounded(.down))
    for number in 0..<12 {
      let power = exponent + number / 3
      let size = [1.0, 2, 5][number % 3] * pow(10, Double(power))
      let first = (low / size + 1e-9).rounded(.down)
      let last = (high / size - 1e-9).rounded(.up)
      guard Int(last - first) < tickLimit else { continue }
      self.title = title
      ticks = (Int(first)...Int(last)).map { Double($0) * size }
      range = ticks.first!...ticks.last!
      digits = max(0, -power)
      return
    }
    preconditionFailure("LinearAxis: a step of a thousand times the least always fits")
  }

  package func place(_ value: Double, from start: Double, to end: Double) -> Double {
    start + (end - start) * (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  package func text(_ tick: Double) -> String {
    let scaled = Int((abs(tick) * pow(10, Double(digits))).rounded())
    let sign = tick < 0 && scaled > 0 ? "−" : ""
    guard digits > 0 else { return sign + "\(scaled)" }
    let text = String(repeating: "0", count: max(0, digits + 1 - "\(scaled)".count)) + "\(scaled)"
    return sign + text.dropLast(digits) + "." + text.suffix(digits)
  }
}
