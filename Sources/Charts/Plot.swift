/// The frame of a chart with two axes: where a value lies on the picture, grid, ticks and titles.
package struct Plot {
  package let title: String
  package let x: any Axis
  package let y: any Axis
  /// Edges of the area inside the axes.
  package let left, right, top, bottom: Double

  /// Blue, vermilion, green and sky are Okabe and Ito's (2008), told apart by every kind of eye; purple, ochre and greys
  /// fill up.
  package static let colors = ["#0072b2", "#d55e00", "#009e73", "#aa4499", "#b8860b", "#56b4e9", "#5f6b7a", "#1f2933"]

  package func place(_ point: (x: Double, y: Double)) -> (x: Double, y: Double) {
    (x.place(point.x, from: left, to: right), y.place(point.y, from: bottom, to: top))
  }

  func drawFrame(into svg: inout SVG) {
    svg.text(title, x: left, y: top - 12, size: 14, weight: "600")
    var lastLabelEnd = -Double.infinity
    for tick in x.ticks {
      let place = x.place(tick, from: left, to: right)
      svg.line([(place, top), (place, bottom)], color: "#e4e7eb")
      let text = x.text(tick)
      let half = SVG.width(of: text, size: 12) / 2
      if place - half < lastLabelEnd + 4 { continue }
      lastLabelEnd = place + half
      svg.text(text, x: place, y: bottom + 18, anchor: .middle, color: "#52606d")
    }
    for tick in y.ticks {
      let place = y.place(tick, from: bottom, to: top)
      svg.line([(left, place), (right, place)], color: "#e4e7eb")
      svg.text(y.text(tick), x: left - 8, y: place + 4, anchor: .end, color: "#52606d")
    }
    svg.line([(left, top), (left, bottom), (right, bottom)], color: "#52606d")
    svg.text(x.title, x: (left + right) / 2, y: bottom + 40, size: 13, anchor: .middle)
    svg.text(y.title, x: left - 52, y: (top + bottom) / 2, size: 13, anchor: .middle, rotatedBy: -90)
  }
}
