/// A directed graph of labelled boxes in rows from top to bottom; arrows go down, or right within a row.
package struct GraphDrawing {
  package struct Node {
    package let id: String
    package let title: String
    /// Smaller lines below the title.
    package let details: [String]

    package init(_ id: String, title: String, details: [String]) {
      self.id = id
      self.title = title
      self.details = details
    }
  }

  package var caption: String
  /// Boxes of each row, left to right.
  package var rows: [[Node]]
  /// Arrows by node id.
  package var edges: [(from: String, to: String)]

  package init(caption: String, rows: [[Node]], edges: [(from: String, to: String)]) {
    self.caption = caption
    self.rows = rows
    self.edges = edges
  }

  private static let (boxWidth, gap, rowGap, lineHeight) = (196.0, 36.0, 48.0, 16.0)

  private func boxHeight(_ node: Node) -> Double { 30 + Self.lineHeight * Double(node.details.count) }

  package var width: Double {
    let most = Double(rows.map(\.count).max() ?? 0)
    return most * Self.boxWidth + (most + 1) * Self.gap
  }

  package var height: Double {
    56 + rows.reduce(0) { $0 + ($1.map(boxHeight).max() ?? 0) + Self.rowGap }
  }

  /// Draws the graph with its upper left corner at the given height.
  package func draw(into svg: inout SVG, top: Double) {
    svg.text(caption, x: svg.width / 2, y: top + 28, size: 16, anchor: .middle, weight: "600")
    var places: [String: (x: Double, top: Double, bottom: Double)] = [:]
    var y = top + 52
    for row in rows {
      let rowWidth = Double(row.count) * Self.boxWidth + Double(row.count - 1) * Self.gap
      var x = (svg.width - rowWidth) / 2
      for node in row {
        places[node.id] = (x + Self.boxWidth / 2, y, y + boxHeight(node))
        x += Self.boxWidth + Self.gap
      }
      y += (row.map(boxHeight).max() ?? 0) + Self.rowGap
    }
    for edge in edges {
      guard let from = places[edge.from], let to = places[edge.to] else {
        preconditionFailure("GraphDrawing: edge \(edge.from) → \(edge.to) names no node")
      }
      if from.top == to.top {
        let y = from.top + 20
        svg.arrowRight(from: (from.x + Self.boxWidth / 2, y), to: (to.x - Self.boxWidth / 2, y))
      } else {
        svg.arrow(from: (from.x, from.bottom), to: (to.x, to.top))
      }
    }
    for node in rows.joined() {
      let place = places[node.id]!
      let left = place.x - Self.boxWidth / 2
      svg.rectangle(
        x: left, y: place.top, width: Self.boxWidth, height: place.bottom - place.top, fill: "#f0f4f8",
        stroke: "#829ab1", radius: 6)
      svg.text(node.title, x: place.x, y: place.top + 20, size: 13, anchor: .middle, weight: "600")
      for (line, text) in node.details.enumerated() {
        svg.text(
          text, x: place.x, y: place.top + 38 + Double(line) * Self.lineHeight, size: 11, anchor: .middle,
          color: "#486581")
      }
    }
  }
}
