internal import Glibc

/// Operations of a device against what it can reach (Williams, Waterman and Patterson 2009): arithmetic a second over
/// operations for each byte that must move, below a slope for each bandwidth and a ceiling for each peak.
package struct RooflineChart {
  package struct Dot {
    package let name: String
    /// Operations for each byte, and 10⁹ operations a second.
    package let intensity, rate: Double
    /// The slope that counts for it; nil for the first.
    package let slope: String?

    package init(_ name: String, intensity: Double, rate: Double, slope: String?) {
      (self.name, self.intensity, self.rate, self.slope) = (name, intensity, rate, slope)
    }
  }

  package let title: String
  package let notes: [String]
  /// 10⁹ bytes a second, the slowest first.
  package let slopes: [(name: String, rate: Double)]
  /// 10⁹ operations a second; the first one is the roof, a second one is drawn as a dashed line.
  package let ceilings: [(name: String, rate: Double)]
  package let dots: [Dot]

  package init(
    title: String, notes: [String], slopes: [(name: String, rate: Double)], ceilings: [(name: String, rate: Double)],
    dots: [Dot]
  ) {
    precondition(!slopes.isEmpty && !ceilings.isEmpty, "RooflineChart: a roof needs a slope and a ceiling")
    (self.title, self.notes, self.slopes, self.ceilings, self.dots) = (title, notes, slopes, ceilings, dots)
  }

  package var document: String {
    var svg = SVG(width: 860, height: 560)
    svg.text(title, x: 24, y: 34, size: 18, weight: "600")
    for (line, note) in notes.enumerated() {
      svg.text(note, x: 24, y: 56 + 18 * Double(line), color: "#52606d")
    }
    let plot = makePlot(top: 84 + 18 * Double(notes.count))
    plot.drawFrame(into: &svg)
    var taken: [Box] = []
    drawRoofs(in: plot, into: &svg, &taken)
    drawDots(in: plot, into: &svg, &taken)
    return svg.document
  }

  private func makePlot(top: Double) -> Plot {
    let ridges = slopes.map { ceilings[0].rate / $0.rate }
    let x = LogAxis(
      title: "operations for each byte that must move",
      covering: dots.flatMap { [$0.intensity, 5 * $0.intensity] } + ridges + [ridges.max()! * 8])
    let rates = dots.map(\.rate) + [slopes[0].rate * x.range.lowerBound] + ceilings.map { $0.rate * 1.5 }
    return Plot(
      title: "", x: x, y: LogAxis(title: "GFLOP/s", covering: rates), left: 84, right: 836, top: top, bottom: 500)
  }

  /// The attainable rate below a slope.
  private func attainable(_ intensity: Double, _ slope: Double) -> Double { min(ceilings[0].rate, intensity * slope) }

  private func drawRoofs(in plot: Plot, into svg: inout SVG, _ taken: inout [Box]) {
    let (low, high) = (plot.x.range.lowerBound, plot.x.range.upperBound)
    for (number, slope) in slopes.enumerated() {
      let color = Plot.colors[number % Plot.colors.count]
      let ridge = ceilings[0].rate / slope.rate
      // Cut at the lower edge of the plot.
      let start = max(low, plot.y.range.lowerBound / slope.rate)
      let roof = [start, ridge, high].map { plot.place(($0, attainable($0, slope.rate))) }
      svg.line(roof, color: color, width: 2)
      for step in 0...60 { taken.append(Box(around: between(roof[0], roof[1], Double(step) / 60), size: 3)) }
      for step in 0...40 { taken.append(Box(around: between(roof[1], roof[2], Double(step) / 40), size: 3)) }

      let text = "\(slope.name) \(Int(slope.rate.rounded())) GB/s"
      let angle = atan2(roof[1].y - roof[0].y, roof[1].x - roof[0].x)
      let place = between(roof[0], roof[1], 0.06)
      svg.text(
        text, x: place.x + 8 * sin(angle), y: place.y - 8 * cos(angle), color: color,
        rotatedBy: angle * 180 / .pi)
      let length = SVG.width(of: text, size: 12)
      for step in 0...20 {
        let along = length * Double(step) / 20
        taken.append(
          Box(
            around: (place.x + 13 * sin(angle) + along * cos(angle), place.y - 13 * cos(angle) + along * sin(angle)),
            size: 12))
      }
    }
    // Ceilings are named at the left, above the slopes, where no operation can be.
    let highest = ceilings.map(\.rate).max()
    for (number, ceiling) in ceilings.enumerated() {
      let y = plot.place((high, ceiling.rate)).y
      let end = number == 0 ? plot.place((ceilings[0].rate / slopes.last!.rate, 1)).x : plot.right
      svg.line([(plot.left, y), (end, y)], color: "#5f6b7a", width: 1.2, dashes: "6 4")
      taken.append(Box(left: plot.left, top: y - 2, width: end - plot.left, height: 4))
      let text = "\(ceiling.name) \(Int(ceiling.rate.rounded())) GFLOP/s"
      svg.text(text, x: plot.left + 8, y: ceiling.rate == highest ? y - 7 : y + 17, color: "#3e4c59")
    }
  }

  private func drawDots(in plot: Plot, into svg: inout SVG, _ taken: inout [Box]) {
    let places = dots.map { plot.place(($0.intensity, $0.rate)) }
    taken += places.map { Box(around: $0, size: 11) }
    var labels: [Box] = []
    for (dot, place) in zip(dots, places) {
      let number = slopes.firstIndex { $0.name == dot.slope } ?? 0
      let color = Plot.colors[number % Plot.colors.count]
      let width = SVG.width(of: dot.name, size: 12)
      let label = Self.label(width: width, near: place, in: plot, avoiding: taken, labels: labels)
      labels.append(label)
      taken.append(label)
      if label.distance(to: place) > 12 {
        svg.line([place, label.nearest(to: place)], color: color, width: 0.8)
      }
      svg.mark(SVG.Mark.allCases[number % SVG.Mark.allCases.count], x: place.x, y: place.y, radius: 4.5, color: color)
      svg.text(dot.name, x: label.left, y: label.top + 11)
    }
  }

  /// The nearest free place for a text around a dot, or the nearest one inside the plot when none is free. Places
  /// whose line to the dot crosses no other label come first.
  private static func label(
    width: Double, near dot: (x: Double, y: Double), in plot: Plot, avoiding taken: [Box],
    labels: [Box]
  ) -> Box {
    var (free, inside): (Box?, Box?)
    for distance in stride(from: 9.0, through: 150, by: 7) {
      for turn in [0.0, 0.5, 0.25, 0.75, 0.125, 0.375, 0.625, 0.875] {
        let (dx, dy) = (cos(2 * .pi * turn), sin(2 * .pi * turn))
        let center = (dot.x + dx * (distance + width / 2), dot.y + dy * (distance + 7))
        let box = Box(left: center.0 - width / 2, top: center.1 - 7, width: width, height: 14)
        guard box.left >= plot.left + 2, box.left + width <= plot.right, box.top >= plot.top,
          box.top + 14 <= plot.bottom - 2
        else { continue }
        inside = inside ?? box
        let end = box.nearest(to: dot)
        let crosses = (0...10).contains { step in
          let point = Box(around: between(dot, end, Double(step) / 10), size: 2)
          return labels.contains { $0.overlaps(point) }
        }
        guard !taken.contains(where: box.overlaps) else { continue }
        if !crosses { return box }
        free = free ?? box
      }
    }
    return free ?? inside ?? Box(left: dot.x + 9, top: dot.y - 7, width: width, height: 14)
  }
}

private func between(
  _ a: (x: Double, y: Double), _ b: (x: Double, y: Double), _ part: Double
) -> (x: Double, y: Double) {
  (a.x + part * (b.x - a.x), a.y + part * (b.y - a.y))
}
