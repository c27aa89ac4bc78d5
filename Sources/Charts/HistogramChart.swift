/// How often values fall into intervals: a panel with bars for each quantity, in rows of panels.
package struct HistogramChart {
  package struct Panel {
    package let title: String
    /// What is measured, with its unit.
    package let axis: String
    /// Ascending. (bars + 1)
    package let edges: [Double]
    /// How many values lie between two edges. (bars)
    package let counts: [Int]
    /// A smaller line below the title: what the bars do not show. Empty for none.
    package let note: String

    package init(title: String, axis: String, edges: [Double], counts: [Int], note: String = "") {
      precondition(edges.count == counts.count + 1 && !counts.isEmpty, "HistogramChart: \(edges.count) edges")
      (self.title, self.axis, self.edges, self.counts, self.note) = (title, axis, edges, counts, note)
    }
  }

  package let title: String
  /// Smaller lines below the title: conditions.
  package let notes: [String]
  /// What is counted.
  package let countAxis: String
  /// Logarithmic: on both axes, for edges above zero; intervals without a value have no bar.
  package let scale: AxisScale
  /// Panels side by side.
  package let columns: Int
  package let panels: [Panel]

  package init(
    title: String, notes: [String], countAxis: String, scale: AxisScale = .linear, columns: Int = 3, panels: [Panel]
  ) {
    precondition(columns > 0, "HistogramChart: \(columns) columns")
    (self.title, self.notes, self.countAxis, self.scale) = (title, notes, countAxis, scale)
    (self.columns, self.panels) = (min(columns, max(panels.count, 1)), panels)
  }

  private static let (leftRoom, rightRoom, bottomRoom) = (84.0, 24.0, 56.0)
  /// Room for the panels' titles, where they have any.
  private var topRoom: Double { panels.allSatisfy(\.title.isEmpty) ? 24 : 52 }
  private var plotSize: (width: Double, height: Double) { columns == 1 ? (560, 300) : (280, 180) }

  package var document: String {
    let size = plotSize
    let panelWidth = Self.leftRoom + size.width + Self.rightRoom
    let panelHeight = topRoom + size.height + Self.bottomRoom
    let top = 48 + 18 * Double(notes.count)
    let texts = [SVG.width(of: title, size: 18)] + notes.map { SVG.width(of: $0, size: 12) }
    let lines = (panels.count + columns - 1) / columns
    var svg = SVG(
      width: max(Double(columns) * panelWidth, 48 + (texts.max() ?? 0)), height: top + Double(lines) * panelHeight + 8)
    svg.text(title, x: 24, y: 34, size: 18, weight: "600")
    for (line, note) in notes.enumerated() { svg.text(note, x: 24, y: 56 + 18 * Double(line), color: Self.grey) }
    for (number, panel) in panels.enumerated() {
      let left = Double(number % columns) * panelWidth + Self.leftRoom
      let upper = top + Double(number / columns) * panelHeight + topRoom
      let plot = Plot(
        title: panel.title, x: horizontalAxis(panel), y: verticalAxis(panel), left: left, right: left + size.width,
        top: upper, bottom: upper + size.height)
      draw(panel, in: plot, into: &svg)
    }
    return svg.document
  }

  private static let grey = "#52606d"

  private func horizontalAxis(_ panel: Panel) -> any Axis {
    let range = panel.edges[0]...panel.edges[panel.edges.count - 1]
    if scale == .logarithmic {
      let ticks = LogAxis(title: panel.axis, covering: panel.edges).ticks.filter(range.contains)
      return LogAxis(title: panel.axis, range: range, ticks: ticks)
    }
    return FittedAxis(axis: LinearAxis(title: panel.axis, covering: panel.edges), range: range)
  }

  private func verticalAxis(_ panel: Panel) -> any Axis {
    let counts = panel.counts.map(Double.init)
    guard scale == .logarithmic else {
      return ShortAxis(axis: LinearAxis(title: countAxis, covering: counts + [0, 1], tickLimit: 5))
    }
    // From half a thing, so that a single one has a bar.
    let axis = LogAxis(title: countAxis, covering: [1] + counts.filter { $0 > 0 })
    return LogAxis(title: countAxis, range: 0.5...axis.range.upperBound, ticks: axis.ticks)
  }

  private func draw(_ panel: Panel, in plot: Plot, into svg: inout SVG) {
    plot.drawFrame(into: &svg)
    if !panel.note.isEmpty { svg.text(panel.note, x: plot.left, y: plot.bottom + 54, size: 11, color: Self.grey) }
    for (number, count) in panel.counts.enumerated() where count > 0 {
      let from = plot.place((panel.edges[number], Double(count)))
      let to = plot.place((panel.edges[number + 1], Double(count)))
      let gap = to.x - from.x > 4 ? 0.5 : 0  // bars far enough apart to be told from each other
      svg.bar(x: from.x + gap, y: from.y, width: to.x - from.x - 2 * gap, height: plot.bottom - from.y)
    }
    svg.line([(plot.left, plot.bottom), (plot.right, plot.bottom)], color: Self.grey)
  }
}

/// A linear axis that ends where the values do, not at the next tick.
private struct FittedAxis: Axis {
  let axis: LinearAxis
  let range: ClosedRange<Double>

  var title: String { axis.title }
  var ticks: [Double] { axis.ticks.filter { range.lowerBound - tolerance <= $0 && $0 <= range.upperBound + tolerance } }
  private var tolerance: Double { 1e-9 * (range.upperBound - range.lowerBound) }

  func place(_ value: Double, from start: Double, to end: Double) -> Double {
    start + (end - start) * (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  func text(_ tick: Double) -> String { axis.text(tick) }
}

/// A linear axis of counts, whose large ticks are written `20k`, and between whole numbers has none.
private struct ShortAxis: Axis {
  let axis: LinearAxis

  var title: String { axis.title }
  var range: ClosedRange<Double> { axis.range }
  var ticks: [Double] { axis.ticks.filter { $0 == $0.rounded() } }

  func place(_ value: Double, from start: Double, to end: Double) -> Double {
    axis.place(value, from: start, to: end)
  }

  func text(_ tick: Double) -> String { tick == 0 ? "0" : LogAxis.text(tick) }
}
