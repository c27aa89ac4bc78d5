/// A small writer of SVG pictures: shapes and text in a fixed style, sizes in pixels.
package struct SVG {
  package let width: Double
  package let height: Double
  private var body: [String] = []

  package init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  package enum Anchor: String { case start, middle, end }

  package mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, fill: String, stroke: String = "none", radius: Double = 0
  ) {
    body.append(
      "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" rx=\"\(radius)\" fill=\"\(fill)\" stroke=\"\(stroke)\"/>"
    )
  }

  package mutating func text(
    _ text: String, x: Double, y: Double, size: Double = 12, anchor: Anchor = .start, weight: String = "normal",
    color: String = "#1f2933", rotatedBy degrees: Double = 0
  ) {
    let (x, y) = (Self.rounded(x), Self.rounded(y))
    let turn = degrees == 0 ? "" : " transform=\"rotate(\(Self.rounded(degrees)) \(x) \(y))\""
    body.append(
      "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(size)\" text-anchor=\"\(anchor.rawValue)\" font-weight=\"\(weight)\" fill=\"\(color)\"\(turn)>\(Self.escaped(text))</text>"
    )
  }

  /// A filled bar of a chart.
  package mutating func bar(x: Double, y: Double, width: Double, height: Double, color: String = Plot.colors[0]) {
    let (left, top, right, bottom) = (
      Self.rounded(x), Self.rounded(y), Self.rounded(x + width), Self.rounded(y + height)
    )
    body.append("<path d=\"M \(left) \(top) H \(right) V \(bottom) H \(left) z\" fill=\"\(color)\"/>")
  }

  /// Straight lines from point to point.
  package mutating func line(
    _ points: [(x: Double, y: Double)], color: String, width: Double = 1, dashes: String? = nil
  ) {
    let places = points.map { "\(Self.rounded($0.x)),\(Self.rounded($0.y))" }.joined(separator: " ")
    let dashing = dashes.map { " stroke-dasharray=\"\($0)\"" } ?? ""
    body.append(
      "<polyline points=\"\(places)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"\(width)\" stroke-linejoin=\"round\"\(dashing)/>"
    )
  }

  /// What marks a point, so that series differ by more than colour.
  package enum Mark: CaseIterable { case circle, square, triangle, diamond }

  package mutating func mark(_ mark: Mark, x: Double, y: Double, radius r: Double = 4, color: String) {
    let (x, y) = (Self.rounded(x), Self.rounded(y))
    switch mark {
    case .circle: body.append("<circle cx=\"\(x)\" cy=\"\(y)\" r=\"\(r)\" fill=\"\(color)\"/>")
    case .square:
      body.append("<path d=\"M \(x) \(y) m -\(r) -\(r) h \(2 * r) v \(2 * r) h -\(2 * r) z\" fill=\"\(color)\"/>")
    case .triangle:
      body.append("<path d=\"M \(x) \(y) m 0 -\(1.2 * r) l \(1.2 * r) \(2.2 * r) h -\(2.4 * r) z\" fill=\"\(color)\"/>")
    case .diamond:
      let d = 1.35 * r
      body.append("<path d=\"M \(x) \(y) m 0 -\(d) l \(d) \(d) l -\(d) \(d) l -\(d) -\(d) z\" fill=\"\(color)\"/>")
    }
  }

  /// A curve from one point down to another, with an arrow head.
  package mutating func arrow(from: (x: Double, y: Double), to: (x: Double, y: Double), color: String = "#52606d") {
    let middle = (from.y + to.y) / 2
    body.append(
      "<path d=\"M \(from.x) \(from.y) C \(from.x) \(middle), \(to.x) \(middle), \(to.x) \(to.y - 7)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.5\"/>"
    )
    body.append(
      "<path d=\"M \(to.x) \(to.y) l -4 -8 l 8 0 z\" fill=\"\(color)\"/>")
  }

  /// A straight line to the right with an arrow head.
  package mutating func arrowRight(
    from: (x: Double, y: Double), to: (x: Double, y: Double), color: String = "#52606d"
  ) {
    body.append(
      "<path d=\"M \(from.x) \(from.y) L \(to.x - 7) \(to.y)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.5\"/>"
    )
    body.append("<path d=\"M \(to.x) \(to.y) l -8 -4 l 0 8 z\" fill=\"\(color)\"/>")
  }

  /// The whole document.
  package var document: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
    font-family="system-ui, 'Helvetica Neue', Arial, sans-serif">
    <rect width="100%" height="100%" fill="#ffffff"/>
    \(body.joined(separator: "\n"))
    </svg>

    """
  }

  /// Two digits after the point: finer than any screen.
  private static func rounded(_ value: Double) -> Double { (100 * value).rounded() / 100 }

  /// How wide a text is, roughly: fonts differ from machine to machine.
  package static func width(of text: String, size: Double) -> Double { 0.56 * size * Double(text.count) }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }
}
