internal import Glibc

/// An axis on which every factor has the same length.
package struct LogAxis: Axis {
  package let title: String
  package let range: ClosedRange<Double>
  package let ticks: [Double]

  /// Covers `values`, all of them above zero, from tick to tick; the ticks are at 1, 2, 5, 10, 20, …, or decades alone
  /// where those would be too many.
  package init(title: String, covering values: [Double]) {
    let (low, high) = (values.min() ?? 1, values.max() ?? 10)
    precondition(low > 0 && high.isFinite, "LogAxis: values from \(low) to \(high) have no logarithms")
    let decades = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    for steps in [[1.0, 2, 5], [1, 3], [1]] {
      let all = decades.flatMap { decade in steps.map { $0 * pow(10, Double(decade)) } }
      let first = all.lastIndex { $0 <= low * 1.0001 } ?? 0
      var last = all.firstIndex { $0 >= high * 0.9999 } ?? all.count - 1
      if last == first { last = min(first + 1, all.count - 1) }
      if last - first <= 8 || steps == [1] {
        self.init(
          title: title, range: all[first]...max(all[last], all[first] * 10 / 9), ticks: Array(all[first...last]))
        return
      }
    }
    preconditionFailure("LogAxis: decades alone always fit")
  }

  /// With a tick at each of `points`, which need not be many, and a little room on either side.
  package init(title: String, ticks points: [Double]) {
    let points = Set(points).sorted()
    precondition(points.first.map { $0 > 0 } ?? false, "LogAxis: \(points) have no logarithms")
    let room = pow(max(points.last! / points[0], 2), 0.04)
    self.init(title: title, range: points[0] / room...points.last! * room, ticks: points)
  }

  package init(title: String, range: ClosedRange<Double>, ticks: [Double]) {
    (self.title, self.range, self.ticks) = (title, range, ticks)
  }

  package func place(_ value: Double, from start: Double, to end: Double) -> Double {
    start + (end - start) * log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
  }

  package func text(_ tick: Double) -> String { Self.text(tick) }

  /// `0.05`, `500`, `20k`, `10M`.
  package static func text(_ value: Double) -> String {
    for (unit, letter) in [(1e9, "G"), (1e6, "M"), (1e4, "k")] where value >= unit * 0.9999 {
      return plain(value / (letter == "k" ? 1000 : unit)) + letter
    }
    return plain(value)
  }

  private static func plain(_ value: Double) -> String {
    let rounded = Double(Int((value * 1000).rounded())) / 1000
    if value < 0.001 { return "\(value)" }
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }
}
