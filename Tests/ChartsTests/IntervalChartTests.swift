import Charts
import Testing

@Suite struct LinearAxisTests {
  @Test(
    "every range gets three to seven round ticks around it",
    arguments: [[0, 1.0], [0, 0.0023], [-0.0774, 0.02], [1, 30], [0, 51], [3, 3], [0, 0], [-4000, -3999]])
  func ticks(values: [Double]) {
    let axis = LinearAxis(title: "", covering: values)
    #expect((2...7).contains(axis.ticks.count), "\(axis.ticks)")
    #expect(values.allSatisfy { axis.range.lowerBound <= $0 + 1e-9 && $0 <= axis.range.upperBound + 1e-9 })
    let steps = zip(axis.ticks, axis.ticks.dropFirst()).map { $1 - $0 }
    #expect(steps.allSatisfy { abs($0 - steps[0]) < 1e-9 * max(abs(axis.ticks[0]), 1) })
    #expect(Set(axis.ticks.map(axis.text)).count == axis.ticks.count, "\(axis.ticks.map(axis.text))")
  }

  @Test("equal differences have equal lengths, and ticks are written with the digits that they need")
  func mapping() {
    let axis = LinearAxis(title: "", covering: [-0.1, 0.05])
    #expect(abs(axis.place(0, from: 0, to: 150) - 100) < 1e-9)
    #expect(axis.ticks.map(axis.text).first == "−0.10" && axis.ticks.map(axis.text).contains("0.00"))
  }
}

@Suite struct IntervalChartTests {
  private let chart = IntervalChart(
    title: "Methods", notes: ["a set"], rows: ["one", "two", "three"],
    panels: [
      .init(title: "gain", dots: [.init(0.2, interval: 0.1...0.3), .init(-0.1, interval: -0.3...0.1), nil]),
      .init(title: "cover", dots: [.init(0.5, interval: nil), .init(0, interval: nil), .init(0.1, interval: nil)]),
    ], comparesWithZero: true)

  @Test("a picture names every row and panel and draws each interval from end to end")
  func complete() throws {
    let picture = try Picture(chart.document)
    for text in ["Methods", "a set", "one", "two", "three", "gain", "cover", "–"] {
      #expect(picture.texts.contains { $0.text == text }, "\(text)")
    }
    let bars = picture.lines.filter { $0.width == "2.0" }
    #expect(bars.count == 2 && bars.allSatisfy { $0.points[0].y == $0.points[1].y && $0.points[0].x < $0.points[1].x })
    #expect(abs((bars[1].points[1].x - bars[1].points[0].x) / (bars[0].points[1].x - bars[0].points[0].x) - 2) < 0.01)
  }

  @Test("what lies on one side of zero for sure is coloured, what does not is pale")
  func colours() {
    let document = chart.document
    #expect(document.components(separatedBy: "<circle").count == 6)
    #expect(document.contains("fill=\"\(Plot.colors[2])\"") && !document.contains("fill=\"\(Plot.colors[1])\""))
  }
}
