/// Figures with their intervals, a panel for each quantity and a row for each thing compared.
package struct IntervalChart {
  package struct Dot {
    package let value: Double
    /// Ends of the interval; nil where there is none.
    package let interval: ClosedRange<Double>?

    package init(_ value: Double, interval: ClosedRange<Double>?) {
      (self.value, self.interval) = (value, interval)
    }
  }

  package struct Panel {
    package let title: String
    /// One for each row of the chart; nil where there is no value.
    package let dots: [Dot?]

    package init(title: String, dots: [Dot?]) { (self.title, self.dots) = (title, dots) }
  }

  package let title: String
  /// Smaller lines below the title: conditions.
  package let notes: [String]
  package let rows: [String]
  package let panels: [Panel]
  /// Whether zero divides better from worse: a line is drawn there, and what lies on neither side for sure is pale.
  package let comparesWithZero: Bool

  package init(title: String, notes: [String], rows: [String], panels: [Panel], comparesWithZero: Bool = false) {
    precondition(panels.allSatisfy { $0.dots.count == rows.count }, "IntervalChart: ragged panels")
    (self.title, self.notes, self.rows, self.panels) = (title, notes, rows, panels)
    self.comparesWithZero = comparesWithZero
  }

  private static let (panelWidth, gap, rowHeight, columns) = (230.0, 52.0, 24.0, 3)
  private static let (grey, paper, faint) = ("#52606d", "#e4e7eb", "#9aa5b1")

  package var document: String {
    let labelRoom = 40 + (rows.map { SVG.width(of: $0, size: 12) }.max() ?? 0)
    let columns = min(Self.columns, max(panels.count, 1))
    let panelHeight = Self.rowHeight * Double(rows.count)
    let top = 92 + 18 * Double(notes.count)
    let lines = (panels.count + columns - 1) / columns
    let width = labelRoom + Double(columns) * (Self.panelWidth + Self.gap)
    let texts = [SVG.width(of: title, size: 18)] + notes.map { SVG.width(of: $0, size: 12) }
    var svg = SVG(
      width: max(width, 48 + (texts.max() ?? 0)), height: top + Double(lines) * (panelHeight + 76) - 24)
    svg.text(title, x: 24, y: 34, size: 18, weight: "600")
    for (line, note) in notes.enumerated() {
      svg.text(note, x: 24, y: 56 + 18 * Double(line), color: Self.grey)
    }
    for (number, panel) in panels.enumerated() {
      let y = top + Double(number / columns) * (panelHeight + 76)
      if number % columns == 0 { drawNames(top: y, right: labelRoom - 12, into: &svg) }
      let left = labelRoom + Double(number % columns) * (Self.panelWidth + Self.gap)
      draw(panel, left: left, top: y, bottom: y + panelHeight, into: &svg)
    }
    return svg.document
  }

  private func middle(_ row: Int, top: Double) -> Double { top + (Double(row) + 0.5) * Self.rowHeight }

  private func drawNames(top: Double, right: Double, into svg: inout SVG) {
    for (row, name) in rows.enumerated() {
      svg.text(name, x: right, y: middle(row, top: top) + 4, anchor: .end)
    }
  }

  private func draw(_ panel: Panel, left: Double, top: Double, bottom: Double, into svg: inout SVG) {
    svg.text(panel.title, x: left, y: top - 10, size: 13, weight: "600")
    let values = panel.dots.compactMap { $0 }.flatMap { dot in
      [dot.value] + (dot.interval.map { [$0.lowerBound, $0.upperBound] } ?? [])
    }
    let axis = LinearAxis(title: "", covering: values + [0], tickLimit: 5)
    func place(_ value: Double) -> Double { axis.place(value, from: left, to: left + Self.panelWidth) }
    for tick in axis.ticks {
      svg.line([(place(tick), top), (place(tick), bottom)], color: Self.paper)
      svg.text(axis.text(tick), x: place(tick), y: bottom + 16, size: 11, anchor: .middle, color: Self.grey)
    }
    svg.line([(left, bottom), (left + Self.panelWidth, bottom)], color: Self.grey)
    if comparesWithZero { svg.line([(place(0), top), (place(0), bottom)], color: Self.grey, width: 1.2) }
    for (row, dot) in panel.dots.enumerated() {
      let y = middle(row, top: top)
      guard let dot else {
        svg.text("–", x: left + 6, y: y + 4, color: Self.faint)
        continue
      }
      let isUnsure = comparesWithZero && (dot.interval?.contains(0) ?? true)
      let color = isUnsure ? Self.faint : Plot.colors[comparesWithZero ? (dot.value > 0 ? 2 : 1) : 0]
      if let interval = dot.interval {
        let ends = (place(interval.lowerBound), place(interval.upperBound))
        svg.line([(ends.0, y), (ends.1, y)], color: color, width: 2)
        for end in [ends.0, ends.1] { svg.line([(end, y - 4), (end, y + 4)], color: color, width: 1.5) }
      }
      svg.mark(.circle, x: place(dot.value), y: y, color: color)
    }
  }
}
