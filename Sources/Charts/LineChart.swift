/// Series over a common quantity, one panel for each thing that was measured, side by side.
package struct LineChart {
  package struct Series {
    package let name: String
    /// Points from left to right; on logarithmic axes all numbers are above zero.
    package let points: [(x: Double, y: Double)]

    package init(_ name: String, points: [(x: Double, y: Double)]) {
      self.name = name
      self.points = points
    }
  }

  package struct Panel {
    package let title: String
    /// What is measured, with its unit.
    package let axis: String
    package let series: [Series]
    package let scale: AxisScale

    package init(title: String, axis: String, series: [Series], scale: AxisScale = .logarithmic) {
      self.title = title
      self.axis = axis
      self.series = series
      self.scale = scale
    }
  }

  package let title: String
  /// Smaller lines below the title: conditions.
  package let notes: [String]
  /// The common quantity, with its unit.
  package let axis: String
  package let scale: AxisScale
  package let panels: [Panel]

  package init(title: String, notes: [String], axis: String, scale: AxisScale = .logarithmic, panels: [Panel]) {
    (self.title, self.notes, self.axis, self.scale, self.panels) = (title, notes, axis, scale, panels)
  }

  private static let (plotWidth, plotHeight, leftRoom, bottomRoom) = (340.0, 300.0, 76.0, 60.0)

  /// The picture; panels without a point are left out.
  package var document: String {
    let panels = panels.filter { $0.series.contains { !$0.points.isEmpty } }
    // A name has the same colour and mark in every panel.
    var names: [String] = []
    for series in panels.flatMap(\.series) where !series.points.isEmpty && !names.contains(series.name) {
      names.append(series.name)
    }
    let labelRoom = 24 + (names.map { SVG.width(of: $0, size: 12) }.max() ?? 0)
    let panelWidth = Self.leftRoom + Self.plotWidth + labelRoom
    let top = 92 + 18 * Double(notes.count)
    var svg = SVG(
      width: max(
        panelWidth * Double(panels.count), 24 + SVG.width(of: title, size: 18),
        24 + (notes.map { SVG.width(of: $0, size: 12) }.max() ?? 0)),
      height: top + Self.plotHeight + Self.bottomRoom)
    svg.text(title, x: 24, y: 34, size: 18, weight: "600")
    for (line, note) in notes.enumerated() {
      svg.text(note, x: 24, y: 56 + 18 * Double(line), color: "#52606d")
    }
    let ticks = panels.flatMap(\.series).flatMap(\.points).map(\.x)
    for (number, panel) in panels.enumerated() {
      let left = Double(number) * panelWidth + Self.leftRoom
      let plot = Plot(
        title: panel.title,
        x: scale == .logarithmic
          ? LogAxis(title: axis, ticks: ticks) : Self.makeAxis(scale, title: axis, covering: ticks),
        y: Self.makeAxis(panel.scale, title: panel.axis, covering: panel.series.flatMap(\.points).map(\.y)), left: left,
        right: left + Self.plotWidth, top: top, bottom: top + Self.plotHeight)
      plot.drawFrame(into: &svg)
      draw(panel.series.filter { !$0.points.isEmpty }, names: names, in: plot, into: &svg)
    }
    return svg.document
  }

  private static func makeAxis(_ scale: AxisScale, title: String, covering values: [Double]) -> any Axis {
    switch scale {
    case .linear: LinearAxis(title: title, covering: values)
    case .linearFromZero: LinearAxis(title: title, covering: values + [0])
    case .logarithmic: LogAxis(title: title, covering: values)
    }
  }

  private func draw(_ series: [Series], names: [String], in plot: Plot, into svg: inout SVG) {
    let styles = series.map { series in
      let number = names.firstIndex(of: series.name)!
      return (
        color: Plot.colors[number % Plot.colors.count],
        // Where colours come again, they come with other marks.
        mark: SVG.Mark.allCases[(number + number / Plot.colors.count) % SVG.Mark.allCases.count]
      )
    }
    let places = series.map { $0.points.map(plot.place) }
    let labels = Self.spread(places.map { $0.last!.y }, distance: 15, within: plot.top...plot.bottom)
    for (number, series) in series.enumerated() {
      let ((color, mark), end) = (styles[number], places[number].last!)
      // From the line's last point to its name.
      svg.line(
        [
          end, (max(end.x, plot.right) + 3, end.x < plot.right - 20 ? end.y : labels[number]),
          (plot.right + 8, labels[number]),
        ],
        color: color, width: 0.8, dashes: "2 3")
      svg.line(places[number], color: color, width: 2)
      for place in places[number] { svg.mark(mark, x: place.x, y: place.y, color: color) }
      svg.mark(mark, x: plot.right + 13, y: labels[number], radius: 3.5, color: color)
      svg.text(series.name, x: plot.right + 21, y: labels[number] + 4, color: color)
    }
  }

  /// Heights near `wanted`, at least `distance` apart and within the plot as far as there is room.
  package static func spread(_ wanted: [Double], distance: Double, within range: ClosedRange<Double>) -> [Double] {
    let order = wanted.indices.sorted { wanted[$0] < wanted[$1] }
    var heights = wanted
    for (before, after) in zip(order, order.dropFirst()) {
      heights[after] = max(heights[after], heights[before] + distance)
    }
    var limit = range.upperBound
    for index in order.reversed() {
      heights[index] = min(heights[index], limit)
      limit = heights[index] - distance
    }
    return heights
  }
}
